package import Core
package import Git
import Manifests
import Reconciler

/// The manifests of a branch: fetched, and decoded as far as they changed.
///
/// A look that finds the branch where it was costs one round trip and reads nothing. Works on one look at a time.
package actor GitManifestSource: ManifestSource {
    /// What a source has read since it was made.
    package struct Counters: Hashable, Sendable {
        package var decodedFiles = 0
        package var reportedApplications = 0
        package var fetches = 0
        package var polls = 0
    }

    let mirror: Mirror
    let transport: Transport
    let remote: Remote
    private let poll: SharedPoll
    let branch: String
    let path: String
    /// Outlives the process: the head that was last taken up.
    let reference: String
    private let recorded: @Sendable () async -> [Status]
    let notice: @Sendable (String) -> Void
    /// A store in the same repository, whose branch is looked at in the same round trip.
    private let neighbour: GitStatusStore?

    var catalog = Catalog()
    /// The head that was last reported; nil before the first.
    var head: ObjectID?
    /// What is decoded and indexed; ahead of `head` where reporting failed.
    var indexed: ObjectID?
    /// The patterns by which it was read; nil for none.
    var patterns: ObjectID?
    /// Why `.sluiceignore` cannot be heeded; nil where it can.
    var ignoreProblem: Finding?
    /// Applications that nobody had taken up before it could not be.
    var newcomers: Set<ApplicationName> = []
    /// Such of them as are passed over again: they never were there.
    var released: Set<ApplicationName> = []
    /// The last head at which what was held at the last report could be read.
    var heldSince: [ApplicationName: ObjectID] = [:]
    /// What was found of those heads while one is taken up.
    var pastsOfHeld: [ObjectID: Past] = [:]
    /// Applications whose declaration may have changed since the last report.
    var unreported: Set<ApplicationName> = []
    /// Statuses on record when this process started, until the first report.
    var records: [ApplicationName: Status] = [:]
    /// Malformed commits that were named.
    private var told: Set<ObjectID> = []
    private var hasToldOfShallow = false
    private var hasRecords = false
    private var isLooking = false
    /// A look and a commit to the manifests do not go on at once: both move what is indexed.
    let turns = Turns()
    package internal(set) var counters = Counters()

    /// - Parameters:
    ///   - mirror: no other remote's, and nobody else's.
    ///   - transport: for this remote alone.
    ///   - remote: where the manifests are.
    ///   - poll: of the same remote, shared with others; left out, its own.
    ///   - branch: which are followed.
    ///   - path: the folder of the manifests in it.
    ///   - environment: tells apart what is remembered of several.
    ///   - neighbour: the status store, where its branch is in the same repository: each poll tells it where its
    ///     branch stands.
    ///   - recorded: the statuses on record, asked once.
    ///   - notice: told, in a sentence, of files that are not read and of history that was rewritten.
    package init(
        mirror: Mirror, transport: Transport, remote: Remote, poll: SharedPoll? = nil, branch: String,
        path: String = "", environment: String, neighbour: GitStatusStore? = nil,
        recorded: @escaping @Sendable () async -> [Status],
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.mirror = mirror
        self.transport = transport
        self.remote = remote
        self.poll = poll ?? SharedPoll(transport, remote)
        self.branch = branch
        self.path = path
        self.neighbour = neighbour
        self.recorded = recorded
        self.notice = notice
        reference = "refs/sluice/declared/\(environment)"
        mirror.tellDamage(to: notice)
    }

    package func fetch() async -> FetchOutcome {
        guard !isLooking else { return .failed(EffectFailure(.timedOut, "an earlier look at \(remote) still hangs")) }
        isLooking = true
        defer { isLooking = false }
        await turns.take()
        defer { turns.give() }
        do throws(GitError) {
            counters.polls += 1
            guard let tip = try await lookAround() else { throw await absence() }
            if tip == head { return .unchanged }
            return try await mending(mirror, notice: notice) { () throws(GitError) in try await bring() }
        } catch {
            return .failed(EffectFailure(error))
        }
    }

    package func startOver() async {
        await turns.take()
        defer { turns.give() }
        (catalog, head, indexed, patterns) = (Catalog(), nil, nil, nil)
        (unreported, records, hasRecords) = ([], [:], false)
        (ignoreProblem, newcomers, released) = (nil, [], [])
    }

    /// One round trip.
    private func lookAround() async throws(GitError) -> ObjectID? {
        guard let neighbour else { return try await poll.tip(of: branch) }
        let tips = try await poll.tips(of: [branch, neighbour.branch])
        await neighbour.saw(tips[neighbour.branch])
        return tips[branch]
    }

    private func bring() async throws(GitError) -> FetchOutcome {
        counters.fetches += 1
        guard let new = try await transport.fetch(remote, branches: [branch], into: mirror.path).tip(of: branch)
        else { throw await absence() }
        try await mirror.maintain()
        if new == head { return .unchanged }
        return try await takeUp(new)
    }

    /// Why the branch that is to be followed cannot be; nil also where the repository cannot be read now.
    package func absentBranch() async -> GitError? {
        await turns.take()
        defer { turns.give() }
        do throws(GitError) {
            guard try await poll.tip(of: branch) == nil else { return nil }
            return GitError(.notFound, "\(remote) has no branch \(branch)")
        } catch {
            return nil
        }
    }

    /// Why the folder that is to be followed cannot be; nil also where the branch cannot be read now.
    package func absentFolder() async -> GitError? {
        if path.isEmpty { return nil }
        await turns.take()
        defer { turns.give() }
        let found = try? await transport.fetch(remote, branches: [branch], into: mirror.path)
        guard let tip = found?.tip(of: branch) else { return nil }
        do throws(GitError) {
            _ = try await folder(at: tip)
            return nil
        } catch {
            return error.kind == .notFound ? error : nil
        }
    }

    /// Whether the repository has a branch with a folder in it, which need not be those that are followed here.
    ///
    /// - Throws: where that cannot be told now.
    package func has(branch: String, folder: String) async throws(GitError) -> Bool {
        await turns.take()
        defer { turns.give() }
        guard
            let tip = try await transport.fetch(remote, branches: [branch], into: mirror.path).tip(of: branch)
        else { return false }
        do throws(GitError) {
            _ = try await mirror.manifestFolder(at: folder, in: tip)
            return true
        } catch {
            guard error.kind == .notFound else { throw error }
            return false
        }
    }

    /// The folder of the manifests at a head.
    func folder(at new: ObjectID) async throws(GitError) -> ManifestFolder {
        do throws(GitError) {
            return try await mirror.manifestFolder(at: path, in: new)
        } catch {
            guard error.kind == .notFound else { throw error }
            let consequence = head == nil ? "" : "; what was declared stays declared"
            throw GitError(.notFound, "\(branch) of \(remote): \(error.message)\(consequence)", advice: error.advice)
        }
    }

    /// There is a repository, and not the branch in it.
    func absence() async -> GitError {
        let consequence = head == nil ? "nothing is declared until it appears" : "what was declared stays declared"
        return GitError(.notFound, "\(remote) has no branch \(branch); \(consequence)")
    }

    // MARK: Taking up a head

    private func takeUp(_ new: ObjectID) async throws(GitError) -> FetchOutcome {
        if !hasRecords {
            records = Dictionary(await recorded().map { ($0.application, $0) }, uniquingKeysWith: { $1 })
            hasRecords = true
        }
        if indexed != new { try await index(new) }
        try await tellOfOdd(new)
        let rewriting = try await rewriting(to: new)
        let past = try await past(to: new)
        // A release that was taken back and declared again between two looks is a new attempt.
        unreported.formUnion(past.between.keys)
        let isFull = head == nil
        let names = isFull ? unreported.union(catalog.applicationNames) : unreported
        var change = FleetChange(
            revision: new.description, isComplete: false, declared: [], isFull: isFull)
        change.declared.reserveCapacity(isFull ? names.count : 0)
        var withheld: Set<ApplicationName> = []
        let emptiness = emptiness(of: new)
        for name in names.sorted() {
            if let finding = catalog.hold(of: name), !released.contains(name) {
                change.held[name] = finding.description
            } else if let ignoreProblem, newcomers.contains(name), catalog.isDeclared(name) {
                // What may have been passed over does not begin because nobody knows it any more.
                change.held[name] = ignoreProblem.description
            } else if let entry = catalog.declared(name) {
                change.declared.append(declaration(entry, head: new, try await trail(of: entry, head: new, past)))
            } else if let emptiness {
                change.held[name] = emptiness
                withheld.insert(name)
            } else {
                change.gone.append(name)
            }
        }
        if !withheld.isEmpty, let emptiness { notice(emptiness) }
        change.obstacle = catalog.obstacle?.description ?? rewriting ?? (withheld.isEmpty ? nil : emptiness)
        change.isRewritten = catalog.obstacle == nil && rewriting != nil
        change.isComplete = change.obstacle == nil
        if isFull || ignoreProblem == nil {
            change.namespaces = Dictionary(
                catalog.placedNamespaces.map { ($0.value.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        // An answer that nobody waits for any more has not been given.
        if Task.isCancelled { throw GitError(.cancelled, "the look at \(remote) was given up") }
        try await mirror.set(reference, to: new)
        counters.reportedApplications += change.declared.count
        unreported = withheld
        released = []
        noteHeld(change)
        head = new
        records = [:]
        return .changed(change)
    }

    /// Says once of what a history has that is not as it should be and stops nothing.
    private func tellOfOdd(_ new: ObjectID) async throws(GitError) {
        for (id, flaw) in try await mirror.flaws(from: new, through: head, limit: 100) where told.insert(id).inserted {
            notice("commit \(id.short) of \(branch) is malformed: \(flaw); what it declares counts all the same")
        }
        guard await mirror.isShallow, !hasToldOfShallow else { return }
        hasToldOfShallow = true
        notice(
            "\(remote) is a shallow clone: what was declared before its history begins is not known; "
                + "git fetch --unshallow there brings it")
    }

    /// Why nothing is taken away for a head that declares no application at all, which is rarely meant; nil where it
    /// declares one.
    private func emptiness(of new: ObjectID) -> String? {
        if catalog.declaresApplications { return nil }
        let place = path.isEmpty ? "" : " in \(path)"
        return "\(new.short) declares no application at all\(place): nothing is taken away for that; what is to go "
            + "goes once another application is declared, and the last one stops serving by activation: inactive"
    }

    /// Each finding of the changed files once, and why applications are held for the sake of others.
    func tell(_ reading: FilesRead, _ change: CatalogChange) {
        for finding in reading.findings.union(change.held.values).sorted() { notice(finding.description) }
    }

    /// Why what is missing at `new` may not be pruned although all was read: it is not known to have been there before, on
    /// the way to it. Nil where it is.
    private func rewriting(to new: ObjectID) async throws(GitError) -> String? {
        let next = "it goes with the next commit that builds on that; declared again, it stays"
        var before = head
        if before == nil { before = try await mirror.target(of: reference) }
        if let before {
            guard try await descends(new, from: before) == true else {
                notice(
                    "\(branch) of \(remote) was rewritten: \(new.short) does not come after \(before.short); "
                        + "it is taken up, and nothing is pruned for it")
                return "\(branch) was rewritten: \(new.short) does not come after \(before.short); \(next)"
            }
        }
        guard head == nil else { return nil }
        // On an empty disk the record says what was taken up from where.
        var judged: [Revision: Bool] = [:]
        for status in records.values where status.removal?.doneAt == nil {
            let name = status.application
            // It was held at the head that this one builds on.
            if let before, before != new, status.isHeld(at: before) { continue }
            if catalog.path(of: name) == nil, catalog.hold(of: name) == nil {
                let revision = status.observedRevision
                if judged[revision] == nil {
                    var descends = false
                    if let id = ObjectID(hex: revision) { descends = try await self.descends(new, from: id) == true }
                    judged[revision] = descends
                }
                if judged[revision] == false {
                    notice(
                        "\(status.application) is gone, and was taken up from \(revision.prefix(10)), which "
                            + "\(new.short) does not come after; nothing is pruned for it")
                    return "\(branch) was rewritten: \(new.short) does not come after \(revision.prefix(10)); \(next)"
                }
            }
        }
        return nil
    }
}

/// What is told of files that were read.
struct FilesRead {
    /// How many; those that are gone do not count.
    var files = 0
    var findings: Set<Finding> = []

    mutating func note(_ read: [ManifestLoading.Decoded]) {
        for case let file? in read.lazy.map(\.file) {
            files += 1
            findings.formUnion(file.findings)
        }
    }
}

extension Status {
    /// Whether it was told of an application that its removal is held for the rewriting that led to a head.
    package func isHeld(at head: ObjectID) -> Bool {
        conditions.contains {
            $0.type == .declarationValid && $0.reason == Condition.notDeclared && $0.rewrittenTo == head.description
        }
    }
}
