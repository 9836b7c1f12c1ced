import Core
import Testing

/// What is declared while another is in flight is named until it begins.
@Suite struct QueuedReleaseTests {
    private func inFlight(_ onNewVersion: Strategy.OnNewVersion) -> Bench {
        var strategy = Bench.strategy
        strategy.onNewVersion = onNewVersion
        strategy.rollbackStages = [5, 0]
        var bench = Bench()
        bench.declare(Bench.application("1.0.0", by: strategy))
        bench.run(.minutes(1))
        for version in ["1.1.0", "1.2.0", "1.3.0"] {
            bench.declare(Bench.application(version, by: strategy))
            bench.run(.minutes(1))
        }
        return bench
    }

    @Test func `with queue the latest is named beside what is in flight, on the branch too`() {
        let bench = inFlight(.queue)
        #expect(bench.status().candidate?.release.release.version == "1.1.0")
        #expect(bench.status().queued?.words == "1.3.0 begins when this is over")
        #expect(bench.told.last?.status.queued == bench.status().queued)
    }

    @Test func `an abort begins it, and then nothing is queued`() {
        var bench = inFlight(.queue)
        bench.ask(.abort)
        bench.run(.minutes(2))
        #expect(bench.status().candidate?.release.release.version == "1.3.0" && bench.status().queued == nil)
    }

    @Test func `going back to what serves leaves nothing queued`() {
        var bench = inFlight(.queue)
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(5))
        #expect(
            bench.status().candidate == nil && bench.status().queued == nil && bench.stands(on: .flip) == "1.0.0 100")
    }

    @Test func `with replace nothing is queued once it has begun`() {
        let bench = inFlight(.replace)
        #expect(bench.status().candidate?.release.release.version == "1.3.0" && bench.status().queued == nil)
    }
}
