import Conformance
import Core
import Platforms
import Reconciler
import Simulator
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SimulatedGatesTests {
    private let release = PlatformConformance.release

    private func run(
        _ check: Gate.Check, _ application: ApplicationName = "search", of release: Release? = nil,
        heldSince: Instant? = Instant(milliseconds: 0)
    ) -> GateRun {
        GateRun(
            application: application, gate: Gate(name: "gate", when: .during, check: check),
            attempt: Attempt(digest: (release ?? self.release).digest, introduced: "r"), version: "4.2.0",
            revision: "r", stage: "canary", candidate: .flip, namespace: "flip", stable: nil, service: "api",
            weight: 100, heldSince: heldSince)
    }

    private var errorRate: Gate.Check { .analysis(Analysis(metric: .errorRate, criterion: .max(milli: 5000))) }
    private var smoke: Gate.Check { .smokeTest(SmokeTest(requests: [.init(path: "/health")])) }

    private func outcome(_ result: GateResult) -> GateOutcome? {
        if case .outcome(let outcome, _) = result { outcome } else { nil }
    }

    @Test(arguments: Adapter.allCases) func `a gate without data never passes`(_ adapter: Adapter) async throws {
        try await withPlatform(adapter) { platform in
            let nothing = await platform.evaluate(run(errorRate, "nothing"))
            #expect(outcome(nothing) == .error)
            _ = try await platform.perform(
                PlatformConformance.deploy(release, .flip), key: PlatformConformance.key("search", 1))
            let dark = await platform.evaluate(run(errorRate))
            #expect(outcome(dark) == .inconclusive)
            let unheld = await platform.evaluate(run(errorRate, heldSince: nil))
            #expect(outcome(unheld) == .inconclusive)
            let other = await platform.evaluate(run(errorRate, of: PlatformConformance.next))
            #expect(outcome(other) == .error)
            let starting = await platform.evaluate(run(smoke))
            #expect(outcome(starting) == .failed)
        }
    }

    @Test(arguments: Adapter.allCases) func `nobody is asked by a simulator`(_ adapter: Adapter) async throws {
        try await withPlatform(adapter) { platform in
            for check in [Gate.Check.approval(Approval()), .webhook(Webhook(url: "http://127.0.0.1"))] {
                let result = await platform.evaluate(run(check))
                guard case .unavailable = result else {
                    Issue.record("\(result)")
                    continue
                }
            }
        }
    }

    @Test func `an answer about one application copies nothing of the others`() async throws {
        let platform = SimulatedPlatform(world())
        let names = (0..<50).map { "a\($0)" }
        for name in names {
            _ = try await platform.perform(
                PlatformConformance.deploy(release, .flip), key: PlatformConformance.key(name, 1))
        }
        let place = await platform.current().place
        for check in [errorRate, smoke, .analysis(Analysis(metric: .latency, criterion: .stable))] {
            #expect(outcome(await platform.evaluate(run(check, names[7]))) != nil)
        }
        let after = await platform.current().place
        #expect(after == place)
    }

    @Test func `a gate of a kind that nobody handles says so`() async {
        let result = await GateEvaluators().evaluate(run(smoke))
        let text = "gate gate is a smoke test, and this daemon has nothing that runs one"
        #expect(result == .unavailable(detail: text))
    }

    @Test func `a good release that has served passes, and a failing one fails`() async throws {
        let bad = Release(
            version: "bad",
            components: [
                Component(
                    name: "api", kind: .service,
                    run: .simulated(SimulatedRun(faults: [.errors(perMille: 200, after: .zero)])))
            ])
        for (release, expected) in [(release, GateOutcome.passed), (bad, .failed)] {
            var world = world()
            let start = world.now
            for (sequence, action) in [
                PlatformConformance.deploy(release, .flip, floor: 10), .route(Route(weights: Weights(100, on: .flip))),
            ].enumerated() {
                try world.perform(action, application: "search", epoch: 1, sequence: sequence)
            }
            world.advance(to: start + .minutes(10))
            let platform = SimulatedPlatform(world)
            let result = await platform.evaluate(run(errorRate, of: release, heldSince: start + .minutes(5)))
            #expect(outcome(result) == expected, "\(result)")
            let smoked = await platform.evaluate(run(smoke, of: release))
            #expect(outcome(smoked) == .passed)
        }
    }

    @Test func `a consumer is judged by the messages that it took`() async throws {
        for (perMille, expected) in [(0, GateOutcome.passed), (200, .failed)] {
            let faults: [SimulatedFault] = perMille == 0 ? [] : [.errors(perMille: perMille, after: .zero)]
            let release = Release(
                version: "1",
                components: [
                    Component(
                        name: "worker", kind: .consumer, run: .simulated(SimulatedRun(faults: faults)),
                        subscriptions: [Subscription(topic: "orders", subscription: "worker")])
                ])
            var world = world()
            let start = world.now
            var route = Route(weights: Weights(100, on: .flip))
            route.actives = ["worker": PerSide(flip: 4, flop: 0)]
            let deploy = Action.deploy(
                side: .flip, namespace: "flip", release: release, digest: release.digest, floors: ["worker": 4])
            try world.perform(deploy, application: "search", epoch: 1, sequence: 1)
            let platform = SimulatedPlatform(world)
            let dark = await platform.evaluate(run(errorRate, of: release, heldSince: start))
            #expect(outcome(dark) == .inconclusive, "\(dark)")
            try world.perform(.route(route), application: "search", epoch: 1, sequence: 2)
            world.advance(to: start + .minutes(10))
            let served = SimulatedPlatform(world)
            let result = await served.evaluate(run(errorRate, of: release, heldSince: start + .minutes(5)))
            #expect(outcome(result) == expected, "\(result)")
            let latency = Gate.Check.analysis(Analysis(metric: .latency, criterion: .max(milli: 1_000_000)))
            let slow = await served.evaluate(run(latency, of: release, heldSince: start + .minutes(5)))
            guard case .unavailable = slow else {
                Issue.record("\(slow)")
                continue
            }
        }
    }

    @Test func `a release that has served for a moment is judged on nothing`() async throws {
        var world = world()
        let start = world.now
        for (sequence, action) in [
            PlatformConformance.deploy(release, .flip, floor: 10), .route(Route(weights: Weights(100, on: .flip))),
        ].enumerated() {
            try world.perform(action, application: "search", epoch: 1, sequence: sequence)
        }
        world.advance(to: start + .minutes(10))
        let platform = SimulatedPlatform(world)
        // 300 requests a second: 5 ms hold one or two, however many came before the weight was held.
        let moment = await platform.evaluate(
            run(errorRate, heldSince: start + .minutes(10) - .milliseconds(5)))
        #expect(outcome(moment) == .inconclusive, "\(moment)")
        let second = await platform.evaluate(run(errorRate, heldSince: start + .minutes(10) - .seconds(1)))
        #expect(outcome(second) == .passed, "\(second)")
    }

    @Test(arguments: [Analysis.Metric.errorRate, .latency], [true, false])
    func `as many samples as are declared have to be there, for a bound as for a comparison`(
        metric: Analysis.Metric, isMax: Bool
    ) async throws {
        var world = world()
        let start = world.now
        for (sequence, action) in [
            PlatformConformance.deploy(release, .flip, floor: 10), .route(Route(weights: Weights(100, on: .flip))),
        ].enumerated() {
            try world.perform(action, application: "search", epoch: 1, sequence: sequence)
        }
        world.advance(to: start + .minutes(10))
        let bound: Int64 = metric == .latency ? 60_000_000 : 5000
        // 300 requests a second: 30 s hold 9,000, and the 5 m for which the weight is held 90,000.
        for (samples, expected) in [(8000, GateOutcome.passed), (80_000, .passed), (200_000, .inconclusive)] {
            let analysis = Analysis(
                metric: metric, criterion: isMax ? .max(milli: bound) : .min(milli: 0), minimumSamples: samples)
            let result = await SimulatedPlatform(world).evaluate(
                run(.analysis(analysis), heldSince: start + .minutes(5)))
            #expect(outcome(result) == expected, "\(samples): \(result)")
            guard expected == .inconclusive, case .outcome(_, let reading) = result else { continue }
            let text = "not enough traffic yet: 90,000 of about 200,000 requests, ready in about 7 m"
            #expect(reading.text.hasPrefix(text), "\(reading.text)")
        }
    }

    @Test func `a rate is told in the unit in which its bound was declared`() async throws {
        let bad = Release(
            version: "bad",
            components: [
                Component(
                    name: "api", kind: .service,
                    run: .simulated(SimulatedRun(faults: [.errors(perMille: 40, after: .zero)])))
            ])
        var world = world()
        let start = world.now
        for (sequence, action) in [
            PlatformConformance.deploy(bad, .flip, floor: 10), .route(Route(weights: Weights(100, on: .flip))),
        ].enumerated() {
            try world.perform(action, application: "search", epoch: 1, sequence: sequence)
        }
        world.advance(to: start + .minutes(10))
        let check = Gate.Check.analysis(Analysis(metric: .errorRate, criterion: .max(milli: 10_000)))
        let result = await SimulatedPlatform(world).evaluate(run(check, of: bad, heldSince: start + .minutes(5)))
        guard case .outcome(.failed, let reading) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(reading.text == "4.0 % of 9,000 requests failed in 30 s; at most 1 % allowed")
        #expect(reading.measured == "4.0 % of 9,000" && reading.threshold == "at most 1 %")
    }

    /// Flip is the candidate at 10 %, flop the stable side.
    @Test(arguments: [
        ([SimulatedFault](), Analysis.Metric.errorRate, GateOutcome.passed),
        ([SimulatedFault.errors(perMille: 5, after: .zero)], Analysis.Metric.errorRate, GateOutcome.failed),
        ([SimulatedFault](), Analysis.Metric.latency, GateOutcome.passed),
        ([SimulatedFault.slow(percent: 300, after: .zero)], Analysis.Metric.latency, GateOutcome.failed),
        ([SimulatedFault.errors(perMille: 5, after: .zero)], Analysis.Metric.latency, GateOutcome.passed),
    ])
    func `a candidate is compared with the stable side since the weight is held`(
        faults: [SimulatedFault], metric: Analysis.Metric, expected: GateOutcome
    ) async throws {
        let candidate = Release(
            version: "new",
            components: [Component(name: "api", kind: .service, run: .simulated(SimulatedRun(faults: faults)))])
        var world = world()
        for (sequence, action) in [
            PlatformConformance.deploy(release, .flop, floor: 40),
            PlatformConformance.deploy(candidate, .flip, floor: 40),
        ].enumerated() {
            try world.perform(action, application: "search", epoch: 1, sequence: sequence)
        }
        world.advance(to: world.now + .minutes(1))
        try world.perform(.route(Route(weights: Weights(10, on: .flip))), application: "search", epoch: 1, sequence: 2)
        world.advance(to: world.now + .seconds(30))
        let held = world.now
        let platform = SimulatedPlatform(world)
        let check = Gate.Check.analysis(Analysis(metric: metric, criterion: .stable))
        let early = await platform.evaluate(run(check, of: candidate, heldSince: held))
        #expect(outcome(early) == .inconclusive, "\(early)")
        world.advance(to: held + .minutes(5))
        let later = await SimulatedPlatform(world).evaluate(run(check, of: candidate, heldSince: held))
        #expect(outcome(later) == expected, "\(later)")
    }
}
