import CGit2

extension Repository {
    /// The object that a reference names, or nil where there is no such reference.
    func target(of reference: String) throws(GitError) -> ObjectID? {
        var oid = git_oid()
        let code = git_reference_name_to_id(&oid, pointer, reference)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try GitError.check(code, "reading \(reference)")
        return ObjectID(oid)
    }

    /// Whether the object is here, without reading it.
    func contains(_ id: ObjectID) -> Bool {
        var oid = id.oid
        return git_odb_exists(odb.pointer, &oid) == 1
    }

    /// The commit that a revision expression names, as `git rev-parse` reads it.
    func resolve(_ spec: String) throws(GitError) -> ObjectID {
        if let id = ObjectID(hex: spec), (try? commitObject(id)) != nil { return id }
        let pointer = pointer
        // What is said of the first commit of all is not there where there is none yet.
        if spec.hasPrefix("HEAD"), git_repository_head_unborn(pointer) == 1 {
            throw GitError(.notFound, "there is no commit yet", advice: "commit the manifests first")
        }
        let object: Handle
        do throws(GitError) {
            object = try Handle("resolving '\(Redaction.clean(spec))'", free: git_object_free) {
                git_revparse_single(&$0, pointer, spec)
            }
        } catch {
            // A commit that libgit2 does not read can still be named by its reference.
            for name in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
                if let id = (try? target(of: name + spec)).flatMap({ $0 }), (try? commitObject(id)) != nil { return id }
            }
            throw error
        }
        let objectPointer = object.pointer
        let commit = try Handle("resolving '\(Redaction.clean(spec))' to a commit", free: git_object_free) {
            git_object_peel(&$0, objectPointer, GIT_OBJECT_COMMIT)
        }
        return ObjectID(git_object_id(commit.pointer).pointee)
    }

    func lookUpTree(_ id: ObjectID) throws(GitError) -> Handle {
        var oid = id.oid
        let pointer = pointer
        do throws(GitError) {
            return try Handle("reading tree \(id.short)", free: git_tree_free) { tree in
                AllocationLimit.during(TreeBounds.folder) { git_tree_lookup(&tree, pointer, &oid) }
            }
        } catch {
            var size = 0
            var kind = GIT_OBJECT_ANY
            if git_odb_read_header(&size, &kind, odb.pointer, &oid) == 0, size > TreeBounds.folder - 4096 {
                throw GitError(
                    .tooMany, "the folder \(id.short) is an object of \(size) bytes, more than is read of one",
                    advice: "put what is in it into several folders")
            }
            throw error.ofNeededObject
        }
    }

    /// A blob's bytes; more than `limit` are not read.
    mutating func blob(_ id: ObjectID, limit: Int) throws(GitError) -> [UInt8] {
        var result: [UInt8] = []
        try withBlob(id, limit: limit) { result = Array($0) }
        return result
    }

    /// Lends a blob's bytes for the duration of `body`, uncopied.
    mutating func withBlob(_ id: ObjectID, limit: Int, body: (UnsafeRawBufferPointer) -> Void) throws(GitError) {
        let object = try object(id, limit: limit)
        guard git_odb_object_type(object.pointer) == GIT_OBJECT_BLOB else {
            throw GitError(.invalid, "\(id.short) is not a blob")
        }
        let size = git_odb_object_size(object.pointer)
        guard size <= limit else { throw .tooLarge(id, size, limit) }
        counters.blobs += 1
        body(UnsafeRawBufferPointer(start: git_odb_object_data(object.pointer), count: size))
    }

    private func object(_ id: ObjectID, limit: Int) throws(GitError) -> Handle {
        var oid = id.oid
        let odb = odb.pointer
        var pointer: OpaquePointer?
        // Room for what libgit2 keeps beside the contents.
        let code = AllocationLimit.during(limit + 4096) { git_odb_read(&pointer, odb, &oid) }
        if code == 0 {
            return try Handle("reading blob \(id.short)", free: git_odb_object_free) {
                $0 = pointer; return 0
            }
        }
        // It is too large, or a delta of something that is, or cannot be read: its header tells.
        var size = 0
        var kind = GIT_OBJECT_ANY
        do throws(GitError) {
            try GitError.check(git_odb_read_header(&size, &kind, odb, &oid), "reading the size of blob \(id.short)")
            guard size <= limit else { throw .tooLarge(id, size, limit) }
            return try Handle("reading blob \(id.short)", free: git_odb_object_free) { git_odb_read(&$0, odb, &oid) }
        } catch {
            throw error.ofNeededObject
        }
    }
}

extension GitError {
    fileprivate static func tooLarge(_ id: ObjectID, _ size: Int, _ limit: Int) -> GitError {
        GitError(
            .tooLarge(size: size, limit: limit),
            "blob \(id.short) has \(size) bytes, more than the \(limit) allowed")
    }
}
