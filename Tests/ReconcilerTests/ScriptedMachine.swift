import Core
import Reconciler
import Synchronization

/// A machine that answers each event by a script, and tells a test what it was told.
struct ScriptedMachine: Machine {
    typealias Script = @Sendable (Event, Instant) -> [Command]

    var epoch: Int?
    var supersededBy: Int?
    var revision: Revision?
    var fetchFailure: EffectFailure?
    var pushFailure: EffectFailure?
    var nextWake: Instant?
    var isQuiescent = false
    var impasse: EffectFailure?
    var applications: [ApplicationName] = []
    /// When it wants to be woken next, by what it was told last.
    var wakes: @Sendable (Event, Instant) -> Instant? = { _, _ in nil }
    var script: Script
    let heard = Heard()

    init(_ script: @escaping Script) {
        self.script = script
    }

    func status(of name: ApplicationName) -> Status? {
        applications.contains(name) ? Status(application: name, observedRevision: "r") : nil
    }

    mutating func handle(_ event: Event, at now: Instant) -> [Command] {
        if case .led(let epoch, _) = event { self.epoch = epoch }
        if case .fetched(_, .failed(let failure)) = event { fetchFailure = failure }
        if case .pushed = event { isQuiescent = true }
        let commands = script(event, now)
        nextWake = wakes(event, now)
        heard.add(event, now)
        return commands
    }
}

/// The events that a machine has handled, with their instants.
final class Heard: Sendable {
    private struct State {
        var events: [(event: Event, at: Instant)] = []
        var waiters: [(test: @Sendable (Event) -> Bool, continuation: CheckedContinuation<Instant, Never>)] = []
    }

    private let state = Mutex(State())

    var events: [Event] { state.withLock { $0.events.map(\.event) } }

    func add(_ event: Event, _ now: Instant) {
        let met = state.withLock { state in
            state.events.append((event, now))
            let met = state.waiters.filter { $0.test(event) }.map(\.continuation)
            state.waiters.removeAll { $0.test(event) }
            return met
        }
        for waiter in met { waiter.resume(returning: now) }
    }

    /// Waits for an event, past or to come, and answers when it was handled.
    @discardableResult func first(where test: @escaping @Sendable (Event) -> Bool) async -> Instant {
        await withCheckedContinuation { continuation in
            let at: Instant? = state.withLock { state in
                if let past = state.events.first(where: { test($0.event) }) { return past.at }
                state.waiters.append((test, continuation))
                return nil
            }
            if let at { continuation.resume(returning: at) }
        }
    }
}
