package import Core
package import Git
import Manifests
package import Reconciler

/// The requests branch of an environment: what people ask of rollouts, a file for each request.
///
/// Who asks is the author of the newest commit on the first-parent line that touched the file. A look that finds the
/// branch where it was costs one round trip. A file that is no request is told once and passed over.
package actor GitRequestSource: RequestSource {
    /// Requests that are read at most; the rest wait until others are gone.
    package static let limit = 10_000
    /// How often a removal that lost its race is tried on top of the winner.
    static let attempts = 5

    /// A file of the branch as it was read.
    struct Known: Sendable {
        var blob: ObjectID
        /// nil where it is no request.
        var request: Request?
    }

    let mirror: Mirror
    private let transport: Transport
    let remote: Remote
    private let poll: SharedPoll
    let branch: String
    private let time: any TimeSource
    private let author: (name: String, email: String)
    let check: SignatureCheck?
    let notice: @Sendable (String) -> Void

    /// The tip that was last reported; nil before the first report.
    private var reported: ObjectID?
    private var hasReported = false
    /// The tip that `known` is of; ahead of `reported` where reporting failed.
    var indexed: ObjectID?
    var known: [String: Known] = [:]
    var hasToldOfLimit = false
    private let turns = Turns()

    /// - Parameters:
    ///   - mirror: no other remote's, and nobody else's.
    ///   - transport: for this remote alone.
    ///   - remote: where the branch is.
    ///   - poll: of the same remote, shared with others; left out, its own.
    ///   - environment: names the branch.
    ///   - time: dates the commits that remove requests.
    ///   - author: signs them.
    ///   - check: what judges signatures; without it nobody is verified.
    ///   - notice: told, in a sentence, of what is no request.
    package init(
        mirror: Mirror, transport: Transport, remote: Remote, poll: SharedPoll? = nil, environment: String,
        time: any TimeSource,
        author: (name: String, email: String) = ("Sluice", "sluice@localhost"), check: SignatureCheck? = nil,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.mirror = mirror
        self.transport = transport
        self.remote = remote
        self.poll = poll ?? SharedPoll(transport, remote)
        branch = Self.branch(of: environment)
        self.time = time
        self.author = author
        self.check = check
        self.notice = notice
    }

    /// The branch's name.
    package static func branch(of environment: String) -> String { "sluice/requests/\(environment)" }

    package func read() async -> RequestsOutcome {
        await turns.take()
        defer { turns.give() }
        do throws(GitError) {
            let tip = try await poll.tip(of: branch)
            if hasReported, tip == reported { return .unchanged }
            if tip == nil, let lost = indexed, known.values.contains(where: { $0.request != nil }) {
                try await putBack(lost)
                return .unchanged
            }
            let (found, standing) = try await standing(atLeast: tip)
            // An answer that nobody waits for any more has not been given.
            if Task.isCancelled { throw GitError(.cancelled, "the look at \(branch) was given up") }
            reported = found
            hasReported = true
            return .standing(standing)
        } catch {
            return .failed(EffectFailure(error))
        }
    }

    /// What was asked is not taken back by the branch's being gone: who cleans branches up, or copies a repository over
    /// another, ends no pause.
    private func putBack(_ lost: ObjectID) async throws(GitError) {
        let name = "refs/heads/\(branch)"
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(name, to: lost, expecting: nil)], from: mirror.path)[name]
        switch outcome {
        case .accepted:
            notice(
                "\(branch) was deleted from \(remote) while requests stood on it, and is put back; "
                    + "sluice resume and the like take them back")
        case .lost: break
        case .rejected(let reason):
            throw GitError(
                .rejected,
                "\(branch) was deleted from \(remote), which does not let it be put back: \(reason); what was asked stands"
            )
        case nil: throw GitError(.other, "the transport answered nothing about \(branch)")
        }
    }

    package func startOver() async {
        await turns.take()
        defer { turns.give() }
        (reported, hasReported) = (nil, false)
    }

    /// The branch's tip now and what stands there, whatever was reported before.
    func look() async throws(GitError) -> (tip: ObjectID?, standing: [Request]) {
        await turns.take()
        defer { turns.give() }
        return try await standing(atLeast: try await poll.tip(of: branch))
    }

    private func standing(atLeast seen: ObjectID?) async throws(GitError) -> (tip: ObjectID?, standing: [Request]) {
        let tip = seen == nil ? nil : try await fetchTip()
        if let tip, tip != indexed { try await index(tip) }
        if tip == nil {
            known = [:]
            indexed = nil
        }
        return (tip, known.values.compactMap(\.request).sorted { $0.id < $1.id })
    }

    package func collect(_ requests: [Request]) async {
        await turns.take()
        defer { turns.give() }
        do throws(GitError) {
            for _ in 0..<Self.attempts {
                guard let tip = try await fetchTip() else { return }
                var edit = TreeEdit()
                var ended: [Request] = []
                for request in requests {
                    guard let read = known[request.id], read.request == request,
                        try await mirror.blobID(at: request.id, in: tip) == read.blob
                    else { continue }
                    edit.remove(request.id)
                    ended.append(request)
                }
                guard !ended.isEmpty else { return }
                let (message, trailers) = Self.words(for: ended)
                let person = Signature(name: author.name, email: author.email, time: time.now.milliseconds / 1000)
                if try await push(edit, message, trailers, by: person, on: tip) != nil { return }
            }
        } catch {
            notice("requests that have ended stay on \(branch) for now: \(error)")
        }
    }

    // MARK: The branch

    private func fetchTip() async throws(GitError) -> ObjectID? {
        let result = try await transport.fetch(remote, branches: [branch], into: mirror.path)
        try await mirror.maintain()
        return result.tip(of: branch)
    }

    /// What a commit says that removes requests.
    private static func words(for ended: [Request]) -> (message: String, trailers: [Trailer]) {
        let lines = ended.prefix(50).map { $0.ending }
        let title = ended.count == 1 ? lines[0] : "\(ended.count) \(haveEnded)"
        let more = ended.count > lines.count ? ["and \(ended.count - lines.count) more"] : []
        let body = ended.count == 1 ? "" : "\n\n" + (lines + more).joined(separator: "\n")
        let names = Set(ended.compactMap(\.application)).sorted().prefix(50)
        return (title + body + "\n\n[skip ci]", names.map { Trailer("Sluice-Application", $0) })
    }

    private static let haveEnded = "requests have ended"
    fileprivate static let hasEnded = " has ended"

    /// Whether a commit removed requests because they have ended; what else removes one takes it back.
    package static func isCollection(_ commit: CommitInfo) -> Bool {
        commit.summary.hasSuffix(hasEnded) || commit.summary.hasSuffix(" \(haveEnded)")
    }

    /// Commits on a tip, and pushes.
    ///
    /// - Returns: nil where the branch has moved, and nothing was changed.
    func push(
        _ edit: TreeEdit, _ message: String, _ trailers: [Trailer], by person: Signature, on tip: ObjectID?
    ) async throws(GitError) -> ObjectID? {
        let id = try await mirror.commit(edit, on: tip, message: message, trailers: trailers, author: person)
        let name = "refs/heads/\(branch)"
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(name, to: id, expecting: tip)], from: mirror.path)[name]
        switch outcome {
        case .accepted: return id
        case .lost: return nil
        case .rejected(let reason): throw GitError(.rejected, "\(remote) refuses the push to \(branch): \(reason)")
        case nil: throw GitError(.other, "the transport answered nothing about \(branch)")
        }
    }
}

extension Request {
    /// `shop: the pause of 0123456789ab by Ada <ada@example.org> has ended`
    fileprivate var ending: String {
        let place = [stage, gate].compactMap { $0 }.joined(separator: ", ")
        let subject = attempt.map { " of \($0.digest.short)" } ?? ""
        return "\(application ?? "the fleet"): \(verb.rawValue)\(subject)\(place.isEmpty ? "" : " (\(place))") "
            + "by \(by)" + GitRequestSource.hasEnded
    }
}
