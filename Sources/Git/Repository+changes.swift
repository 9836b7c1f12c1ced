import CGit2

extension Repository {
    /// The files below `path` that differ between two commits, in the order of their trees.
    ///
    /// Visits only folders whose ids differ, so the cost is that of the change and not of the tree.
    /// A nil `base` lists everything in `head`.
    mutating func changes(
        from base: ObjectID?,
        to head: ObjectID,
        under path: String
    ) throws(GitError) -> [Change] {
        var old: ObjectID?
        if let base { old = try subtree(of: base, at: path) }
        let new = try subtree(of: head, at: path)
        var changes: [Change] = []
        try walk(old: old, new: new, prefix: Self.prefix(path), depth: 0) { changes.append($0) }
        return changes
    }

    /// Lends the bytes of every regular file below `path`, in the order of the tree, uncopied.
    ///
    /// What is no regular file, and a file of more than `limit` bytes, comes with no bytes.
    mutating func forEachBlob(
        in commit: ObjectID,
        under path: String,
        limit: Int,
        body: (Change, Result<UnsafeRawBufferPointer, GitError>?) -> Void
    ) throws(GitError) {
        var entries: [Change] = []
        let root = try subtree(of: commit, at: path)
        try walk(old: nil, new: root, prefix: Self.prefix(path), depth: 0) { entries.append($0) }
        for entry in entries { lend(entry, limit: limit, to: body) }
    }

    /// Lends the bytes of one entry, as `forEachBlob` does.
    mutating func lend(
        _ entry: Change, limit: Int, to body: (Change, Result<UnsafeRawBufferPointer, GitError>?) -> Void
    ) {
        guard let id = entry.new, entry.kind == .file || entry.kind == .executable else { return body(entry, nil) }
        do {
            try withBlob(id, limit: limit) { body(entry, .success($0)) }
        } catch {
            body(entry, .failure(error))
        }
    }

    private static func prefix(_ path: String) -> String {
        let names = names(of: path)
        return names.isEmpty ? "" : names.joined(separator: "/") + "/"
    }

    static func names(of path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }

    /// The folder at `path` in a commit; nil where there is none.
    private mutating func subtree(of commit: ObjectID, at path: String) throws(GitError) -> ObjectID? {
        var tree = try commitObject(commit).tree
        for name in Self.names(of: path) {
            let handle = try lookUpTree(tree)
            counters.trees += 1
            guard let entry = git_tree_entry_byname(handle.pointer, String(name)),
                git_tree_entry_type(entry) == GIT_OBJECT_TREE
            else { return nil }
            tree = ObjectID(git_tree_entry_id(entry).pointee)
        }
        return tree
    }

    /// Merges two trees, which git keeps sorted, and descends where they differ.
    private mutating func walk(
        old: ObjectID?,
        new: ObjectID?,
        prefix: String,
        depth: Int,
        report: (Change) -> Void
    ) throws(GitError) {
        if old == new { return }
        guard depth <= Self.depthLimit else {
            report(Change(path: String(prefix.dropLast()), old: old, new: new, kind: .tooDeep))
            return
        }
        var oldTree: Handle?
        var newTree: Handle?
        if let old { oldTree = try lookUpTree(old) }
        if let new { newTree = try lookUpTree(new) }
        counters.trees += (old == nil ? 0 : 1) + (new == nil ? 0 : 1)
        let a = Entries(oldTree?.pointer)
        let b = Entries(newTree?.pointer)
        var i = 0
        var j = 0
        while i < a.count || j < b.count {
            let left = a[i]
            let right = b[j]
            let order = Entries.compare(left, right)
            if order <= 0 { i += 1 }
            if order >= 0 { j += 1 }
            try visit(
                old: order <= 0 ? left : nil,
                new: order >= 0 ? right : nil,
                prefix: prefix,
                depth: depth,
                report: report
            )
        }
        _ = oldTree?.pointer
        _ = newTree?.pointer
    }

    private mutating func visit(
        old: OpaquePointer?,
        new: OpaquePointer?,
        prefix: String,
        depth: Int,
        report: (Change) -> Void
    ) throws(GitError) {
        guard let entry = new ?? old else { return }
        let oldID = old.map { ObjectID(git_tree_entry_id($0).pointee) }
        let newID = new.map { ObjectID(git_tree_entry_id($0).pointee) }
        let oldMode = old.map { git_tree_entry_filemode_raw($0) }
        let newMode = new.map { git_tree_entry_filemode_raw($0) }
        if oldID == newID, oldMode == newMode { return }
        let (name, isPlain) = Entries.name(entry)
        let path = prefix + name
        guard isPlain else {
            report(Change(path: path, old: oldID, new: newID, kind: .badName))
            return
        }
        let oldIsTree = old.map { git_tree_entry_type($0) == GIT_OBJECT_TREE } ?? false
        let newIsTree = new.map { git_tree_entry_type($0) == GIT_OBJECT_TREE } ?? false
        if !oldIsTree || !newIsTree {
            // A file may have become a folder or the other way round; each half is reported for itself.
            let oldFile = oldIsTree ? nil : oldID
            let newFile = newIsTree ? nil : newID
            if oldFile != nil || newFile != nil {
                let kind = Entries.kind(newFile == nil ? oldMode : newMode)
                report(Change(path: path, old: oldFile, new: newFile, kind: kind))
            }
        }
        if oldIsTree || newIsTree {
            try walk(
                old: oldIsTree ? oldID : nil,
                new: newIsTree ? newID : nil,
                prefix: path + "/",
                depth: depth + 1,
                report: report
            )
        }
    }
}

/// The entries of one tree.
private struct Entries {
    let tree: OpaquePointer?
    let count: Int

    init(_ tree: OpaquePointer?) {
        self.tree = tree
        count = tree.map { git_tree_entrycount($0) } ?? 0
    }

    subscript(index: Int) -> OpaquePointer? { index < count ? tree.flatMap { git_tree_entry_byindex($0, index) } : nil }

    /// Git's own order, in which a folder's name ends in a slash. Nil comes last.
    static func compare(_ a: OpaquePointer?, _ b: OpaquePointer?) -> Int32 {
        guard let a else { return 1 }
        guard let b else { return -1 }
        if strcmpNames(a, b) { return 0 }
        let order = git_tree_entry_cmp(a, b)
        return order == 0 ? -1 : order
    }

    private static func strcmpNames(_ a: OpaquePointer, _ b: OpaquePointer) -> Bool {
        guard git_tree_entry_type(a) == git_tree_entry_type(b), let x = git_tree_entry_name(a),
            let y = git_tree_entry_name(b)
        else { return false }
        var i = 0
        while x[i] == y[i] {
            if x[i] == 0 { return true }
            i += 1
        }
        return false
    }

    /// The name as text, and whether it is one that may be used.
    static func name(_ entry: OpaquePointer) -> (String, Bool) {
        guard let pointer = git_tree_entry_name(entry) else { return ("?", false) }
        let text = String(cString: pointer)
        var isPlain = String(validatingCString: pointer) != nil && !text.isEmpty
        for byte in text.utf8 where byte < 32 || byte == 127 || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "/")
        {
            isPlain = false
        }
        let lower = text.lowercased()
        if lower == "." || lower == ".." || lower == ".git" || lower == "git~1" { isPlain = false }
        return (text, isPlain)
    }

    static func kind(_ mode: git_filemode_t?) -> Change.Kind {
        switch mode {
        case GIT_FILEMODE_LINK: .symbolicLink
        case GIT_FILEMODE_COMMIT: .submodule
        case GIT_FILEMODE_BLOB_EXECUTABLE: .executable
        default: .file
        }
    }
}
