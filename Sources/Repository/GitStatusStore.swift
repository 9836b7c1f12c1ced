import Basics
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
    let mirror: Mirror
    let transport: Transport
    let remote: Remote
    let environment: String
    let time: any TimeSource
    let author: (name: String, email: String)
    let notice: @Sendable (String) -> Void
    /// What a leader says of itself; its epoch and time are those of the lead.
    private let about: EnvironmentRecord
    /// The tip as it was last read or pushed.
    var tip: ObjectID?
    /// Where a poll of the same repository saw the branch last; nil inside where it had no such branch.
    var seen: ObjectID??
    /// Another's commit that was looked at.
    var judged: ObjectID?
    /// What this process pushed last; nil while another leads.
    var mine: ObjectID?
    /// What was last said to stand in the way of setting the branch right.
    var obstacle: String?
    /// A push, and setting right what others did, do not go on at once.
    let turns = Turns()
    /// Another's commit by which somebody leads.
    private var occupied: ObjectID?
    var isWriting = false
    /// What ``lead()`` read, until somebody takes it.
    private var read: [Status] = []
    /// What this process wrote of itself when it took the lead.
    var led: EnvironmentRecord?
    /// What this process knows the fleet by; outlives the branch.
    private var fleet: String?
    private let tenancy: Tenancy?
    /// Commits that this process has pushed.
    package private(set) var commits = 0

    /// How often a push that lost its race is tried on top of the winner.
    private static let attempts = 5
    /// Commits that are looked through for the fleet's mark.
    private static let searched = 5_000
    /// Largest status that is read, in bytes.
    static let limit = 1 << 20

    /// - Parameters:
    ///   - mirror: no other remote's, and nobody else's.
    ///   - transport: for this remote alone.
    ///   - remote: where the branch is.
    ///   - environment: names the branch.
    ///   - time: dates the commits.
    ///   - author: signs the commits.
    ///   - about: what is to be written of the leader beside its epoch.
    ///   - tenancy: told the fleet for which the lead was taken.
    ///   - notice: told, in a sentence, of what is wrong with the branch and is passed over.
    package init(
        mirror: Mirror, transport: Transport, remote: Remote, environment: String, time: any TimeSource,
        author: (name: String, email: String) = ("Sluice", "sluice@localhost"), about: EnvironmentRecord? = nil,
        tenancy: Tenancy? = nil,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.mirror = mirror
        self.transport = transport
        self.remote = remote
        self.environment = environment
        self.time = time
        self.author = author
        self.tenancy = tenancy
        self.notice = notice
        self.about = about ?? EnvironmentRecord(environment: environment, epoch: 0)
        mirror.tellDamage(to: notice)
    }

    /// The branch's name.
    package static func branch(of environment: String) -> String { "sluice/status/\(environment)" }

    /// Where an application's status stands on the branch.
    package static func path(of application: ApplicationName) -> String { StatusCommit.path(of: application) }

    /// Where the branch tells of its writer.
    package static var environmentPath: String { StatusCommit.environmentPath }

    nonisolated var branch: String { Self.branch(of: environment) }

    /// Outlives the remote's branch: where that is deleted, it goes on from here.
    private var reference: String { "refs/sluice/known/\(branch)" }

    /// The statuses that were read when the lead was taken. They are given out once.
    package func takeRecorded() -> [Status] {
        defer { read = [] }
        return read
    }

    package func lead() async throws(EffectFailure) -> (epoch: Int, statuses: [Status]) {
        isWriting = true
        defer { isWriting = false }
        do throws(GitError) {
            let lead = try await mending(mirror, notice: notice) { () throws(GitError) in try await takeLead() }
            if let lead { return lead }
        } catch {
            throw EffectFailure(error)
        }
        throw EffectFailure(
            .unreachable, "\(branch) of \(remote) moved under \(Self.attempts) attempts to take the lead")
    }

    package func takeOver() async throws(EffectFailure) -> (epoch: Int, statuses: [Status])? {
        try await takeOver {}
    }

    /// The same, once the branch has moved and `check` has nothing against it.
    func takeOver(
        _ check: () async throws(EffectFailure) -> Void
    ) async throws(EffectFailure) -> (epoch: Int, statuses: [Status])? {
        isWriting = true
        defer { isWriting = false }
        let standing: ObjectID?
        do throws(GitError) {
            standing = try await transport.tips(remote, branches: [branch])[branch]
        } catch {
            throw EffectFailure(error)
        }
        // Where it was deleted, whoever leads has to find out.
        guard let standing, standing != occupied else { return nil }
        try await check()
        do throws(GitError) {
            return try await mending(mirror, notice: notice) { () throws(GitError) in
                try await takeLead(whereLeft: true)
            }
        } catch {
            throw EffectFailure(error)
        }
    }

    /// - Parameter whereLeft: only where nobody leads.
    /// - Returns: nil where every attempt lost its race, or somebody leads.
    /// - Throws: where the branch cannot be read or written.
    private func takeLead(whereLeft: Bool = false) async throws(GitError) -> (epoch: Int, statuses: [Status])? {
        for _ in 0..<Self.attempts {
            let remoteTip = try await fetchTip()
            let before = try await record(at: remoteTip)
            if whereLeft, before?.left == nil {
                occupied = remoteTip
                return nil
            }
            let known = try await mirror.target(of: reference)
            let base = remoteTip ?? known
            if remoteTip == nil, known != nil { notice("\(branch) was deleted from \(remote); it is made again") }
            var epoch = try await epoch(at: base)
            if let known, remoteTip != nil { epoch = max(epoch, try await self.epoch(at: known)) }
            guard epoch < StatusCommit.lastEpoch else { throw try await unreadable(base, Self.isLast(epoch)) }
            var record = about
            (record.environment, record.epoch) = (environment, epoch + 1)
            record.fleet = try await fleet(at: base) ?? self.fleet ?? Self.newFleet()
            record.since = Timestamp.text(time.now)
            if record.timeScale != nil { record.wall = Timestamp.text(ClockTime<ContinuousClock>.wall().now) }
            let commit = StatusCommit(leading: record)
            guard try await push(commit, on: base, expecting: remoteTip), let tip else { continue }
            let statuses = try await statuses(at: tip)
            read = statuses
            led = record
            self.fleet = record.fleet
            if let fleet = record.fleet { tenancy?.lead(fleet) }
            if let before, before.left == nil, before.epoch > 0 { notice(Self.replacement(of: before)) }
            return (epoch + 1, statuses)
        }
        return nil
    }

    /// What the branch calls its fleet: a daemon from before there was such a thing may have led in between.
    private func fleet(at tip: ObjectID?) async throws(GitError) -> String? {
        if let fleet = try await record(at: tip)?.fleet { return fleet }
        guard let tip else { return nil }
        var seen: Set<ObjectID> = []
        for commit in (try? await mirror.firstParentCommits(from: tip, limit: Self.searched)) ?? [] {
            guard let id = try? await mirror.blobID(at: StatusCommit.environmentPath, in: commit),
                seen.insert(id).inserted, let bytes = try? await mirror.blob(id, limit: 65_536)
            else { continue }
            if let fleet = EnvironmentRecord.read(bytes)?.fleet { return fleet }
        }
        return nil
    }

    /// Sixteen hexadecimal digits that no other fleet has.
    private static func newFleet() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func replacement(of former: EnvironmentRecord) -> String {
        let host = former.host.map { "\(PlainText.line($0, limit: 100)), " } ?? ""
        let since = former.since.map { " since \(PlainText.line($0, limit: 40))" } ?? ""
        return "takes the lead from \(host)epoch \(former.epoch)\(since), which has not given it up: where that still "
            + "runs, it stands by until this one ends"
    }

    /// Writes that nobody leads any more, where this process did. Whoever takes the lead next takes that back.
    ///
    /// - Returns: whether the branch says so now; false, with nothing written, where this process never led, or another
    ///   leads since.
    package func leave() async throws(EffectFailure) -> Bool {
        guard var record = led else { return false }
        isWriting = true
        defer { isWriting = false }
        record.left = Timestamp.text(time.now)
        let commit = StatusCommit(leaving: record)
        do throws(GitError) {
            for _ in 0..<Self.attempts {
                guard let base = try await fetchTip(), try await epoch(at: base) == record.epoch else { return false }
                if try await push(commit, on: base, expecting: base) {
                    led = nil
                    return true
                }
            }
        } catch {
            throw EffectFailure(error)
        }
        return false
    }

    package func push(_ updates: [StatusUpdate], epoch: Int) async -> Core.PushOutcome {
        await turns.take()
        isWriting = true
        defer {
            isWriting = false
            turns.give()
        }
        let commit = StatusCommit(updates, text: updates.map { StatusCoding.yaml($0.status) }, epoch: epoch)
        do throws(GitError) {
            return try await mending(mirror, notice: notice) { () throws(GitError) in
                try await push(commit, epoch: epoch)
            }
        } catch {
            // What the branch holds now is not known.
            tip = nil
            return .failed(EffectFailure(error))
        }
    }

    private func push(_ commit: StatusCommit, epoch: Int) async throws(GitError) -> Core.PushOutcome {
        for attempt in 0..<Self.attempts {
            var base = attempt == 0 ? tip : nil
            // A mirror that had to start over has nothing to build on.
            if let known = base, await !mirror.contains(known) { base = nil }
            if base == nil {
                tip = try await fetchTip()
                if tip == nil {
                    guard try await makeAgain() else { continue }
                }
                let standing = try await self.epoch(at: tip)
                if standing > epoch {
                    mine = nil
                    return .superseded(epoch: standing)
                }
            }
            if try await push(commit, on: tip, expecting: tip) { return .accepted }
        }
        return .failed(
            EffectFailure(.unreachable, "\(branch) of \(remote) moved under \(Self.attempts) attempts to push"))
    }

    // MARK: Reading

    /// What the branch says of who leads, or led last; nil where it says nothing that can be read.
    func standingRecord() async throws(GitError) -> EnvironmentRecord? { try await record(at: try await fetchTip()) }

    func fetchTip() async throws(GitError) -> ObjectID? {
        let result = try await transport.fetch(remote, branches: [branch], into: mirror.path)
        try await mirror.maintain()
        return result.tip(of: branch)
    }

    private func record(at commit: ObjectID?) async throws(GitError) -> EnvironmentRecord? {
        guard let commit, let id = try await mirror.blobID(at: StatusCommit.environmentPath, in: commit) else {
            return nil
        }
        return EnvironmentRecord.read(try await mirror.blob(id, limit: 65_536))
    }

    func epoch(at commit: ObjectID?) async throws(GitError) -> Int {
        guard let commit else { return 0 }
        let path = StatusCommit.environmentPath
        guard let id = try await mirror.blobID(at: path, in: commit) else {
            throw GitError(
                .invalid, "\(branch) of \(remote) is not a status branch: it has no \(path)",
                advice: "give this environment another name, or remove that branch")
        }
        switch StatusCommit.epoch(in: try await mirror.blob(id, limit: 65_536)) {
        case .success(let epoch): return epoch
        case .failure(let fault): throw try await unreadable(commit, fault)
        }
    }

    /// What keeps everybody from the lead, and how it is taken back.
    private func unreadable(
        _ commit: ObjectID?, _ fault: StatusCommit.UnreadableEpoch
    ) async throws(GitError) -> GitError {
        let path = StatusCommit.environmentPath
        var culprit: ObjectID?
        if let commit, let id = try await mirror.blobID(at: path, in: commit) {
            culprit = await mirror.writer(of: id, at: path, in: commit)
        }
        return GitError(
            .invalid, "\(path):\(fault.line) of \(branch) of \(remote) cannot be read: \(fault.text)",
            advice: "take back the commit that wrote it, in a clone: "
                + StatusCommit.takingBack(culprit?.short, branch: branch))
    }

    private static func isLast(_ epoch: Int) -> StatusCommit.UnreadableEpoch {
        StatusCommit.UnreadableEpoch(line: 1, text: "no epoch can come after \(epoch)")
    }

    /// A status that cannot be read is passed over: what runs is found out by observation.
    private func statuses(at commit: ObjectID) async throws(GitError) -> [Status] {
        let found = Mutex<(statuses: [Status], bad: [String], sharing: StatusSharing)>(([], [], StatusSharing()))
        try await mirror.forEachBlob(in: commit, under: StatusCommit.folder, limit: Self.limit) { entry, content in
            guard entry.path.hasSuffix(".yaml"), let content else { return }
            do {
                let decoded = try StatusCoding.decode(Array(try content.get()))
                found.withLock { found in
                    var status = decoded
                    found.sharing.share(&status)
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
            let all = Dictionary(found.statuses.map { ($0.application, $0) }) { first, _ in first }
            found.statuses.removeAll { status in
                guard let why = status.contradiction ?? status.contradiction(among: all) else { return false }
                found.bad.append("\(StatusCommit.path(of: status.application)): \(why)")
                return true
            }
            for bad in found.bad { notice("status passed over, and what runs is followed: \(bad)") }
            return found.statuses.sorted { $0.application < $1.application }
        }
    }

    // MARK: Writing

    /// - Returns: false where the branch was not as expected, and nothing was changed.
    func push(
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
            (tip, mine) = (id, id)
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
