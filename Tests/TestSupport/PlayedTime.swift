package import Core
import Reconciler
import Synchronization

/// A clock that only the test moves.
package final class PlayedTime: TimeSource {
    private let state = Mutex(Core.Instant(milliseconds: 1_700_000_000_000))

    package init() {}

    package var now: Core.Instant { state.withLock { $0 } }
    package func pass(_ span: Span) { state.withLock { $0 += span } }
    package func sleep(until instant: Core.Instant) async throws {}
}
