import Core
import Testing

/// Where the side that a rejected release goes back to is dead, what is declared next comes up all the same.
@Suite struct DeadStableTests {
    /// 1.1.0 has 10 % beside 1.0.0, of which nothing is ready any more, and is aborted.
    private func stuck(deadToo: Bool = false) -> Bench {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        #expect(bench.stands(on: .flop) == "1.1.0 10")
        bench.crashing = deadToo ? ["1.0.0", "1.1.0"] : ["1.0.0"]
        bench.ask(.abort)
        bench.run(.minutes(3))
        #expect(bench.status().rollback?.reason == .rejected)
        #expect(bench.status().phase == .degraded, "nothing of what serves is ready")
        return bench
    }

    @Test(arguments: [false, true])
    func `the fix takes the place of what is dead, and all weight once it is ready`(deadToo: Bool) {
        var bench = stuck(deadToo: deadToo)
        let before = bench.weight(of: .flop)
        bench.declare(Bench.application("1.2.0"))
        bench.run(.minutes(1))
        #expect(bench.stands(on: .flip) == "1.2.0 100" && bench.status().stable?.release.release.version == "1.2.0")
        #expect(bench.status().rollback == nil && bench.status().phase == .healthy)
        let rises = bench.actions.compactMap { entry -> Int? in
            if case .route(let route?) = entry.action { route.weights.flop } else { nil }
        }
        #expect(rises.allSatisfy { $0 <= before ?? 0 }, "what was rejected gets no more: \(rises)")
    }

    @Test func `a fix that crashes too gives way to the next`() {
        var bench = stuck()
        bench.crashing.insert("1.2.0")
        bench.declare(Bench.application("1.2.0"))
        bench.run(.minutes(3))
        #expect(bench.stands(on: .flip)?.hasPrefix("1.2.0") == true && bench.status().phase == .degraded)
        bench.declare(Bench.application("1.3.0"))
        bench.run(.minutes(2))
        #expect(bench.stands(on: .flip) == "1.3.0 100" && bench.status().phase == .healthy)
    }

    @Test func `the rejected one itself is tried again where somebody asks`() {
        var bench = stuck()
        bench.requests = []
        bench.ask(.retry)
        bench.run(.minutes(2))
        #expect(bench.status().rollback == nil && bench.status().candidate?.release.attempt.retry == 1)
        #expect(bench.weight(of: .flop) == 100, "it takes over what the dead side does not carry")
    }

    @Test func `what serves is not replaced because its replicas restart`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        bench.crashing = ["1.0.0"]
        bench.declare(Bench.application("1.2.0"))
        bench.run(.seconds(20))
        bench.crashing = []
        bench.run(.minutes(1))
        #expect(bench.status().stable?.release.release.version == "1.0.0")
        #expect(bench.status().candidate?.release.release.version == "1.2.0")
    }

    @Test(arguments: [Span.seconds(5), .seconds(40), .minutes(4)])
    func `a newer version takes the place of what is dead where the candidate cannot carry all of it`(after: Span) {
        var strategy = Bench.strategy
        strategy.stages = [
            Strategy.Stage(name: "half", weight: 50, hold: .hours(2)), Strategy.Stage(name: "all", weight: 100),
        ]
        var bench = Bench()
        bench.declare(Bench.application("1.0.0", by: strategy))
        bench.run(.minutes(1))
        bench.room["1.1.0"] = 2
        bench.declare(Bench.application("1.1.0", by: strategy))
        bench.run(.minutes(2))
        #expect(bench.stands(on: .flip) == "1.0.0 50" && bench.stands(on: .flop) == "1.1.0 50")
        bench.crashing = ["1.0.0"]
        bench.run(after)
        bench.declare(Bench.application("1.2.0", by: strategy))
        bench.run(.minutes(8))
        #expect(bench.stands(on: .flip) == "1.2.0 100" && bench.status().phase == .healthy)
    }

    @Test func `a pause keeps no candidate from carrying what the side beside it cannot any more`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        bench.ask(.pause)
        bench.run(.minutes(1))
        #expect(bench.status().phase == .paused && bench.weight(of: .flop) == 10)
        bench.crashing = ["1.0.0"]
        bench.run(.minutes(7))
        #expect(bench.weight(of: .flop) == 100 && bench.status().phase == .degraded)
        bench.crashing = []
        bench.run(.minutes(30))
        #expect(bench.weight(of: .flop) == 100, "what it took over it gives back once it may go on")
        bench.requests = []
        bench.run(.minutes(2))
        #expect(bench.weight(of: .flop) == 10)
    }
}
