import ArgumentParser
import Core
import Git
import Manifests

/// Tells deployments and rollbacks from git alone.
struct HistoryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Deployments, rollbacks and who committed them, from git alone.",
        discussion: """
            Walks the commits of the status branch, newest first. The author is the one of the manifest commit that \
            gave rise to it.

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
            guard let tip = try await branch.tip() else { throw branch.absence }
            let entries = try await entries(branch, from: tip)
            if let name, entries.isEmpty { _ = try await branch.statuses(at: tip, of: name) }
            switch options.output {
            case .json: Terminal.print(StatusCoding.json(entries))
            case .text: print(entries)
            }
        }
    }

    private func entries(_ branch: StatusBranch, from tip: ObjectID) async throws -> [Entry] {
        var entries: [Entry] = []
        var next: ObjectID? = tip
        var seen = 0
        while let id = next, entries.count < limit, seen < Self.depth {
            seen += 1
            let commit = try await branch.mirror.commit(id)
            next = commit.parents.first
            for change in try await branch.mirror.changes(from: next, to: id, under: "applications") {
                if let name, !change.path.hasSuffix("/\(name).yaml") { continue }
                guard let new = try await branch.status(change.new, at: change.path) else { continue }
                let old = try await branch.status(change.old, at: change.path)
                for var entry in Entry.entries(from: old, to: new).reversed() {
                    entry.statusCommit = id.description
                    if let revision = ObjectID(hex: entry.revision),
                        let cause = try? await branch.mirror.commit(revision)
                    {
                        entry.author = cause.authorName
                        entry.email = cause.authorEmail
                        entry.subject = cause.summary
                    }
                    entries.append(entry)
                }
            }
        }
        return Array(entries.prefix(limit))
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
                            case .started, .dark, .stopped, .removed: text
                            }
                        return [
                            Timestamp.text(Instant(milliseconds: entry.at.milliseconds / 1000 * 1000)),
                            Terminal.clean(entry.application), shown, StatusText.short(entry.revision),
                            Terminal.brief(entry.author ?? "-"), Terminal.brief(entry.subject ?? "-"),
                        ]
                    }))
    }
}

extension HistoryVerb {
    struct Entry: Encodable {
        enum Kind: String, Encodable {
            /// A rollout began.
            case started
            /// A release came to serve alone.
            case served
            /// Weight went back to the release that served before.
            case turnedBack
            case rejected
            /// A release waits dark.
            case dark
            /// Nothing serves any more.
            case stopped
            case removed
        }

        var at: Instant
        var application: ApplicationName
        var kind: Kind
        var text: String
        var version: String?
        var former: String?
        /// The manifest commit that gave rise to it.
        var revision: Revision
        var author: String?
        var email: String?
        var subject: String?
        /// The commit of the status branch that tells it.
        var statusCommit = ""

        /// What happened between two statuses of an application, in order.
        static func entries(from old: Status?, to new: Status) -> [Entry] {
            var entries: [Entry] = []
            let at = new.history.last?.at ?? Instant(milliseconds: 0)
            func add(_ kind: Kind, _ text: String, _ version: String?, _ former: String?, _ revision: Revision) {
                entries.append(
                    Entry(
                        at: at, application: new.application, kind: kind, text: text, version: version, former: former,
                        revision: revision))
            }
            let former = old?.stable?.release.release.version
            let isReturn =
                new.rollback != nil && new.rollback?.since != old?.rollback?.since
                && new.stable?.release.digest != old?.stable?.release.digest
            if new.rollback == nil, let candidate = new.candidate,
                candidate.release.digest != old?.candidate?.release.digest
            {
                let version = candidate.release.release.version
                if new.stage != nil || new.stable == nil {
                    add(
                        .started, former.map { "\($0) → \(version) begins" } ?? "\(version) begins", version, former,
                        candidate.revision)
                } else {
                    add(.dark, "\(version) waits dark", version, former, candidate.revision)
                }
            }
            if let rollback = new.rollback, rollback.since != old?.rollback?.since {
                let left = isReturn ? old?.stable : old?.candidate ?? new.candidate
                let version = left?.release.release.version
                let back = new.stable.map { "back to \($0.release.release.version) from " } ?? "back from "
                add(
                    .turnedBack, "\(back)\(version ?? "?"): \(rollback.message)", version,
                    new.stable?.release.release.version, new.observedRevision)
            }
            for rejection in new.rejected where !(old?.rejected.contains(rejection) ?? false) && new.rollback == nil {
                add(
                    .rejected, "\(rejection.version) rejected: \(rejection.reason)", rejection.version, former,
                    rejection.attempt.introduced)
            }
            if !isReturn, let stable = new.stable, stable.release.digest != old?.stable?.release.digest {
                let version = stable.release.release.version
                add(
                    .served,
                    former.map { "\(version) serves, after \($0)" }
                        ?? "\(version) serves", version, former, stable.revision)
            }
            if new.removal?.doneAt != nil, old?.removal?.doneAt == nil {
                let renamed = new.removal?.renamedTo.map { "renamed to \($0)" }
                add(.removed, renamed ?? "removed", nil, former, new.observedRevision)
            } else if new.stable == nil, old?.stable != nil {
                add(.stopped, "nothing serves", nil, former, new.observedRevision)
            }
            return entries
        }
    }
}
