import Core
import Synchronization

/// Remembers which requests were decided on last, out of a decision that may be made again.
final class Chosen: Sendable {
    private let state = Mutex<[Request]>([])

    var requests: [Request] { state.withLock { $0 } }

    func set(_ requests: [Request]) { state.withLock { $0 = requests } }
}
