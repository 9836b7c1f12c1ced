import Core
import Git
import Manifests
import Repository

extension HistoryVerb {
    /// What was found so far, newest first, and what it takes to tell requests among it.
    struct Told {
        var entries: [Entry] = []
        /// Whether more happened before the oldest of them.
        var isCut = false
        /// By what releases hold.
        private(set) var versions: [Digest: String] = [:]
        /// Leads, newest first.
        private var leads: [EnvironmentRecord] = []

        mutating func learn(_ status: Status) {
            for place in [status.candidate, status.stable, status.retained?.placement].compactMap({ $0 }) {
                versions[place.release.digest] = place.release.release.version
            }
            for rejection in status.rejected { versions[rejection.attempt.digest] = rejection.version }
        }

        mutating func lead(_ blob: ObjectID?, _ branch: StatusBranch) async throws {
            guard let blob, let bytes = try? await branch.mirror.blob(blob, limit: 65_536),
                let record = EnvironmentRecord.read(bytes), leads.last?.epoch != record.epoch
            else { return }
            leads.append(record)
        }

        /// When something that people dated by the wall's clock happened by the daemon's, whose time may pass faster.
        func time(_ wall: Instant) -> Instant {
            var next: Instant?
            for lead in leads {
                let since = lead.since.flatMap { Timestamp.instant($0) }
                let begin = lead.wall.flatMap { Timestamp.instant($0) } ?? since
                if let begin, begin <= wall {
                    let time = lead.timeScale == nil ? wall : lead.time(at: wall) ?? wall
                    // Between two leads the daemon's clock may have stood.
                    return next.map { min($0, time) } ?? time
                }
                next = since
            }
            return next.map { min($0, wall) } ?? wall
        }

        /// Puts among them what was asked. Each keeps the order of its own branch, and what was asked comes before what
        /// was done in the same moment.
        mutating func add(_ asked: [Entry]) {
            var (merged, rest) = ([Entry](), asked[...])
            for entry in entries {
                while let next = rest.first, next.at > entry.at { merged.append(rest.removeFirst()) }
                merged.append(entry)
            }
            entries = merged + rest
        }
    }
}

extension HistoryVerb.Entry {
    /// What somebody asked, or took back.
    init(_ request: Request, _ version: String?, isTakenBack: Bool, at: Instant) {
        let kind: Kind =
            switch request.verb {
            case .pause: isTakenBack ? .resumed : .paused
            case _ where isTakenBack: .withdrawn
            case .approve: .approved
            case .promote: .promoted
            case .abort: .aborted
            case .retry: .retried
            }
        var what = [request.application == nil ? "the fleet" : version].compactMap { $0 }
        what += request.gate.map { ["gate \($0)"] } ?? []
        what += request.stage.map { ["stage \($0)"] } ?? []
        if request.isFull { what.append("to the end") }
        let about = what.isEmpty ? "" : " " + what.joined(separator: ", ")
        let verb = kind == .resumed ? "resume" : request.verb.rawValue
        let text = (kind == .withdrawn ? "taken back: " : "asked: ") + verb + about
        let reason = isTakenBack ? nil : request.reason
        self.init(
            at: at, application: request.application, kind: kind, text: text + (reason.map { " (\($0))" } ?? ""),
            version: version, revision: request.attempt?.introduced)
        (stage, gate, self.reason) = (request.stage, request.gate, reason)
    }
}

extension StatusBranch {
    /// The commits of the status branch and of the requests branch.
    func historyTips() async throws -> (status: ObjectID?, requests: ObjectID?) {
        let requests = GitRequestSource.branch(of: place.environment)
        let found = try await tips([name, requests])
        return (found[name], found[requests])
    }

    /// The request that a file held; nil where it was none.
    func request(_ blob: ObjectID, at path: String, of commit: CommitInfo) async throws -> Request? {
        guard let bytes = try? await mirror.blob(blob, limit: RequestCoding.limit) else { return nil }
        let author = RequestCoding.line("\(commit.authorName) <\(commit.authorEmail)>")
        return try? RequestCoding.decode(bytes, at: path, by: author, isVerified: false)
    }
}
