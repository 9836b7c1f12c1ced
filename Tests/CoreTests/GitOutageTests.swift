import Core
import Testing

/// However long git was away, what waits for it goes on soon after it is back.
@Suite struct GitOutageTests {
    private func outage(_ time: Span, _ begin: (inout Bench) -> Void) -> Bench {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(30))
        begin(&bench)
        bench.run(time)
        return bench
    }

    @Test(arguments: [Span.minutes(1), .minutes(17), .hours(9)])
    func `what is declared meanwhile is taken up within three poll intervals`(_ time: Span) {
        var bench = outage(time) {
            $0.isGitAway = true
            $0.declare(Bench.application("1.1.0"))
        }
        #expect(bench.status().candidate == nil)
        bench.isGitAway = false
        bench.run(.seconds(30))
        #expect(bench.status().candidate?.release.release.version == "1.1.0")
    }

    @Test(arguments: [Span.minutes(1), .minutes(17), .hours(9)])
    func `so is what the status branch was not told`(_ time: Span) {
        var bench = outage(time) {
            $0.closesStatusBranch = true
            $0.declare(Bench.application("1.1.0"))
        }
        let before = bench.told.count
        bench.closesStatusBranch = false
        bench.run(.seconds(30))
        #expect(bench.told.count > before)
        #expect(bench.told.last?.status.candidate?.release.release.version == "1.1.0")
    }

    @Test func `a server that wants to be left alone for longer is`() {
        var engine = Engine(configuration: EngineConfiguration())
        let failure = EffectFailure(.unreachable, "busy", retryAfter: .minutes(40))
        var now = Bench.start
        func answer(_ commands: [Command]) -> Int {
            var fetches = 0
            for command in commands {
                guard case .fetch(let id) = command else { continue }
                fetches += 1
                _ = engine.handle(.fetched(id, .failed(failure)), at: now)
            }
            return fetches
        }
        var fetches = answer(engine.handle(.led(epoch: 1, statuses: []), at: now))
        let end = now + .minutes(39)
        while let wake = engine.nextWake, wake <= end {
            now = max(now, wake)
            fetches += answer(engine.handle(.tick, at: now))
        }
        #expect(fetches == 1)
    }
}
