import ArgumentParser
import Core
import Git
import Manifests
import Repository

/// Tells deployments, rollbacks and what people asked of them from git alone.
struct HistoryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Deployments, rollbacks, what was asked of them, and who did it, from git alone.",
        discussion: """
            Walks the commits of the status branch and of the requests branch, newest first. The author is the one of \
            the manifest commit that gave rise to it, or whoever asked.

            Exit codes: 0 shown, 2 the repository or its status branch cannot be read.
            """
    )

    @OptionGroup var repository: RepositoryOptions

    @Argument(help: "One application.")
    var name: String?

    @Option(help: "How many entries to show at most.")
    var limit = 50

    @OptionGroup var options: OutputOptions

    /// Status commits that are looked through at most.
    private static let depth = 100_000

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit takes a number above 0") }
    }

    func run() async throws {
        try await answering {
            let branch = try StatusBranch(repository)
            let tips = try await branch.historyTips()
            guard let tip = tips.status else { throw await branch.absence() }
            var told = try await transitions(branch, from: tip)
            if let name, told.entries.isEmpty, try await branch.status(of: name, at: tip) == nil {
                throw StatusBranch.unknown(
                    name, "there is no status of", known: try await branch.files(at: tip).statuses.map(\.application))
            }
            if let requests = tips.requests {
                told.add(try await asked(branch, from: requests, since: told))
            }
            switch options.output {
            case .json: Terminal.print(StatusCoding.json(Array(told.entries.prefix(limit))))
            case .text: print(Array(told.entries.prefix(limit)))
            }
        }
    }

    /// What the status branch tells, newest first.
    private func transitions(_ branch: StatusBranch, from tip: ObjectID) async throws -> Told {
        var told = Told()
        var next: ObjectID? = tip
        var seen = 0
        let look = try await branch.look()
        while let id = next, told.entries.count < limit, seen < Self.depth {
            seen += 1
            let commit = try await branch.mirror.commit(id)
            next = commit.parents.first
            for change in try await branch.mirror.changes(from: next, to: id) {
                if change.path == GitStatusStore.environmentPath { try await told.lead(change.new, branch) }
                guard change.path.hasPrefix("applications/") else { continue }
                if let name, !change.path.hasSuffix("/\(name).yaml") { continue }
                guard let new = try await branch.status(change.new, of: change, at: id) else { continue }
                told.learn(new)
                let old = try await branch.status(change.old, of: change, at: id)
                for var entry in Entry.entries(from: old, to: new).reversed() {
                    entry.statusCommit = id.description
                    if entry.kind == .removed { entry.revision = try await remover(of: new, look, branch) }
                    if let revision = entry.revision.flatMap({ ObjectID(hex: $0) }),
                        let cause = try? await branch.mirror.commit(revision)
                    {
                        entry.author = cause.authorName
                        entry.email = cause.authorEmail
                        entry.subject = cause.summary
                    }
                    told.entries.append(entry)
                }
            }
            // The lead under which the oldest of them happened.
            if told.entries.count >= limit || next == nil {
                try await told.lead(
                    try await branch.mirror.blobID(at: GitStatusStore.environmentPath, in: id), branch)
            }
        }
        told.isCut = next != nil
        return told
    }

    /// The commit that took an application away, which no status names: its own is the last that declared it.
    private func remover(
        of status: Status, _ look: StatusBranch.Look, _ branch: StatusBranch
    ) async throws -> Revision? {
        guard let head = look.manifests, let declared = ObjectID(hex: status.observedRevision) else { return nil }
        return try await branch.mirror.removal(
            of: status.application, from: head, under: look.record?.folder ?? "", after: declared)?.commit.description
    }

    /// What people asked by the requests branch, newest first, as far back as `told` reaches.
    private func asked(_ branch: StatusBranch, from tip: ObjectID, since told: Told) async throws -> [Entry] {
        var entries: [Entry] = []
        var next: ObjectID? = tip
        var seen = 0
        let oldest = told.isCut ? told.entries.last?.at : nil
        while let id = next, entries.count < limit, seen < Self.depth {
            seen += 1
            let commit = try await branch.mirror.commit(id)
            next = commit.parents.first
            let at = told.time(GitRequestSource.time(of: commit))
            if let oldest, at < oldest { break }
            // Those that have ended were taken away by the daemon, which is no one's asking.
            let isCollection = GitRequestSource.isCollection(commit)
            for change in try await branch.mirror.changes(from: next, to: id).reversed()
            where entries.count < limit && change.path.hasSuffix(".yaml") {
                if change.new == nil, isCollection { continue }
                guard let blob = change.new ?? change.old else { continue }
                if let name, change.path != Request.fleetPausePath, !change.path.hasPrefix(name + "/") { continue }
                guard let request = try await branch.request(blob, at: change.path, of: commit) else { continue }
                let version = request.attempt.flatMap { told.versions[$0.digest] }
                var entry = Entry(request, version, isTakenBack: change.new == nil, at: at)
                (entry.author, entry.email) = (commit.authorName, commit.authorEmail)
                (entry.subject, entry.requestCommit) = (commit.summary, id.description)
                entries.append(entry)
            }
        }
        return entries
    }

    private func print(_ entries: [Entry]) {
        guard !entries.isEmpty else {
            Terminal.print("nothing was deployed yet")
            return
        }
        let head = ["WHEN", "APPLICATION", "WHAT", "REVISION", "WHO", "COMMIT"].map { Terminal.bold($0) }
        Terminal.print(
            Terminal.table(
                [head]
                    + entries.map { entry in
                        let text = Terminal.clean(entry.text)
                        let shown =
                            switch entry.kind {
                            case .served: Terminal.green(text)
                            case .turnedBack, .rejected: Terminal.red(text)
                            case .aborted, .paused: Terminal.yellow(text)
                            default: text
                            }
                        return [
                            Timestamp.text(Instant(milliseconds: entry.at.milliseconds / 1000 * 1000)),
                            Terminal.clean(entry.application ?? "(all)"), shown,
                            entry.revision.map { StatusText.short($0) } ?? "-",
                            Terminal.brief(entry.author ?? "-"), Terminal.brief(entry.subject ?? "-"),
                        ]
                    }))
    }
}
