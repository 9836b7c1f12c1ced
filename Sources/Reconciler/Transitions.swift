package import Core
import Synchronization

/// Tells any number of listeners of status transitions as they are decided. A listener that falls behind loses the
/// oldest; it never holds anyone up.
package final class Transitions: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<StatusUpdate>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// Transitions from now on.
    ///
    /// - Parameter limit: how many are kept for a listener that falls behind; nil: all of them.
    /// - Returns: a stream that ends with the loop.
    package func listen(limit: Int? = 1024) -> AsyncStream<StatusUpdate> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: StatusUpdate.self, bufferingPolicy: limit.map { .bufferingNewest($0) } ?? .unbounded)
        let id = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    func tell(_ updates: [StatusUpdate]) {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners {
            for update in updates { listener.yield(update) }
        }
    }

    func finish() {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.finish() }
    }
}
