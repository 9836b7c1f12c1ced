import Core
import Reconciler
import Testing

@Suite struct ClockTimeTests {
    let clock = ManualClock()

    @Test func `time is the origin and what has passed since`() {
        let time = ClockTime(clock: clock, origin: Instant(milliseconds: 1_000_000))
        clock.advance(by: .milliseconds(1500))
        #expect(time.now == Instant(milliseconds: 1_001_500))
    }

    @Test func `time may run at a multiple`() async throws {
        let time = ClockTime(clock: clock, origin: Instant(milliseconds: 0), scale: 60)
        async let slept: Void = time.sleep(until: Instant(milliseconds: 120_000))
        await clock.sleepers(1)
        clock.advance(by: .seconds(2))
        try await slept
        #expect(time.now == Instant(milliseconds: 120_000))
    }

    @Test func `time never goes back when it is steered`() {
        let time = ClockTime(clock: clock, origin: Instant(milliseconds: 5000))
        #expect(time.now == Instant(milliseconds: 5000))
        time.steer(to: Instant(milliseconds: 3000), scale: 1)
        #expect(time.now == Instant(milliseconds: 5000))
        clock.advance(by: .seconds(1))
        #expect(time.now == Instant(milliseconds: 5000))
        clock.advance(by: .seconds(2))
        #expect(time.now == Instant(milliseconds: 6000))
    }

    @Test func `a sleep that is cancelled throws`() async throws {
        let time = ClockTime(clock: clock, origin: Instant(milliseconds: 0))
        let sleeper = Task { try await time.sleep(until: Instant(milliseconds: 1000)) }
        await clock.sleepers(1)
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}
