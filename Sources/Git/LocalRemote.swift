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

    /// What references name there.
    static func tips(_ remote: Remote, _ references: [String]) throws(GitError) -> [String: ObjectID] {
        let repository = try open(remote)
        var found: [String: ObjectID] = [:]
        do throws(GitError) {
            for name in references {
                if name.hasSuffix("/") {
                    for one in try repository.referenceNames() where one.hasPrefix(name) {
                        found[one] = try repository.target(of: one)
                    }
                } else {
                    found[name] = try repository.target(of: name)
                }
            }
        } catch {
            throw error.blaming(remote)
        }
        return found
    }
}

extension Repository {
    /// Below this many, objects are written singly, as git's own `receive.unpackLimit` has it.
    private static let unpackLimit = 100

    /// What another repository lacks of commits and all that they need.
    struct Missing {
        /// Files and folders, each after what it refers to.
        var contents: [ObjectID] = []
        var commits: [ObjectID] = []
        /// Where history ends for the other one, once it has these.
        var boundary: Set<ObjectID> = []
        var all: [ObjectID] { contents + commits }
    }

    /// Copies commits and all that they need and `target` lacks.
    ///
    /// Objects are written after what they refer to, or all at once in a pack, so that an object that is there is whole.
    /// An empty target gets this repository's packs first; then everything is looked for in it, since a pack may hold a
    /// commit without its files.
    borrowing func copy(_ tips: [ObjectID], to target: borrowing Repository) throws(GitError) {
        let isWhole = !target.isEmpty
        if !isWhole { try linkPacks(into: target) }
        let missing = try missing(tips, in: target, isWhole: isWhole)
        // Before the objects, so that no commit is there whose end is not told.
        try target.setBoundary(target.boundary.union(missing.boundary))
        if missing.all.count > Self.unpackLimit {
            try writePack(of: missing.all, into: target.path + "objects/pack")
            try GitError.check(git_odb_refresh(target.odb.pointer), "rereading the objects")
        } else {
            for id in try missing.contents + ordered(missing.commits) { try copy(id, to: target) }
        }
        try target.setBoundary(missing.boundary)
    }

    /// What `target` lacks. Where it `isWhole`, an object that it has has all that it needs there.
    borrowing func missing(
        _ tips: [ObjectID], in target: borrowing Repository, isWhole: Bool = true
    ) throws(GitError) -> Missing {
        var missing = Missing()
        var seen = Set<ObjectID>()
        var pending = tips
        let boundary = boundary
        for end in target.boundary {
            // It may have been given the rest of its history meanwhile.
            if boundary.contains(end) || !contains(end) {
                missing.boundary.insert(end)
            } else {
                pending += try parents(of: end)
            }
        }
        while let id = pending.popLast() {
            guard seen.insert(id).inserted else { continue }
            let isThere = target.contains(id)
            if isThere && isWhole { continue }
            let commit = try commitObject(id)
            if !isThere { missing.commits.append(id) }
            try collect(
                tree: commit.tree,
                target,
                isWhole: isWhole,
                depth: 0,
                seen: &seen,
                into: &missing.contents
            )
            if boundary.contains(id) { missing.boundary.insert(id) } else { pending += try parents(of: id) }
        }
        return missing
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
            let parents = try commitObject(id).parents.filter { left.contains($0) }
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
        isWhole: Bool,
        depth: Int,
        seen: inout Set<ObjectID>,
        into missing: inout [ObjectID]
    ) throws(GitError) {
        guard seen.insert(id).inserted else { return }
        let isThere = target.contains(id)
        if isThere && isWhole { return }
        guard depth < 4_096 else { throw GitError(.invalid, "folders of \(path) are nested too deeply") }
        let tree = try lookUpTree(id)
        for index in 0..<git_tree_entrycount(tree.pointer) {
            guard let entry = git_tree_entry_byindex(tree.pointer, index) else { continue }
            let child = ObjectID(git_tree_entry_id(entry).pointee)
            switch git_tree_entry_type(entry) {
            case GIT_OBJECT_TREE:
                try collect(tree: child, target, isWhole: isWhole, depth: depth + 1, seen: &seen, into: &missing)
            case GIT_OBJECT_BLOB where seen.insert(child).inserted && !target.contains(child): missing.append(child)
            default: break
            }
        }
        if !isThere { missing.append(id) }
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

    /// Takes updates from a mirror by compare-and-swap on this repository's references; where it has hooks, by way of git,
    /// which runs them.
    borrowing func accept(
        _ updates: [RefUpdate],
        from mirror: borrowing Repository,
        of remote: Remote
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
        let hasHooks = ReceivePack.isWanted(by: self)
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
            } else if let other = try nameInTheWay(of: update.reference) {
                outcomes[update.reference] = .rejected(reason: NameInTheWay.reason(other, update.reference, remote))
            } else {
                outcomes[update.reference] = try take(update, from: mirror, remote, hasHooks: hasHooks)
            }
        }
        return outcomes
    }

    private borrowing func take(
        _ update: RefUpdate, from mirror: borrowing Repository, _ remote: Remote, hasHooks: Bool
    ) throws(GitError) -> PushOutcome {
        guard hasHooks else {
            try mirror.copy([update.new], to: self)
            return try swap(update)
        }
        var report = ReceivePack.Report()
        for attempt in 0..<2 {
            let hadLock = hasLock(of: update)
            report = try ReceivePack.send([update], from: mirror, to: self, remote)
            let actual = try target(of: update.reference)
            if actual == update.new { return .accepted }
            if actual != update.expectedOld { return .lost(actual: actual) }
            if let outcome = try judgeLock(of: update) { return outcome }
            // Once more where what stood in the way was left by nobody who lives, and is gone.
            guard attempt == 0, hadLock, !hasLock(of: update) else { break }
        }
        let reason = report.refused[update.reference].map { Redaction.clean($0) }
        let parts = [reason, report.words].compactMap { $0 }.filter { !$0.isEmpty }
        return .rejected(reason: parts.joined(separator: ": "))
    }

    private borrowing func swap(_ update: RefUpdate) throws(GitError) -> PushOutcome {
        // What the reference will name must be on the disk first.
        let folder = open(path + "objects", O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            _ = sluice_sync_file_system(folder)
            close(folder)
        }
        for _ in 0..<2 {
            let code = move(update)
            let actual = try target(of: update.reference)
            if actual == update.new { return .accepted }
            if actual != update.expectedOld { return .lost(actual: actual) }
            guard code == GIT_ELOCKED.rawValue else {
                try GitError.check(code, "moving \(update.reference)")
                return .rejected(reason: "the reference did not move")
            }
            git_error_clear()
            // Nil: its lock was left by nobody who lives, and is gone.
            if let outcome = try judgeLock(of: update) { return outcome }
        }
        return .lost(actual: update.expectedOld)
    }

    private borrowing func move(_ update: RefUpdate) -> Int32 {
        let record = PushRecord(path + update.reference + ".lock", in: path)
        defer { withExtendedLifetime(record) {} }
        var new = update.new.oid
        var reference: OpaquePointer?
        defer { git_reference_free(reference) }
        guard var old = update.expectedOld?.oid else {
            return git_reference_create(&reference, pointer, update.reference, &new, 0, "sluice: push")
        }
        return git_reference_create_matching(&reference, pointer, update.reference, &new, 1, &old, "sluice: push")
    }

    private borrowing func hasLock(of update: RefUpdate) -> Bool {
        let files: [String] = [path + update.reference + ".lock", path + "packed-refs.lock"]
        return files.contains { (file: String) in access(file, F_OK) == 0 }
    }

    /// What stands in the way of a reference's lock; nil where that was taken away, or nothing does.
    private borrowing func judgeLock(of update: RefUpdate) throws(GitError) -> PushOutcome? {
        for file in [path + update.reference + ".lock", path + "packed-refs.lock"] {
            let lock = LockFile(path: file)
            switch lock.holder(in: path) {
            case .gone: continue
            case .atWork: return .lost(actual: update.expectedOld)
            case .nobody: unlink(file)
            case .somebody(let age): throw lock.complaint(age: age)
            }
        }
        return nil
    }

    /// A reference that cannot be beside another: git keeps them as files and folders.
    private borrowing func nameInTheWay(of reference: String) throws(GitError) -> String? {
        guard try target(of: reference) == nil else { return nil }
        return NameInTheWay.find(of: reference, among: try referenceNames())
    }
}
