import Synchronization

/// A value that is given once and awaited once; whatever is given later is dropped.
final class OneShot<Value: Sendable>: Sendable {
    /// - `empty`: neither given nor awaited.
    /// - `awaited`: not given; leaves when it is.
    /// - `given`: not awaited; leaves when it is.
    /// - `over`: final.
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
        case over
    }

    private let state = Mutex(State.empty)

    /// - Returns: whether this was the first.
    func give(_ value: Value) -> Bool {
        let (isFirst, waiter): (Bool, CheckedContinuation<Value, Never>?) = state.withLock { state in
            switch state {
            case .empty:
                state = .given(value)
                return (true, nil)
            case .awaited(let continuation):
                state = .over
                return (true, continuation)
            case .given, .over:
                return (false, nil)
            }
        }
        waiter?.resume(returning: value)
        return isFirst
    }

    /// To be awaited once.
    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value: Value? = state.withLock { state in
                    guard case .given(let value) = state else {
                        state = .awaited(continuation)
                        return nil
                    }
                    state = .over
                    return value
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }
}
