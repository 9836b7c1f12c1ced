import CGit2

extension Repository {
    /// Commits `edit` on top of `base`, or as the root of a new history where `base` is nil.
    ///
    /// Moves no reference. Only the folders that the edit touches are written.
    func commit(
        _ edit: TreeEdit,
        on base: ObjectID?,
        message: String,
        trailers: [Trailer],
        author: Signature,
        committer: Signature
    ) throws(GitError) -> ObjectID {
        var folder = Folder()
        for (path, content) in edit.files.sorted(by: { $0.key < $1.key }) {
            let names = Self.names(of: path).map(String.init)
            let isFine = names.allSatisfy { ![".", "..", ".git"].contains($0.lowercased()) && !$0.utf8.contains(0) }
            guard !names.isEmpty, names.count <= Self.depthLimit, isFine else {
                throw GitError(.invalid, "'\(Redaction.clean(path))' cannot be a path in a repository")
            }
            var id: ObjectID?
            if let content { id = try write(content) }
            guard folder.insert(id, at: names[...]) else {
                throw GitError(.invalid, "'\(Redaction.clean(path))' is both a file and a folder of this edit")
            }
        }
        var baseTree: ObjectID?
        if let base { baseTree = try commitObject(base).tree }
        let root: ObjectID
        if let tree = try apply(folder, to: baseTree) { root = tree } else { root = try writeEmptyTree() }
        let by = try signature(author)
        let with = try signature(committer)
        var tree = root.oid
        var parent = (base ?? root).oid
        var oid = git_oid()
        // By ids: the parent may be a commit that libgit2 does not read.
        let code = withUnsafePointer(to: &parent) { parent in
            var parents: [UnsafePointer<git_oid>?] = base == nil ? [] : [parent]
            return git_commit_create_from_ids(
                &oid,
                pointer,
                nil,
                UnsafeRawPointer(by.pointer).assumingMemoryBound(to: git_signature.self),
                UnsafeRawPointer(with.pointer).assumingMemoryBound(to: git_signature.self),
                "UTF-8",
                Trailer.message(message, trailers: trailers),
                &tree,
                parents.count,
                &parents
            )
        }
        try GitError.check(code, "writing a commit")
        return ObjectID(oid)
    }

    private func signature(_ signature: Signature) throws(GitError) -> Handle {
        try Handle(
            "signing as '\(Redaction.clean(signature.name))'",
            free: { git_signature_free(UnsafeMutablePointer($0)) }
        ) {
            var made: UnsafeMutablePointer<git_signature>?
            let code = git_signature_new(&made, signature.name, signature.email, signature.time, 0)
            $0 = made.map { OpaquePointer($0) }
            return code
        }
    }

    private func write(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        var oid = git_oid()
        let odb = odb.pointer
        let code = bytes.withUnsafeBytes { git_odb_write(&oid, odb, $0.baseAddress, $0.count, GIT_OBJECT_BLOB) }
        try GitError.check(code, "writing a blob")
        return ObjectID(oid)
    }

    private func writeEmptyTree() throws(GitError) -> ObjectID {
        var oid = git_oid()
        try GitError.check(git_odb_write(&oid, odb.pointer, nil, 0, GIT_OBJECT_TREE), "writing a tree")
        return ObjectID(oid)
    }

    /// Writes the tree that results, or nil where nothing is left in it.
    private func apply(_ folder: Folder, to base: ObjectID?) throws(GitError) -> ObjectID? {
        var tree: Handle?
        if let base { tree = try lookUpTree(base) }
        let treePointer = tree?.pointer
        let pointer = pointer
        let builder = try Handle("editing a tree", free: git_treebuilder_free) {
            git_treebuilder_new(&$0, pointer, treePointer)
        }
        for (name, node) in folder.nodes {
            let existing = git_treebuilder_get(builder.pointer, name)
            var id: ObjectID?
            var mode = GIT_FILEMODE_BLOB
            switch node {
            case .file(let blob): id = blob
            case .folder(let inner):
                var inside: ObjectID?
                if let existing, git_tree_entry_type(existing) == GIT_OBJECT_TREE {
                    inside = ObjectID(git_tree_entry_id(existing).pointee)
                } else if existing != nil, !inner.writes {
                    continue
                }
                id = try apply(inner, to: inside)
                mode = GIT_FILEMODE_TREE
            }
            if let id {
                var oid = id.oid
                try GitError.check(git_treebuilder_insert(nil, builder.pointer, name, &oid, mode), "editing '\(name)'")
            } else if existing != nil {
                try GitError.check(git_treebuilder_remove(builder.pointer, name), "removing '\(name)'")
            }
        }
        _ = tree?.pointer
        guard git_treebuilder_entrycount(builder.pointer) > 0 else { return nil }
        var oid = git_oid()
        try GitError.check(git_treebuilder_write(&oid, builder.pointer), "writing a tree")
        return ObjectID(oid)
    }
}

/// An edit as the tree that it touches.
private struct Folder {
    enum Node {
        case file(ObjectID?)
        case folder(Folder)
    }

    var nodes: [String: Node] = [:]
    /// Whether anything below is written, rather than only removed.
    var writes = false

    /// False where a file and a folder of the edit want the same path.
    mutating func insert(_ blob: ObjectID?, at names: ArraySlice<String>) -> Bool {
        guard let name = names.first else { return false }
        if blob != nil { writes = true }
        guard names.count > 1 else {
            if case .folder(let inner) = nodes[name] { return blob == nil && !inner.writes || false }
            nodes[name] = .file(blob)
            return true
        }
        var inner = Folder()
        switch nodes[name] {
        case .folder(let folder): inner = folder
        case .file(.some): return false
        case .file(nil): return blob == nil
        case nil: break
        }
        guard inner.insert(blob, at: names.dropFirst()) else { return false }
        nodes[name] = .folder(inner)
        return true
    }
}
