package import Core
package import Git
import Manifests
package import Reconciler
import Synchronization

/// The status branch of an environment: progress, history and leadership in git.
///
/// Holds `environment.yaml` with the epoch, and a file for each application. Every change is a commit on top of the
/// tip, pushed by compare-and-swap; nothing is ever forced.
package actor GitStatusStore: StatusStore {
    private let mirror: Mirror
    private let transport: Transport
    private let remote: Remote
    private let environment: String
    private let time: any TimeSource
    private let author: (name: String, email: String)
    private let notice: @Sendable (String) -> Void
    /// The tip as it was last read or pushed.
    private var tip: ObjectID?
    /// What ``lead()`` read, until somebody takes it.
    private var read: [Status] = []
    /// Commits that this process has pushed.
    package private(set) var commits = 0

    /// How often a push that lost its race is tried on top of the winner.
    private static let attempts = 5
    /// Largest status that is read, in bytes.
    private static let limit = 1 << 20

    /// - Parameters:
    ///   - mirror: no other remote's, and nobody else's.
    ///   - transport: for this remote alone.
    ///   - remote: where the branch is.
    ///   - environment: names the branch.
    ///   - time: dates the commits.
    ///   - author: signs the commits.
    ///   - notice: told, in a sentence, of what is wrong with the branch and is passed over.
    package init(
        mirror: Mirror, transport: Transport, remote: Remote, environment: String, time: any TimeSource,
        author: (name: String, email: String) = ("Sluice", "sluice@localhost"),
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.mirror = mirror
        self.transport = transport
        self.remote = remote
        self.environment = environment
        self.time = time
        self.author = author
        self.notice = notice
    }

    /// The branch's name.
    package static func branch(of environment: String) -> String { "sluice/status/\(environment)" }

    /// Where an application's status stands on the branch.
    package static func path(of application: ApplicationName) -> String { StatusCommit.path(of: application) }

    private var branch: String { Self.branch(of: environment) }

    /// Outlives the remote's branch: where that is deleted, it goes on from here.
    private var reference: String { "refs/sluice/known/\(branch)" }

    /// The statuses that were read when the lead was taken. They are given out once.
    package func takeRecorded() -> [Status] {
        defer { read = [] }
        return read
    }

    package func lead() async throws(EffectFailure) -> (epoch: Int, statuses: [Status]) {
        do throws(GitError) {
            for _ in 0..<Self.attempts {
                let remoteTip = try await fetchTip()
                let known = try await mirror.target(of: reference)
                let base = remoteTip ?? known
                if remoteTip == nil, known != nil { notice("\(branch) was deleted from \(remote); it is made again") }
                var epoch = try await epoch(at: base)
                if let known, remoteTip != nil { epoch = max(epoch, try await self.epoch(at: known)) }
                let commit = StatusCommit(leading: environment, epoch: epoch + 1)
                guard try await push(commit, on: base, expecting: remoteTip), let tip else { continue }
                let statuses = try await statuses(at: tip)
                read = statuses
                return (epoch + 1, statuses)
            }
        } catch {
            throw EffectFailure(error)
        }
        throw EffectFailure(
            .unreachable, "\(branch) of \(remote) moved under \(Self.attempts) attempts to take the lead")
    }

    package func push(_ updates: [StatusUpdate], epoch: Int) async -> Core.PushOutcome {
        let commit = StatusCommit(updates, text: updates.map { StatusCoding.yaml($0.status) }, epoch: epoch)
        do throws(GitError) {
            for attempt in 0..<Self.attempts {
                if attempt > 0 || tip == nil {
                    tip = try await fetchTip()
                    guard tip != nil else {
                        throw GitError(.notFound, "\(branch) was deleted from \(remote)", advice: "restart the daemon")
                    }
                    let standing = try await self.epoch(at: tip)
                    if standing > epoch { return .superseded(epoch: standing) }
                }
                if try await push(commit, on: tip, expecting: tip) { return .accepted }
            }
        } catch {
            // What the branch holds now is not known.
            tip = nil
            return .failed(EffectFailure(error))
        }
        return .failed(
            EffectFailure(.unreachable, "\(branch) of \(remote) moved under \(Self.attempts) attempts to push"))
    }

    // MARK: Reading

    private func fetchTip() async throws(GitError) -> ObjectID? {
        let result = try await transport.fetch(remote, branches: [branch], into: mirror.path)
        try await mirror.maintain()
        return result.tip(of: branch)
    }

    private func epoch(at commit: ObjectID?) async throws(GitError) -> Int {
        guard let commit else { return 0 }
        guard let id = try await mirror.blobID(at: StatusCommit.environmentPath, in: commit),
            let epoch = StatusCommit.epoch(in: try await mirror.blob(id, limit: 65_536))
        else {
            throw GitError(
                .invalid, "\(branch) of \(remote) is not a status branch: it has no \(StatusCommit.environmentPath)",
                advice: "give this environment another name, or remove that branch")
        }
        return epoch
    }

    /// A status that cannot be read is passed over: what runs is found out by observation.
    private func statuses(at commit: ObjectID) async throws(GitError) -> [Status] {
        let found = Mutex<(statuses: [Status], bad: [String])>(([], []))
        try await mirror.forEachBlob(in: commit, under: StatusCommit.folder, limit: Self.limit) { entry, content in
            guard entry.path.hasSuffix(".yaml"), let content else { return }
            do {
                let status = try StatusCoding.decode(Array(try content.get()))
                found.withLock { found in
                    if StatusCommit.path(of: status.application) == entry.path {
                        found.statuses.append(status)
                    } else {
                        found.bad.append("\(entry.path): is about \(status.application)")
                    }
                }
            } catch {
                found.withLock { $0.bad.append("\(entry.path):\(error)") }
            }
        }
        return found.withLock { found in
            for bad in found.bad { notice("status passed over: \(bad)") }
            return found.statuses.sorted { $0.application < $1.application }
        }
    }

    // MARK: Writing

    /// - Returns: false where the branch was not as expected, and nothing was changed.
    private func push(
        _ commit: StatusCommit, on base: ObjectID?, expecting old: ObjectID?
    ) async throws(GitError) -> Bool {
        let signature = Signature(name: author.name, email: author.email, time: time.now.milliseconds / 1000)
        let id = try await mirror.commit(
            commit.edit, on: base, message: commit.message, trailers: commit.trailers, author: signature)
        let name = "refs/heads/\(branch)"
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(name, to: id, expecting: old)], from: mirror.path)[name]
        switch outcome {
        case .accepted:
            tip = id
            try await mirror.set(reference, to: id)
            commits += 1
            if commits % 64 == 0 { try await mirror.maintain() }
            return true
        case .lost:
            return false
        case .rejected(let reason):
            throw GitError(.rejected, "\(remote) refuses the push to \(branch): \(reason)")
        case nil:
            throw GitError(.other, "the transport answered nothing about \(branch)")
        }
    }
}
