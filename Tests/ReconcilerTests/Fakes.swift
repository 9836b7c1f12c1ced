import Core
import Logging
import Reconciler
import Synchronization

let application = "search"

func key(_ application: ApplicationName, _ purpose: String = "deploy flop", sequence: Int = 1) -> ActionKey {
    ActionKey(
        application: application, digest: nil, stage: 0, purpose: purpose, attempt: 0, epoch: 1, sequence: sequence)
}

func update(_ application: ApplicationName, _ summary: String) -> StatusUpdate {
    StatusUpdate(status: Status(application: application, observedRevision: "r"), summary: summary)
}

/// A platform whose calls for some applications never return and ignore cancellation, until they are let go.
final class StubbornPlatform: Platform {
    private struct State {
        var held: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
        var performed: [String] = []
        var calls = 0
    }

    private let hanging: Set<ApplicationName>
    private let state = Mutex(State())

    init(hanging: Set<ApplicationName> = []) {
        self.hanging = hanging
    }

    var performed: [String] { state.withLock(\.performed) }
    var calls: Int { state.withLock(\.calls) }

    func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        await enter(application)
        return Observation(readAt: Instant(milliseconds: 1), route: nil, sides: PerSide(flip: nil, flop: nil))
    }

    func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        await enter(key.application)
        state.withLock { $0.performed.append(key.purpose) }
        return Receipt(at: Instant(milliseconds: 1))
    }

    /// Returns when a call hangs.
    func someoneHangs() async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if state.held.isEmpty { state.watchers.append(continuation) }
                return !state.held.isEmpty
            }
            if isMet { continuation.resume() }
        }
    }

    func letGo() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for call in held { call.resume() }
    }

    private func enter(_ application: ApplicationName) async {
        state.withLock { $0.calls += 1 }
        guard hanging.contains(application) else { return }
        await withCheckedContinuation { continuation in
            let watchers = state.withLock { state in
                state.held.append(continuation)
                defer { state.watchers = [] }
                return state.watchers
            }
            for watcher in watchers { watcher.resume() }
        }
    }
}

struct FixedManifests: ManifestSource {
    var outcome = FetchOutcome.unchanged
    func fetch() async -> FetchOutcome { outcome }
    func startOver() async {}
}

/// A manifest repository that nothing changes in, and at each look at which another daemon takes the lead.
struct UsurpingManifests: ManifestSource {
    var statuses: MemoryStatusStore

    func fetch() async -> FetchOutcome {
        _ = try? await statuses.lead()
        return .unchanged
    }

    func startOver() async {}
}

/// A journal in memory that can be made to fail.
final class MemoryJournal: ActionJournal {
    private let open = Mutex<[String: Instant]>([:])
    private let failure: EffectFailure?
    private let timeout: Span

    init(failure: EffectFailure? = nil, timeout: Span = .minutes(8)) {
        self.failure = failure
        self.timeout = timeout
    }

    func record(_ key: ActionKey, at now: Instant) async throws(EffectFailure) {
        if let failure { throw failure }
        open.withLock { $0[key.description] = now }
    }

    func complete(_ key: ActionKey, at now: Instant) async throws(EffectFailure) {
        open.withLock { $0[key.description] = nil }
    }

    func outstanding() async throws(EffectFailure) -> [String] {
        open.withLock { open in open.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) }
    }

    func expire(at now: Instant) async throws(EffectFailure) -> [String] {
        open.withLock { open in
            let ended = open.filter { $0.value + timeout <= now }.map(\.key).sorted()
            for key in ended { open[key] = nil }
            return ended
        }
    }
}

/// A status branch in memory, shared by any number of daemons.
final class MemoryStatusStore: StatusStore {
    private struct State {
        var epoch = 0
        var hasLeft = false
        var statuses: [ApplicationName: Status] = [:]
        var summaries: [String] = []
    }

    private let state = Mutex(State())

    var summaries: [String] { state.withLock(\.summaries) }

    func lead() async throws(EffectFailure) -> (epoch: Int, statuses: [Status]) {
        state.withLock { state in
            state.epoch += 1
            state.hasLeft = false
            return (state.epoch, state.statuses.values.sorted { $0.application < $1.application })
        }
    }

    func takeOver() async throws(EffectFailure) -> (epoch: Int, statuses: [Status])? {
        guard state.withLock({ $0.hasLeft }) else { return nil }
        return try await lead()
    }

    /// Whoever leads gives the lead up.
    func leave() { state.withLock { $0.hasLeft = true } }

    func newerEpoch(than epoch: Int) async throws(EffectFailure) -> Int? {
        state.withLock { $0.epoch > epoch ? $0.epoch : nil }
    }

    func push(_ updates: [StatusUpdate], epoch: Int) async -> PushOutcome {
        state.withLock { state in
            if state.epoch > epoch { return .superseded(epoch: state.epoch) }
            for update in updates {
                state.statuses[update.status.application] = update.status
                state.summaries.append("\(update.status.application): \(update.summary)")
            }
            return .accepted
        }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
