import CGit2
import Glibc

/// A remote on this machine, read and written directly: libgit2's own local transport visits every object.
enum LocalRemote {
    static func open(_ remote: Remote) throws(GitError) -> Repository {
        guard access(remote.path, F_OK) == 0 else {
            throw GitError(.notFound, "there is no repository at \(remote.path)")
        }
        return try Repository(opening: remote.path)
    }
}

extension Repository {
    /// Below this many, objects are written singly, as git's own `receive.unpackLimit` has it.
    private static let unpackLimit = 100

    /// Copies commits and all that they need and `target` lacks.
    ///
    /// Objects are written after what they refer to, or all at once in a pack, so that an object that is there is whole.
    borrowing func copy(_ tips: [ObjectID], to target: borrowing Repository) throws(GitError) {
        var missing: [ObjectID] = []
        var seen = Set<ObjectID>()
        var pending = tips
        var commits: [ObjectID] = []
        while let id = pending.popLast() {
            guard seen.insert(id).inserted, !target.contains(id) else { continue }
            let commit = try lookUpCommit(id)
            commits.append(id)
            try collect(
                tree: ObjectID(git_commit_tree_id(commit.pointer).pointee),
                target,
                depth: 0,
                seen: &seen,
                into: &missing
            )
            for parent in 0..<git_commit_parentcount(commit.pointer) {
                pending.append(ObjectID(git_commit_parent_id(commit.pointer, parent).pointee))
            }
        }
        if missing.count + commits.count > Self.unpackLimit {
            try writePack(of: missing + commits, into: target.path + "objects/pack")
            try GitError.check(git_odb_refresh(target.odb.pointer), "rereading the objects")
            return
        }
        for id in try missing + ordered(commits) { try copy(id, to: target) }
    }

    /// Parents before children.
    private borrowing func ordered(_ commits: [ObjectID]) throws(GitError) -> [ObjectID] {
        var left = Set(commits)
        var result: [ObjectID] = []
        var stack = commits
        while let id = stack.last {
            guard left.contains(id) else {
                stack.removeLast()
                continue
            }
            let parents = try commit(id).parents.filter { left.contains($0) }
            if parents.isEmpty {
                left.remove(id)
                result.append(id)
                stack.removeLast()
            } else {
                stack += parents
            }
        }
        return result
    }

    private borrowing func collect(
        tree id: ObjectID,
        _ target: borrowing Repository,
        depth: Int,
        seen: inout Set<ObjectID>,
        into missing: inout [ObjectID]
    ) throws(GitError) {
        guard seen.insert(id).inserted, !target.contains(id) else { return }
        guard depth < 4_096 else { throw GitError(.invalid, "folders of \(path) are nested too deeply") }
        let tree = try lookUpTree(id)
        for index in 0..<git_tree_entrycount(tree.pointer) {
            guard let entry = git_tree_entry_byindex(tree.pointer, index) else { continue }
            let child = ObjectID(git_tree_entry_id(entry).pointee)
            switch git_tree_entry_type(entry) {
            case GIT_OBJECT_TREE: try collect(tree: child, target, depth: depth + 1, seen: &seen, into: &missing)
            case GIT_OBJECT_BLOB where seen.insert(child).inserted && !target.contains(child): missing.append(child)
            default: break
            }
        }
        missing.append(id)
    }

    private borrowing func copy(_ id: ObjectID, to target: borrowing Repository) throws(GitError) {
        var oid = id.oid
        let odb = odb.pointer
        let object = try Handle("reading \(id.short)", free: git_odb_object_free) { git_odb_read(&$0, odb, &oid) }
        var written = git_oid()
        try GitError.check(
            git_odb_write(
                &written,
                target.odb.pointer,
                git_odb_object_data(object.pointer),
                git_odb_object_size(object.pointer),
                git_odb_object_type(object.pointer)
            ),
            "writing \(id.short)"
        )
    }

    /// Takes updates from a mirror by compare-and-swap on this repository's references. Hooks are not run.
    borrowing func accept(
        _ updates: [RefUpdate],
        from mirror: borrowing Repository
    ) throws(GitError) -> [String: PushOutcome] {
        var outcomes: [String: PushOutcome] = [:]
        var head: String?
        if git_repository_is_bare(pointer) != 1 {
            let pointer = pointer
            let reference = try Handle("reading HEAD", free: git_reference_free) {
                git_reference_lookup(&$0, pointer, "HEAD")
            }
            head = git_reference_symbolic_target(reference.pointer).map { String(cString: $0) }
        }
        for update in updates {
            let actual = try target(of: update.reference)
            if actual == update.new {
                outcomes[update.reference] = .accepted
            } else if actual != update.expectedOld {
                outcomes[update.reference] = .lost(actual: actual)
            } else if head == update.reference {
                outcomes[update.reference] = .rejected(
                    reason: "\(update.reference) is checked out in \(path); push to a bare repository"
                )
            } else if let old = update.expectedOld, try !mirror.isAncestor(old, of: update.new) {
                outcomes[update.reference] = .rejected(reason: "not a fast-forward")
            } else {
                try mirror.copy([update.new], to: self)
                outcomes[update.reference] = try swap(update)
            }
        }
        return outcomes
    }

    private borrowing func swap(_ update: RefUpdate) throws(GitError) -> PushOutcome {
        // What the reference will name must be on the disk first.
        let folder = open(path + "objects", O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            _ = sluice_sync_file_system(folder)
            close(folder)
        }
        var new = update.new.oid
        var reference: OpaquePointer?
        let code: Int32
        if var old = update.expectedOld?.oid {
            code = git_reference_create_matching(&reference, pointer, update.reference, &new, 1, &old, "sluice: push")
        } else {
            code = git_reference_create(&reference, pointer, update.reference, &new, 0, "sluice: push")
        }
        git_reference_free(reference)
        let actual = try target(of: update.reference)
        if actual == update.new { return .accepted }
        if actual != update.expectedOld { return .lost(actual: actual) }
        // Somebody else is moving it at this moment.
        if code == GIT_ELOCKED.rawValue { return .lost(actual: actual) }
        try GitError.check(code, "moving \(update.reference)")
        return .rejected(reason: "the reference did not move")
    }
}
