import Core
import SimulationKit
import Simulator
import Testing

/// What people may ask of a rollout, rule by rule.
@Suite struct RequestRulesTests {
    private typealias Rules = DeclarationRulesTests
    private let new = Scenario.Deed.newVersion("search", faults: [])
    private let bad = Scenario.Deed.newVersion("search", faults: [.crashOnStart])

    private static func ask(_ verb: Request.Verb, full: Bool = false) -> Scenario.Deed {
        .ask("search", verb, full: full)
    }

    private static var consenting: (strategy: Strategy, gates: [String: Gate]) {
        var strategy = Rules.canary
        strategy.stages[1].gates = ["sign-off"]
        return (strategy, ["sign-off": Gate(name: "sign-off", when: .before, check: .approval(Approval()))])
    }

    @Test func `a pause holds the rollout and its deadlines until it is taken back`() {
        let steps: [(Int64, Scenario.Deed)] = [(2, new), (4, Self.ask(.pause))]
        let paused = Rules.run([Rules.application()], steps, minutes: 120)
        let status = paused.engine.status(of: "search")
        #expect(status?.phase == .paused)
        #expect(status?.waiting?.message == "5% on flop: paused by operator (unverified)")
        #expect(paused.world.weights(of: "search")?.flop == 5)
        let resumed = Rules.run([Rules.application()], steps + [(120, .resume("search"))], minutes: 140)
        #expect(resumed.world.weights(of: "search")?.flop == 100)
        #expect(resumed.engine.status(of: "search")?.rejected == [])
    }

    @Test func `a hold goes on with what was left of it`() {
        // Ten minutes are held from about the third on; a pause after the fourth leaves more than eight.
        var strategy = Rules.canary
        strategy.stages[0].hold = .minutes(10)
        let steps: [(Int64, Scenario.Deed)] = [(2, new), (4, Self.ask(.pause)), (60, .resume("search"))]
        let held = Rules.run([Rules.application("search", strategy)], steps, minutes: 67)
        #expect(held.world.weights(of: "search")?.flop == 5)
        let over = Rules.run([Rules.application("search", strategy)], steps, minutes: 71)
        #expect(over.world.weights(of: "search")?.flop == 50)
    }

    @Test func `a paused rollout can be reverted`() {
        let simulation = Rules.run(
            [Rules.application()], [(2, new), (4, Self.ask(.pause)), (6, .revert("search"))], minutes: 12)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.remote.requests.isEmpty, "it ended with its rollout")
    }

    @Test func `a pause of the fleet holds everybody and outlives the daemon`() {
        let simulation = Rules.run(
            [Rules.application()], [(2, .pauseFleet(true)), (3, new), (5, .crash)], minutes: 60)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.engine.status(of: "search")?.waiting?.reason == .paused)
        #expect(simulation.remote.requests.count == 1)
    }

    @Test func `a promotion skips what is left of one hold`() {
        let simulation = Rules.run([Rules.application()], [(2, new), (3, Self.ask(.promote))], minutes: 5)
        #expect(simulation.world.weights(of: "search")?.flop == 50)
        #expect(simulation.engine.status(of: "search")?.waiting?.reason == .hold)
    }

    @Test func `a full promotion skips every stage but no capacity`() {
        let simulation = Rules.run([Rules.application()], [(2, new), (3, Self.ask(.promote, full: true))], minutes: 6)
        #expect(simulation.world.weights(of: "search")?.flop == 100)
        #expect(simulation.engine.status(of: "search")?.stage == nil)
    }

    @Test func `an abort goes back and is remembered`() {
        let simulation = Rules.run([Rules.application()], [(2, new), (4, Self.ask(.abort)), (6, .crash)], minutes: 60)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        let status = simulation.engine.status(of: "search")
        #expect(status?.rejected.map(\.reason) == ["aborted by operator (unverified)"])
        #expect(status?.phase == .degraded)
    }

    @Test func `a rejected release is tried again when someone asks, and once`() {
        let simulation = Rules.run([Rules.application()], [(2, bad), (12, Self.ask(.retry))], minutes: 60)
        let rejected = simulation.engine.status(of: "search")?.rejected
        #expect(rejected?.map(\.attempt.retry) == [nil, 1])
        #expect(simulation.performed("deploy").count == 2, "it still stands where it was rejected")
        #expect(simulation.world.weights(of: "search")?.flip == 100)
    }

    @Test func `an approval lets the stage pass and says who gave it`() {
        let (strategy, gates) = Self.consenting
        let waiting = Rules.run([Rules.application("search", strategy)], gates: gates, [(2, new)], minutes: 60)
        #expect(waiting.world.weights(of: "search")?.flop == 5)
        #expect(
            waiting.engine.status(of: "search")?.waiting?.message
                == "gate sign-off: 0 of 1 approvals; sluice approve search --gate sign-off")
        let given = Rules.run(
            [Rules.application("search", strategy)], gates: gates, [(2, new), (60, Self.ask(.approve))], minutes: 61)
        #expect(given.engine.status(of: "search")?.stage?.gates.first?.approvedBy == ["operator (unverified)"])
        #expect(given.engine.status(of: "search")?.stage?.gates.first?.verdict == .passed)
    }

    @Test func `a person with two names consents once`() {
        func request(_ by: String) -> Request {
            Request(id: "1", verb: .approve, application: "search", attempt: nil, by: by)
        }
        #expect(request("Ada <ada@example.org>").person == request("A. Lovelace <Ada@Example.org>").person)
        #expect(request("Ada <ada@example.org>").person != request("Ada <ada@example.com>").person)
        #expect(request("operator").person == "operator")
    }

    @Test func `an approval does not carry over to the next version`() {
        let (strategy, gates) = Self.consenting
        let simulation = Rules.run(
            [Rules.application("search", strategy)], gates: gates,
            [(2, new), (10, Self.ask(.approve)), (11, new)], minutes: 60)
        #expect(simulation.engine.status(of: "search")?.candidate?.release.release.version == "3")
        #expect(simulation.world.weights(of: "search")?.flop == 5)
    }

    @Test func `onFailure revert restores the stable release in the manifest, once`() {
        var strategy = Rules.canary
        strategy.onFailure = .revert
        let simulation = Rules.run([Rules.application("search", strategy)], [(2, bad)], minutes: 60)
        let status = simulation.engine.status(of: "search")
        #expect(status?.rejected.map(\.restoration) == [.pushed])
        #expect(simulation.remote.headFleet["search"]?.release.version == "1")
        #expect(status?.phase == .healthy)
        #expect(simulation.remote.commits.count == 3, "the first, the bad one, and the one that restores")
    }

    @Test func `the autoscaler's replicas are nobody's drift, and the next weight asks for them`() {
        var scenario = Scenario(
            seed: 1, fleet: [Rules.application()], gates: [:],
            steps: [
                .init(at: .minutes(2), deed: .disturb(.surge(application: "search", percent: 200, until: .hours(2)))),
                .init(at: .minutes(20), deed: new),
            ], faultsEnd: .hours(40), end: .hours(48))
        scenario.autoscales = true
        var simulation = Simulation(scenario, trace: Trace(keepsLines: true))
        simulation.run(until: .minutes(19))
        var world = simulation.world
        let stable = world.observe("search").sides.flip?.components.first
        #expect(stable?.floor == 8 && (stable?.replicas ?? 0) > 8)
        #expect(simulation.performed("scale") == [], "nobody takes the autoscaler's replicas away")
        simulation.run(until: .minutes(60))
        #expect(simulation.laws.violation == nil)
        #expect(simulation.world.weights(of: "search")?.flop == 100)
        world = simulation.world
        #expect((world.observe("search").sides.flop?.components.first?.ready ?? 0) > 8)
    }
}
