/// A bare repository on the local disk, in which everything that is known of the remotes is kept.
///
/// Runs on a thread of its own. One process has one `Mirror` for a directory; the transport child writes to the same
/// directory, which git's own file formats allow. Several remotes share a mirror: what is fetched from remote `r` lands
/// in `refs/remotes/r/<branch>`.
package actor Mirror {
    private let executor: ThreadExecutor
    private var repository: Repository
    /// Where the repository is.
    package nonisolated let path: String
    /// For a repository opened for reading: where the path given lies in its work tree; `""` is the root.
    package nonisolated let folder: String
    /// What was wrong with the repository that was found, where it had to be thrown away at opening.
    package nonisolated let damageAtOpening: String?
    /// That it is in use; nil of a person's own repository.
    private let use: MirrorUse?
    /// Whether everything in it can be fetched again.
    private let isExpendable: Bool

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opens the mirror, or makes one where there is nothing or an empty directory.
    ///
    /// A repository that cannot be opened is thrown away for an empty one. A directory that holds anything else is one
    /// `.corrupt` error and is left alone.
    package init(at path: String) throws(GitError) {
        var damage: String?
        use = MirrorUse(of: path)
        repository = try Repository.openOrCreate(path, damage: &damage)
        damageAtOpening = damage
        isExpendable = true
        executor = ThreadExecutor()
        self.path = path
        folder = ""
    }

    /// Opens a person's own repository for reading: the one that holds `path`, bare or with a work tree.
    ///
    /// Nothing in it is to be changed through this mirror.
    package init(reading path: String) throws(GitError) {
        let repository = try Repository(holding: path)
        folder = repository.folder(of: path)
        self.path = repository.path
        self.repository = repository
        use = nil
        damageAtOpening = nil
        isExpendable = false
        executor = ThreadExecutor()
    }

    /// Whether it has no work tree.
    package var isBare: Bool { repository.isBare }

    /// Objects read since opening.
    package var counters: ReadCounters { repository.counters }

    /// The commit that a branch of a remote had when it was last fetched, or nil.
    package func tip(of branch: String, on remote: String) throws(GitError) -> ObjectID? {
        try repository.target(of: "refs/remotes/\(remote)/\(branch)")
    }

    /// The commit that a branch of the mirror itself names, or nil.
    package func tip(of branch: String) throws(GitError) -> ObjectID? {
        try repository.target(of: "refs/heads/\(branch)")
    }

    /// All references, in full.
    package func references() throws(GitError) -> [String] { try repository.referenceNames() }

    /// The commit that a reference (`refs/…`) names, or nil.
    package func target(of reference: String) throws(GitError) -> ObjectID? { try repository.target(of: reference) }

    /// The blob at a path of a commit, or nil.
    package func blobID(at path: String, in commit: ObjectID) throws(GitError) -> ObjectID? {
        try repository.blobID(at: path, in: commit)
    }

    /// Points a reference (`refs/…`) at a commit, which keeps it and its history from being lost.
    package func set(_ reference: String, to id: ObjectID) throws(GitError) { try repository.set(reference, to: id) }

    /// The commit that a revision expression names: a branch, a short id, `HEAD~1`.
    package func resolve(_ spec: String) throws(GitError) -> ObjectID { try repository.resolve(spec) }

    /// Whether the object is here.
    package func contains(_ id: ObjectID) -> Bool { repository.contains(id) }

    /// What a commit says.
    package func commit(_ id: ObjectID) throws(GitError) -> CommitInfo { try repository.commit(id) }

    /// The signature that a commit carries, or nil.
    package func signature(of id: ObjectID) throws(GitError) -> CommitSignature? { try repository.signature(of: id) }

    /// A blob's bytes; more than `limit` bytes is `.tooLarge`, found before anything is read.
    package func blob(_ id: ObjectID, limit: Int) throws(GitError) -> [UInt8] {
        try repository.blob(id, limit: limit)
    }

    /// The files below `path` that differ; see `Change`. A nil `base` lists all. Costs what the change costs, and no more
    /// than ``TreeBounds``: what has more is `.tooMany`.
    package func changes(
        from base: ObjectID?, to head: ObjectID, under path: String = "", filter: TreeFilter = .all
    ) throws(GitError) -> [Change] {
        try repository.changes(from: base, to: head, under: path, filter: filter)
    }

    /// What stands at a path of a commit; an empty path is the root.
    package func place(at path: String, in commit: ObjectID) throws(GitError) -> TreePlace {
        try repository.place(at: path, in: commit)
    }

    /// Lends every regular file's bytes to `body` on the mirror's thread, uncopied and valid only during the call.
    ///
    /// An entry that is no regular file comes with nil; a file of more than `limit` bytes, or a damaged one, with its
    /// error.
    package func forEachBlob(
        in commit: ObjectID,
        under path: String = "",
        limit: Int,
        body: @Sendable (Change, Result<UnsafeRawBufferPointer, GitError>?) -> Void
    ) throws(GitError) {
        try repository.forEachBlob(in: commit, under: path, limit: limit, body: body)
    }

    /// Reads some of the files that ``changes(from:to:under:)`` listed into `result`, one after another, until `body` says
    /// that this is enough for now: it returns whether to go on, and is lent what ``forEachBlob(in:under:limit:body:)``
    /// lends. Whoever reads many files this way lets others use the mirror in between.
    package func gather<Gathered: Sendable>(
        _ entries: ArraySlice<Change>,
        limit: Int,
        into result: Gathered,
        body: @Sendable (inout Gathered, Change, Result<UnsafeRawBufferPointer, GitError>?) -> Bool
    ) -> Gathered {
        var result = result
        var goesOn = true
        for entry in entries {
            repository.lend(entry, limit: limit) { goesOn = body(&result, $0, $1) }
            if !goesOn { break }
        }
        return result
    }

    /// The commits on the first-parent line at which the file at `path` changed, newest first.
    package func history(
        of path: String,
        from: ObjectID,
        through stop: ObjectID? = nil,
        limit: Int
    ) throws(GitError) -> [PathVersion] {
        try repository.history(of: path, from: from, through: stop, limit: limit)
    }

    /// A commit and its first-parent ancestors, newest first.
    package func firstParentCommits(from: ObjectID, limit: Int) throws(GitError) -> [ObjectID] {
        try repository.firstParentCommits(from: from, limit: limit)
    }

    /// Whether `descendant` is `ancestor` or comes after it.
    package func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
        try repository.isAncestor(ancestor, of: descendant)
    }

    /// The malformed commits on a first-parent line down to `stop`, with what is wrong; they were read all the same.
    package func flaws(
        from: ObjectID, through stop: ObjectID? = nil, limit: Int
    ) throws(GitError) -> [(ObjectID, String)] {
        try repository.flaws(from: from, through: stop, limit: limit)
    }

    /// Whether history ends here where it goes on elsewhere: a shallow clone, or a mirror of one.
    package var isShallow: Bool { !repository.boundary.isEmpty }

    /// Commits an edit on `base` (nil: a new history) and returns its id; no reference moves.
    package func commit(
        _ edit: TreeEdit,
        on base: ObjectID?,
        message: String,
        trailers: [Trailer] = [],
        author: Signature,
        committer: Signature? = nil
    ) throws(GitError) -> ObjectID {
        try repository.commit(
            edit,
            on: base,
            message: message,
            trailers: trailers,
            author: author,
            committer: committer ?? author
        )
    }

    /// Packs loose objects and consolidates packs where there are too many of either; cheap where there are not.
    ///
    /// Not to be called while the transport child works on this mirror.
    @discardableResult
    package func maintain(_ limits: MaintenanceLimits = .standard) throws(GitError) -> MaintenanceReport {
        try repository.maintain(limits)
    }

    /// Throws everything away and begins with an empty repository: for a mirror that is damaged.
    ///
    /// Not to be called while the transport child works on this mirror.
    package func startOver() throws(GitError) {
        guard isExpendable else { throw GitError(.invalid, "\(path) is somebody's repository and no mirror") }
        repository = try Repository.startOver(path)
    }
}
