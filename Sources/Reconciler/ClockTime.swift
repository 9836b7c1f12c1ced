package import Core
import Synchronization

/// Core's time taken from a monotonic clock: the wall's time once, when it was made, and from there only what has
/// passed since, so that a jump of the wall clock moves nothing. May run at a multiple of real time.
package final class ClockTime<Clock: _Concurrency.Clock>: TimeSource where Clock.Duration == Duration {
    private let clock: Clock
    private let state: Mutex<State>

    private struct State {
        /// The two moments that belong together.
        var base: Clock.Instant
        var origin: Instant
        /// Milliseconds of Core's time for one of the clock's; above 0.
        var scale: Double
        /// The latest that was ever told; time waits here while it is behind.
        var told: Instant

        func reading(at instant: Clock.Instant) -> Instant {
            let (seconds, attoseconds) = base.duration(to: instant).components
            let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
            return origin + .milliseconds(Int64((milliseconds * scale).rounded(.down)))
        }
    }

    /// - Parameters:
    ///   - clock: what time is taken from.
    ///   - origin: the instant that it is now.
    ///   - scale: how many times faster than the clock time passes; above 0.
    package init(clock: Clock, origin: Instant, scale: Double = 1) {
        self.clock = clock
        state = Mutex(State(base: clock.now, origin: origin, scale: max(scale, 1e-6), told: origin))
    }

    package var now: Instant {
        state.withLock { state in
            state.told = max(state.told, state.reading(at: clock.now))
            return state.told
        }
    }

    /// Takes over another clock's reading, as of now. Where that is behind what was told, time stands still until it
    /// has caught up.
    package func steer(to instant: Instant, scale: Double) {
        state.withLock { state in
            state.base = clock.now
            state.origin = instant
            state.scale = max(scale, 1e-6)
        }
    }

    package func real(_ span: Span) -> Span {
        let scale = state.withLock { $0.scale }
        // To the second, as a person reads it.
        let milliseconds = (Double(span.milliseconds) / scale).rounded(.up)
        guard milliseconds >= 1000 else { return .milliseconds(Int64(milliseconds)) }
        return .seconds(Int64(min((milliseconds / 1000).rounded(), 1e12)))
    }

    package func sleep(until instant: Instant) async throws {
        while true {
            let (deadline, isOver): (Clock.Instant, Bool) = state.withLock { state in
                let now = state.reading(at: clock.now)
                let rest = Double((instant - now).milliseconds) / state.scale
                // A fraction too much rather than too little, and looked at again at least every minute, since the
                // clock that this one follows may have been steered.
                let wait = Duration.milliseconds(Int64(min(max(rest.rounded(.up), 0), 60_000)))
                return (clock.now.advanced(by: wait), rest <= 0)
            }
            if isOver { return }
            try await clock.sleep(until: deadline, tolerance: nil)
        }
    }
}
