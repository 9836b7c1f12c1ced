import Core
import Synchronization

/// The one time at which the loop wants to be woken. Set by the loop, waited for by its timer.
final class Alarm: Sendable {
    private struct State {
        var target: Instant?
        /// What the timer is sleeping for.
        var armed: Instant?
        var version = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes the timer only where the new target is earlier than what it sleeps for; a later one it finds by itself.
    func set(_ target: Instant?) {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.target = target
            guard let target, state.armed.map({ target < $0 }) ?? true else { return nil }
            state.version += 1
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// What to sleep for, and a version to wait for a change of.
    func arm() -> (target: Instant?, version: Int) {
        state.withLock { state in
            state.armed = state.target
            return (state.target, state.version)
        }
    }

    /// Clears the target and answers true where it has come.
    func isDue(at now: Instant) -> Bool {
        state.withLock { state in
            guard let target = state.target, target <= now else { return false }
            state.target = nil
            return true
        }
    }

    /// Returns when the version is another one, or the task is cancelled.
    func changed(since version: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.version != version || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiter.take() }?.resume()
        }
    }
}
