import CGit2
import Glibc

extension Repository {
    /// The files below `path` that differ between two commits, in the order of their trees.
    ///
    /// Visits only folders whose ids differ, so the cost is that of the change and not of the tree.
    /// A nil `base` lists everything in `head`.
    mutating func changes(
        from base: ObjectID?,
        to head: ObjectID,
        under path: String,
        filter: TreeFilter
    ) throws(GitError) -> [Change] {
        var old: ObjectID?
        if let base { old = try subtree(of: base, at: path) }
        let new = try subtree(of: head, at: path)
        var walk = TreeWalk(filter: filter, root: Self.prefix(path), head: head)
        try self.walk(old: old, new: new, prefix: walk.root, depth: 0, &walk)
        return walk.found
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
        var size = 0
        for entry in try changes(from: nil, to: commit, under: path, filter: .all) {
            lend(entry, limit: limit) { entry, content in
                if case .success(let bytes)? = content { size += bytes.count }
                body(entry, content)
            }
            guard size <= TreeBounds.contents else { throw .tooMuch(commit, path) }
        }
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
        guard case .folder(let tree) = try place(at: path, in: commit) else { return nil }
        return tree
    }

    /// What stands at a path of a commit.
    mutating func place(at path: String, in commit: ObjectID) throws(GitError) -> TreePlace {
        var place = TreePlace.folder(try commitObject(commit).tree)
        for name in Self.names(of: path) {
            // Nothing is reached through a link or another repository.
            guard case .folder(let tree) = place else { return place.isLeftAlone ? place : .nothing }
            let handle = try lookUpTree(tree)
            counters.trees += 1
            guard let entry = git_tree_entry_byname(handle.pointer, String(name)) else { return .nothing }
            let id = ObjectID(git_tree_entry_id(entry).pointee)
            place =
                switch git_tree_entry_type(entry) {
                case GIT_OBJECT_TREE: .folder(id)
                case GIT_OBJECT_COMMIT: .submodule
                default: git_tree_entry_filemode_raw(entry) == GIT_FILEMODE_LINK ? .symbolicLink : .file(id)
                }
        }
        return place
    }

    /// Merges two trees, which git keeps sorted, and descends where they differ.
    private mutating func walk(
        old: ObjectID?,
        new: ObjectID?,
        prefix: String,
        depth: Int,
        _ walk: inout TreeWalk
    ) throws(GitError) {
        if old == new { return }
        guard depth <= Self.depthLimit else {
            try walk.report(Change(path: String(prefix.dropLast()), old: old, new: new, kind: .tooDeep))
            return
        }
        var oldTree: Handle?
        var newTree: Handle?
        if let old { oldTree = try lookUpTree(old) }
        if let new { newTree = try lookUpTree(new) }
        counters.trees += (old == nil ? 0 : 1) + (new == nil ? 0 : 1)
        let a = Entries(oldTree?.pointer)
        let b = Entries(newTree?.pointer)
        let size = a.size + b.size
        try walk.open(entries: max(a.count, b.count), bytes: size)
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
                &walk
            )
        }
        walk.close(bytes: size)
        _ = oldTree?.pointer
        _ = newTree?.pointer
    }

    private mutating func visit(
        old: OpaquePointer?,
        new: OpaquePointer?,
        prefix: String,
        depth: Int,
        _ walk: inout TreeWalk
    ) throws(GitError) {
        guard let entry = new ?? old else { return }
        let oldID = old.map { ObjectID(git_tree_entry_id($0).pointee) }
        let newID = new.map { ObjectID(git_tree_entry_id($0).pointee) }
        let oldMode = old.map { git_tree_entry_filemode_raw($0) }
        let newMode = new.map { git_tree_entry_filemode_raw($0) }
        if oldID == newID, oldMode == newMode { return }
        let oldIsTree = old.map { git_tree_entry_type($0) == GIT_OBJECT_TREE } ?? false
        let newIsTree = new.map { git_tree_entry_type($0) == GIT_OBJECT_TREE } ?? false
        // A file may have become a folder or the other way round; each half is reported for itself.
        let oldFile = oldIsTree ? nil : oldID
        let newFile = newIsTree ? nil : newID
        let hasFile = oldFile != nil || newFile != nil
        let kind = Entries.kind(newFile == nil ? oldMode : newMode)
        let bytes = Entries.bytes(of: entry)
        let isListed = hasFile && (kind == .symbolicLink || kind == .submodule || walk.filter.lists(bytes))
        guard isListed || oldIsTree || newIsTree else { return }
        let name = EntryName(bytes)
        let path = prefix + name.shown
        guard case .usable = name else {
            let isFolder = oldIsTree || newIsTree
            if try walk.ignores(prefix, bytes, isFolder: isFolder) { return }
            try walk.report(Change(path: path, old: oldID, new: newID, kind: .badName))
            return
        }
        if isListed, try !walk.ignores(prefix, bytes, isFolder: false) {
            try walk.report(Change(path: path, old: oldFile, new: newFile, kind: kind))
        }
        if oldIsTree || newIsTree, try !walk.ignores(prefix, bytes, isFolder: true) {
            try self.walk(
                old: oldIsTree ? oldID : nil,
                new: newIsTree ? newID : nil,
                prefix: path + "/",
                depth: depth + 1,
                &walk
            )
        }
    }
}

/// What stands at a path of a tree.
package enum TreePlace: Hashable, Sendable {
    case nothing
    case folder(ObjectID)
    case file(ObjectID)
    /// Neither is followed.
    case symbolicLink, submodule

    /// Whether it leads elsewhere.
    var isLeftAlone: Bool { self == .symbolicLink || self == .submodule }
}

/// What one walk has found, and what it may still cost.
private struct TreeWalk {
    let filter: TreeFilter
    /// Of the folder that is walked, with a slash at its end; empty for the tree's root.
    let root: String
    let head: ObjectID
    private(set) var found: [Change] = []
    private var entries = 0
    private var bytesOpen = 0
    private var bytesOfPaths = 0
    private var work = 0

    init(filter: TreeFilter, root: String, head: ObjectID) {
        self.filter = filter
        self.root = root
        self.head = head
    }

    /// Counts a folder before anything of it is looked at.
    mutating func open(entries count: Int, bytes: Int) throws(GitError) {
        entries += count
        bytesOpen += bytes
        guard entries <= filter.limit, bytesOpen <= TreeBounds.open else { throw .tooMany(head, root, filter.limit) }
    }

    mutating func close(bytes: Int) { bytesOpen -= bytes }

    mutating func report(_ change: Change) throws(GitError) {
        bytesOfPaths += change.path.utf8.count
        guard bytesOfPaths <= TreeBounds.paths else { throw .tooMany(head, root, filter.limit) }
        found.append(change)
    }

    mutating func ignores(
        _ prefix: String, _ name: UnsafeBufferPointer<UInt8>, isFolder: Bool
    ) throws(GitError) -> Bool {
        if filter.ignored.isEmpty { return false }
        let path = Array(prefix.utf8.dropFirst(root.utf8.count)) + name
        let result = filter.ignored.ignores(path, isFolder: isFolder, &work)
        guard work <= IgnoreRules.workLimit else {
            throw GitError(
                .tooMany, "the patterns of what is ignored in \(head.short) cost too much to compare with every path",
                advice: "use fewer patterns with fewer stars")
        }
        return result
    }
}

extension GitError {
    fileprivate static func tooMany(_ head: ObjectID, _ root: String, _ limit: Int) -> GitError {
        let place = root.isEmpty ? "" : " below \(Redaction.clean(root))"
        return GitError(
            .tooMany,
            "the tree of \(head.short) has more than \(limit) entries\(place), or paths too long to hold them all",
            advice: "take files out of it, or keep what is to be read in a folder of its own")
    }

    fileprivate static func tooMuch(_ head: ObjectID, _ path: String) -> GitError {
        GitError(
            .tooMany,
            "the files of \(head.short) below \(Redaction.clean(path)) have more than \(TreeBounds.contents >> 20) MiB together",
            advice: "take files out of it")
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

    /// Bytes of the tree's object, about: the names stand in it one after another.
    var size: Int {
        guard let first = self[0].flatMap({ git_tree_entry_name($0) }),
            let last = self[count - 1].flatMap({ git_tree_entry_name($0) })
        else { return 0 }
        return abs(last - first) + count * 24
    }

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

    /// The entry's name, lent as long as its tree is open.
    static func bytes(of entry: OpaquePointer) -> UnsafeBufferPointer<UInt8> {
        guard let name = git_tree_entry_name(entry) else { return UnsafeBufferPointer(start: nil, count: 0) }
        let length = strlen(name)
        return UnsafeRawBufferPointer(start: name, count: length).bindMemory(to: UInt8.self)
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
