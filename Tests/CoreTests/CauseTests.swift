import Core
import Testing

/// A failure repeats what the time went by with.
@Suite struct CauseTests {
    private static func gate(_ when: Gate.When) -> Gate {
        Gate(
            name: "checks", when: when,
            check: .analysis(Analysis(metric: .errorRate, criterion: .stable, inconclusiveLimit: 1000)))
    }

    private func failed(_ when: Gate.When, _ answer: GateResult) -> Rejection? {
        var strategy = Bench.strategy
        strategy.stages[0].gates = ["checks"]
        strategy.stages[0].weight = 90
        var bench = Bench()
        bench.answers["checks"] = answer
        bench.declare(Bench.application("1.0.0", by: strategy), gates: [Self.gate(when)])
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0", by: strategy), gates: [Self.gate(when)])
        bench.run(.minutes(20))
        return bench.status().rejected.last
    }

    @Test func `of a gate before the weight that never passed its own words are told, and not replicas`() {
        let reason = failed(.before, .outcome(.error, detail: "connection refused"))?.reason
        #expect(reason == "stage one made no progress within 10m: gate checks: connection refused")
    }

    @Test func `so it is of a gate during the hold`() {
        let reason = failed(.during, .outcome(.inconclusive, detail: "3 of 600 requests"))?.reason
        #expect(reason == "the gates of stage one did not pass within 10m: gate checks: 3 of 600 requests")
    }

    @Test func `a wait for git is told with since when it lasts`() {
        var bench = Bench()
        bench.closesStatusBranch = true
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(5))
        #expect(bench.status().waiting?.reason == .status)
        #expect(bench.status().waiting?.since.map { $0 < Bench.start + .minutes(1) } == true)
    }
}
