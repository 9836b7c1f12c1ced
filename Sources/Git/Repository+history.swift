import CGit2

/// What stood at a path from a commit on.
package struct PathVersion: Hashable, Sendable {
    /// The commit at which the path's content became this.
    package let commit: ObjectID
    /// Nil: the commit removed it.
    package let blob: ObjectID?

    package init(commit: ObjectID, blob: ObjectID?) {
        self.commit = commit
        self.blob = blob
    }
}

extension Repository {
    /// The commits at which the file at `path` differs from what their first parent has, newest first. A commit whose
    /// parent is not here counts as a root.
    ///
    /// `stop` is the last commit to look at, nil goes to the root; `limit` is the most entries to return.
    mutating func history(
        of path: String,
        from: ObjectID,
        through stop: ObjectID?,
        limit: Int
    ) throws(GitError) -> [PathVersion] {
        var versions: [PathVersion] = []
        var next: ObjectID? = from
        var commit = try lookUpCommit(from)
        var blob = try blobID(at: path, in: commit.pointer)
        while let id = next, versions.count < limit {
            var parentBlob: ObjectID?
            next = nil
            var parent: Handle?
            if let parentID = firstParent(of: commit.pointer) {
                let handle = try lookUpCommit(parentID)
                let sameTree =
                    ObjectID(git_commit_tree_id(handle.pointer).pointee)
                    == ObjectID(git_commit_tree_id(commit.pointer).pointee)
                if sameTree { parentBlob = blob } else { parentBlob = try blobID(at: path, in: handle.pointer) }
                next = parentID
                parent = consume handle
            }
            if parentBlob != blob { versions.append(PathVersion(commit: id, blob: blob)) }
            if id == stop { break }
            guard let parent = parent.take() else { break }
            commit = parent
            blob = parentBlob
        }
        return versions
    }

    /// A commit and its first-parent ancestors as far as they are here, newest first.
    func firstParentCommits(from: ObjectID, limit: Int) throws(GitError) -> [ObjectID] {
        var result: [ObjectID] = []
        var next: ObjectID? = from
        while let id = next, result.count < limit {
            let commit = try lookUpCommit(id)
            result.append(id)
            next = firstParent(of: commit.pointer)
        }
        return result
    }

    /// The first parent; nil where there is none, or where history is cut off: a shallow repository does not hold it.
    private func firstParent(of commit: OpaquePointer) -> ObjectID? {
        guard git_commit_parentcount(commit) > 0 else { return nil }
        let id = ObjectID(git_commit_parent_id(commit, 0).pointee)
        return contains(id) ? id : nil
    }

    /// Whether `descendant` is `ancestor` or has it in its history.
    func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
        if ancestor == descendant { return true }
        var old = ancestor.oid
        var new = descendant.oid
        return try GitError.check(
            git_graph_descendant_of(pointer, &new, &old),
            "comparing \(ancestor.short) with \(descendant.short)"
        ) == 1
    }

    /// The blob at a path of a commit, nil where there is none or where something else stands.
    mutating func blobID(at path: String, in commit: ObjectID) throws(GitError) -> ObjectID? {
        let commit = try lookUpCommit(commit)
        return try blobID(at: path, in: commit.pointer)
    }

    /// The blob at a path, nil where there is none or where something else stands.
    private mutating func blobID(at path: String, in commit: OpaquePointer) throws(GitError) -> ObjectID? {
        var id = ObjectID(git_commit_tree_id(commit).pointee)
        let names = Self.names(of: path)
        for (index, name) in names.enumerated() {
            let tree = try lookUpTree(id)
            counters.trees += 1
            guard let entry = git_tree_entry_byname(tree.pointer, String(name)) else { return nil }
            let isLast = index == names.count - 1
            guard git_tree_entry_type(entry) == (isLast ? GIT_OBJECT_BLOB : GIT_OBJECT_TREE) else { return nil }
            id = ObjectID(git_tree_entry_id(entry).pointee)
        }
        return names.isEmpty ? nil : id
    }
}
