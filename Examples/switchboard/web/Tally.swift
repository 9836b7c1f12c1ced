import SluiceClient
import Synchronization

/// What the web application has answered.
struct Counts: Codable, Sendable {
    var flip = 0
    var flop = 0
    var failed = 0
    /// Most changes of side that any user has seen.
    var changes = 0
    var users = 0
}

final class Tally: Sendable {
    private struct State {
        var counts = Counts()
        var seen: [String: (side: Side, changes: Int)] = [:]
    }

    private let state = Mutex(State())

    /// Users who are remembered.
    private static let limit = 50_000

    var counts: Counts { state.withLock { $0.counts } }

    func count(_ user: String, on side: Side) {
        state.withLock { state in
            if side == .flip { state.counts.flip += 1 } else { state.counts.flop += 1 }
            guard let last = state.seen[user] else {
                if state.seen.count < Self.limit { state.seen[user] = (side, 0) }
                state.counts.users = state.seen.count
                return
            }
            guard last.side != side else { return }
            state.seen[user] = (side, last.changes + 1)
            state.counts.changes = max(state.counts.changes, last.changes + 1)
        }
    }

    func countFailure() { state.withLock { $0.counts.failed += 1 } }
}
