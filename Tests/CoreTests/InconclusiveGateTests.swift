import Core
import Testing

/// What follows when a gate's measurements say nothing more often than is forgiven.
@Suite struct InconclusiveGateTests {
    private let start = Instant(milliseconds: 1_767_225_600_000)

    private func release(_ version: String) -> DeclaredRelease {
        let release = Release(
            version: version, components: [Component(name: "api", kind: .service, run: .simulated(SimulatedRun()))])
        return DeclaredRelease(
            release: release, digest: release.digest, introduced: "r-\(version)", replicas: ["api": 4])
    }

    private func gate(_ onInconclusive: Analysis.OnInconclusive) -> Gate {
        let analysis = Analysis(
            metric: .errorRate, criterion: .stable, inconclusiveLimit: 3, onInconclusive: onInconclusive)
        return Gate(name: "errors", when: .during, check: .analysis(analysis))
    }

    private var strategy: Strategy {
        Strategy(
            stages: [
                Strategy.Stage(name: "canary", weight: 10, hold: .minutes(2), gates: ["errors"]),
                Strategy.Stage(name: "full", weight: 100),
            ], progressDeadline: .minutes(5))
    }

    private func declaration(_ onInconclusive: Analysis.OnInconclusive) -> Declaration {
        Declaration(
            application: Application(
                name: "search", release: release("2").release, replicas: ["api": 4], strategy: .inline(strategy)),
            strategy: strategy, gates: ["errors": gate(onInconclusive)], revision: "r", introduced: "r-2")
    }

    /// The candidate has held 10 % for ten minutes, and its hold is over.
    private func status(_ gate: GateProgress) -> Status {
        func placement(_ side: Side, _ version: String, _ weight: Int) -> Placement {
            Placement(
                side: side, namespace: side.rawValue, release: release(version), strategy: strategy, revision: "r",
                weight: weight, state: .current, since: start)
        }
        var status = Status(application: "search", observedRevision: "r", phase: .progressing)
        status.stable = placement(.flip, "1", 90)
        status.candidate = placement(.flop, "2", 10)
        var stage = StageProgress(
            index: 0, name: "canary", weight: 10, enteredAt: start, deadline: start + .minutes(12), gates: [gate])
        stage.heldSince = start
        stage.holdUntil = start + .minutes(2)
        status.stage = stage
        return status
    }

    private func decide(_ status: Status, _ onInconclusive: Analysis.OnInconclusive, at now: Instant) -> Planner {
        func side(_ version: String) -> SideObservation {
            SideObservation(
                digest: release(version).digest, version: version, epoch: 1,
                components: [ComponentObservation(name: "api", floor: 4, replicas: 4, ready: 4)])
        }
        let observation = Observation(
            readAt: now,
            route: RouteObservation(route: Route(weights: Weights(90, on: .flip)), settled: true, epoch: 1),
            sides: PerSide(flip: side("1"), flop: side("2")))
        var planner = Planner(
            declaration: declaration(onInconclusive), status: status, observation: observation,
            context: Planner.Context(now: now, configuration: EngineConfiguration()))
        planner.run()
        return planner
    }

    /// Four measurements that said nothing, the last at ten minutes.
    private func measured(_ onInconclusive: Analysis.OnInconclusive) -> GateProgress {
        var progress = GateProgress(name: "errors")
        let reading = GateReading("0% of 7: too few", measured: "0% of 7", threshold: "no worse than 0.1%")
        for minute in 7...10 {
            progress.record(
                .outcome(.inconclusive, detail: reading), of: gate(onInconclusive), at: start + .minutes(Int64(minute)))
        }
        return progress
    }

    @Test func `the stage is held, and its deadline stands still`() throws {
        let first = decide(status(measured(.hold)), .hold, at: start + .minutes(10)).status
        let waiting = try #require(first.waiting)
        #expect(waiting.reason == .gate)
        #expect(waiting.message.hasPrefix("gate errors cannot tell yet: 0% of 7: too few, next at 00:10:30Z"))
        #expect(waiting.until == start + .seconds(630))
        #expect(first.stage?.pausedAt == start + .minutes(10))
        let later = decide(first, .hold, at: start + .hours(9))
        #expect(later.status.rollback == nil && later.status.stage?.pausedAt == start + .minutes(10))
        #expect(later.gateRuns.map(\.gate.name) == ["errors"], "it goes on measuring")
        #expect(later.gateRuns.first?.stable == GateRun.Stable(side: .flip, namespace: "flip", version: "1"))
        #expect(later.gateRuns.first?.service == "api")
        #expect(later.status.waiting?.reason == .gate)
    }

    @Test func `good measurements let a held gate pass after all`() {
        var status = decide(status(measured(.hold)), .hold, at: start + .minutes(10)).status
        for _ in 0..<3 {
            status.stage?.gates[0].record(
                .outcome(.passed, detail: "no worse"), of: gate(.hold), at: start + .hours(9))
        }
        #expect(decide(status, .hold, at: start + .hours(9)).status.stage?.name == "full")
    }

    @Test func `the gate fails where the manifest says so`() {
        let progress = measured(.fail)
        #expect(progress.verdict == .failed)
        let status = decide(status(progress), .fail, at: start + .minutes(10)).status
        #expect(status.rollback?.reason == .rejected)
        #expect(
            status.rejected.first?.reason
                == "gate errors: 4 inconclusive measurements in a row, the last: 0% of 7: too few")
    }

    @Test func `a measurement that says something begins the count anew`() {
        var progress = measured(.hold)
        progress.record(.outcome(.passed, detail: "no worse"), of: gate(.hold), at: start + .minutes(11))
        let open = decide(status(progress), .hold, at: start + .minutes(11)).status
        #expect(open.stage?.pausedAt == nil && open.waiting?.message == "gate errors: no worse, next at 00:11:30Z")
    }

    @Test func `value and threshold stand apart from the words`() {
        let progress = measured(.hold)
        #expect(progress.measured == "0% of 7" && progress.threshold == "no worse than 0.1%")
        #expect(progress.nextAt == start + .seconds(630))
    }

    @Test func `what is within the limit is measured again while the deadline runs`() {
        var progress = GateProgress(name: "errors")
        for _ in 0..<3 {
            progress.record(.outcome(.inconclusive, detail: "few"), of: gate(.hold), at: start + .minutes(10))
        }
        let open = decide(status(progress), .hold, at: start + .minutes(10)).status
        #expect(open.stage?.pausedAt == nil && open.rollback == nil)
        #expect(decide(open, .hold, at: start + .minutes(13)).status.rollback?.reason == .rejected)
    }

    @Test(arguments: [
        ("{side}/{version}", "flop/2"), ("a{b}c{", "a{b}c{"), ("{{side}}", "{flop}"), ("x{side", "x{side"),
        ("rate(a{s=\"{side}\"}[{window}])", "rate(a{s=\"flop\"}[{window}])"), ("", ""),
    ])
    func `a template fills in its places and leaves other braces alone`(template: String, filled: String) {
        let text = GateTemplate(template).filled { place in
            switch place {
            case .side: "flop"
            case .version: "2"
            default: nil
            }
        }
        #expect(text == filled)
    }
}
