import Core
import Synchronization

/// Calls that were given up and have not returned: they ignore cancellation, and each still holds a task.
///
/// One application has at most one at a port, and a port at most ``limit``; where that is reached, further calls are
/// refused rather than added to the heap.
final class HangingCalls: Sendable {
    static let limit = 64

    private struct Caller: Hashable {
        var port: Port
        var application: ApplicationName?
    }

    private struct State {
        var callers: [Caller: Int] = [:]
        var ports: [Port: Int] = [:]
    }

    private let state = Mutex(State())

    /// Why a call may not be made now; nil where it may.
    func refusal(_ port: Port, _ application: ApplicationName?) -> EffectFailure? {
        state.withLock { state in
            if state.callers[Caller(port: port, application: application)] != nil {
                return EffectFailure(.timedOut, "an earlier call to \(port.rawValue) still hangs")
            }
            if state.ports[port, default: 0] >= Self.limit {
                return EffectFailure(.timedOut, "\(Self.limit) calls to \(port.rawValue) hang")
            }
            return nil
        }
    }

    func add(_ port: Port, _ application: ApplicationName?) {
        change(port, application, by: 1)
    }

    func remove(_ port: Port, _ application: ApplicationName?) {
        change(port, application, by: -1)
    }

    private func change(_ port: Port, _ application: ApplicationName?, by difference: Int) {
        let caller = Caller(port: port, application: application)
        state.withLock { state in
            let ofCaller = state.callers[caller, default: 0] + difference
            state.callers[caller] = ofCaller == 0 ? nil : ofCaller
            state.ports[port, default: 0] += difference
        }
    }
}
