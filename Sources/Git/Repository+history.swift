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
    /// The commits at which the file at `path` differs from what their first parent has, newest first. The
    /// end of a shallow clone counts as a root.
    ///
    /// `stop` is the last commit to look at, nil goes to the root; `limit` is the most entries to return.
    mutating func history(
        of path: String,
        from: ObjectID,
        through stop: ObjectID?,
        limit: Int
    ) throws(GitError) -> [PathVersion] {
        var versions: [PathVersion] = []
        var id = from
        var commit = try commitObject(from)
        var blob = try blobID(at: path, inTree: commit.tree)
        while versions.count < limit {
            var parent: (id: ObjectID, commit: CommitObject, blob: ObjectID?)?
            if let parentID = try firstParent(of: id) {
                let object = try commitObject(parentID)
                let before = object.tree == commit.tree ? blob : try blobID(at: path, inTree: object.tree)
                parent = (parentID, object, before)
            }
            if parent?.blob != blob { versions.append(PathVersion(commit: id, blob: blob)) }
            guard id != stop, let parent else { break }
            (id, commit, blob) = parent
        }
        return versions
    }

    /// A commit and its first-parent ancestors as far as they are here, newest first.
    func firstParentCommits(from: ObjectID, limit: Int) throws(GitError) -> [ObjectID] {
        var result: [ObjectID] = []
        var next: ObjectID? = from
        while let id = next, result.count < limit {
            result.append(id)
            next = result.count < limit ? try firstParent(of: id) : nil
        }
        return result
    }

    /// Whether `descendant` is `ancestor` or has it in its history.
    func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
        if ancestor == descendant { return true }
        var old = ancestor.oid
        var new = descendant.oid
        let answer = git_graph_descendant_of(pointer, &new, &old)
        if answer >= 0 { return answer == 1 }
        // A commit that libgit2 does not read, or the end of a shallow clone.
        git_error_clear()
        return try hasInHistory(ancestor, of: descendant)
    }

    /// What ``isAncestor(_:of:)`` asks, by our own reading.
    private func hasInHistory(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
        let boundary = boundary
        var seen: Set<ObjectID> = []
        var next = [descendant]
        var end: ObjectID?
        while !next.isEmpty {
            var after: [ObjectID] = []
            for id in next where seen.insert(id).inserted {
                if id == ancestor { return true }
                if boundary.contains(id) { end = end ?? id } else { after += try parents(of: id) }
            }
            next = after
        }
        if let end { throw .shallow(path, at: end) }
        return false
    }

    /// The commits on a first-parent line that are malformed and were read all the same, with what is wrong.
    func flaws(from: ObjectID, through stop: ObjectID?, limit: Int) throws(GitError) -> [(ObjectID, String)] {
        var result: [(ObjectID, String)] = []
        var next: ObjectID? = from
        for _ in 0..<limit {
            guard let id = next, id != stop else { break }
            let commit = try commitObject(id)
            if let flaw = commit.flaw { result.append((id, flaw)) }
            next = commit.parents.first.flatMap { contains($0) ? $0 : nil }
        }
        return result
    }

    /// The blob at a path of a commit, nil where there is none or where something else stands.
    mutating func blobID(at path: String, in commit: ObjectID) throws(GitError) -> ObjectID? {
        try blobID(at: path, inTree: try commitObject(commit).tree)
    }

    /// The blob at a path, nil where there is none or where something else stands.
    private mutating func blobID(at path: String, inTree root: ObjectID) throws(GitError) -> ObjectID? {
        var id = root
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
