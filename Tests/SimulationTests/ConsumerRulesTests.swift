import Core
import SimulationKit
import Simulator
import Testing

/// How consumers are moved from one release to the next, rule by rule: the real engine on a simulated platform.
@Suite struct ConsumerRulesTests {
    static func application(replicas: Int = 6, exclusive: Bool = false, drain: Span = .seconds(3)) -> Application {
        let run = SimulatedRun(startTime: .seconds(10), drainTime: drain)
        let component = Component(
            name: "indexer", kind: .consumer, run: .simulated(run),
            subscriptions: [Subscription(topic: "listings", subscription: "search", exclusive: exclusive)])
        return Application(
            name: "search", release: Release(version: "1", components: [component]), replicas: ["indexer": replicas],
            strategy: .inline(DeclarationRulesTests.canary))
    }

    static func run(
        _ application: Application, partitions: Int = 64, counted: Bool = true, _ steps: [(Span, Scenario.Deed)],
        until end: Span
    ) -> Simulation {
        var scenario = Scenario(
            seed: 1, fleet: [application], steps: steps.map { Scenario.Step(at: $0.0, deed: $0.1) },
            faultsEnd: .hours(40), end: .hours(48))
        scenario.platformCountsPartitions = counted
        scenario.topics["listings"] = Topic(name: "listings", partitions: partitions, schemas: ["v1"])
        var simulation = Simulation(scenario, trace: Trace(keepsLines: true))
        simulation.run(until: end)
        #expect(simulation.laws.violation == nil)
        return simulation
    }

    let new = Scenario.Deed.newVersion("search", faults: [])

    private func active(_ simulation: Simulation, _ side: Side) -> Int {
        simulation.world.consumers("indexer", of: "search", on: side).active
    }

    private func disturb(_ disturbance: Disturbance) -> Scenario.Deed { .disturb(disturbance) }

    @Test func `a release that is declared inactive is up and takes nothing`() {
        let simulation = Self.run(
            Self.application(), [(.minutes(2), new), (.minutes(2), .setActivation("search", .inactive))],
            until: .minutes(10))
        #expect(simulation.world.readyReplicas(of: "search", on: .flop) == 2)
        #expect(simulation.world.consumers(of: "search", on: .flop).taken == 0)
        #expect(active(simulation, .flip) == 6)
        #expect(simulation.engine.status(of: "search")?.candidate?.state == .inactive)
    }

    @Test func `activation rises stage by stage and never leaves fewer active than before`() {
        let canary = Self.run(Self.application(), [(.minutes(2), new)], until: .minutes(4))
        #expect(active(canary, .flip) == 5)
        #expect(active(canary, .flop) == 1)
        #expect(canary.engine.status(of: "search")?.candidate?.state == .ramping)
        #expect(canary.engine.status(of: "search")?.stable?.state == .current)
        let half = Self.run(Self.application(), [(.minutes(2), new)], until: .minutes(6))
        #expect(active(half, .flip) == 3)
        #expect(active(half, .flop) == 3)
        var simulation = Self.run(Self.application(), [(.minutes(2), new)], until: .minutes(1))
        while simulation.now < Simulation.start + .minutes(9) {
            simulation.run(until: simulation.now - Simulation.start + .seconds(1))
            #expect(active(simulation, .flip) + active(simulation, .flop) >= 6)
        }
    }

    @Test func `the release at a hundred is current and the one before is drained once it said so`() {
        let steps = [(Span.minutes(2), new)]
        var slow = Self.run(Self.application(drain: .seconds(40)), steps, until: .minutes(2))
        func state() -> ReleaseState? { slow.engine.status(of: "search")?.stable?.state }
        while slow.now < Simulation.start + .minutes(15), state() != .draining {
            slow.run(until: slow.now - Simulation.start + .seconds(1))
        }
        #expect(state() == .draining)
        #expect(slow.world.weights(of: "search")?.flop == 100)
        #expect(slow.world.consumers(of: "search", on: .flip).held > 0)
        #expect(slow.engine.status(of: "search")?.candidate?.state == .current)
        let after = Self.run(Self.application(drain: .seconds(40)), steps, until: .minutes(12))
        #expect(after.world.consumers(of: "search", on: .flip).held == 0)
        #expect(after.engine.status(of: "search")?.stable?.state == .current)
        #expect(after.engine.status(of: "search")?.retained?.placement.state == .drained)
    }

    @Test func `rolling back while the old release is retained deploys nothing`() {
        let simulation = Self.run(
            Self.application(), [(.minutes(2), new), (.minutes(14), .revert("search"))], until: .minutes(20))
        #expect(active(simulation, .flip) == 6)
        #expect(active(simulation, .flop) == 0)
        #expect(simulation.performed("deploy").count == 2)
        #expect(simulation.engine.status(of: "search")?.retained?.placement.state == .drained)
    }

    @Test func `a first release serves when its consumers have said that they take messages`() {
        let down = disturb(.sidecarDown(application: "search", side: .flip, until: .minutes(10)))
        let before = Self.run(Self.application(), [(.seconds(1), down)], until: .minutes(5))
        let status = before.engine.status(of: "search")
        #expect(before.world.weights(of: "search")?.flip == 100)
        #expect(status?.stable == nil && status?.phase == .progressing)
        #expect(status?.waiting?.reason == .drain)
        #expect(status?.waiting?.message.contains("0/6 take messages") == true)
        let after = Self.run(Self.application(), [(.seconds(1), down)], until: .minutes(12))
        #expect(after.engine.status(of: "search")?.stable?.state == .current)
        #expect(after.engine.status(of: "search")?.phase == .healthy)
    }

    @Test func `of consumers that work nothing else is said than that they do`() {
        let status = Self.run(Self.application(), [(.minutes(2), new)], until: .minutes(30)).engine.status(of: "search")
        #expect(status?.phase == .healthy)
        let denied = status?.conditions.filter { !$0.status }.map(\.message)
        #expect(denied == [])
    }

    @Test func `a side that serves and whose consumers take no messages is not healthy`() {
        let steps = [
            (Span.minutes(5), disturb(.sidecarDown(application: "search", side: .flip, until: .minutes(10)))),
            (Span.minutes(6), disturb(.crash(application: "search", side: .flip, count: 6))),
        ]
        let during = Self.run(Self.application(), steps, until: .minutes(12)).engine.status(of: "search")
        #expect(during?.phase == .degraded)
        let condition = during?.conditions.first { $0.type == .stableHealthy }
        #expect(condition?.status == false && condition?.reason == "ConsumersIdle")
        #expect(condition?.message.contains("0/6 take messages") == true)
        let after = Self.run(Self.application(), steps, until: .minutes(25)).engine.status(of: "search")
        #expect(after?.phase == .healthy)
    }

    @Test func `an exclusive subscription moves at once and is never held by both`() {
        var simulation = Self.run(
            Self.application(exclusive: true), partitions: 4, [(.minutes(2), new)], until: .minutes(1))
        #expect(active(simulation, .flip) == 4)
        while simulation.now < Simulation.start + .minutes(10) {
            simulation.run(until: simulation.now - Simulation.start + .seconds(1))
            #expect(min(active(simulation, .flip), active(simulation, .flop)) == 0)
            #expect(max(active(simulation, .flip), active(simulation, .flop)) <= 4)
        }
        #expect(active(simulation, .flop) == 4)
    }

    @Test func `declared partitions bind where the platform counts none`() {
        let simulation = Self.run(
            Self.application(exclusive: true), partitions: 4, counted: false, [(.minutes(2), new)],
            until: .minutes(10))
        #expect(active(simulation, .flop) == 4)
    }

    @Test func `half of an exclusive subscription's consumers that have not heard keep the others waiting`() {
        let split = disturb(.sidecarSplit(application: "search", side: .flip, until: .minutes(30)))
        let steps = [(Span.minutes(4), split), (.minutes(2), new)]
        let held = Self.run(Self.application(exclusive: true), steps, until: .minutes(20))
        #expect(active(held, .flip) > 0)
        #expect(active(held, .flop) == 0)
        let message = held.engine.status(of: "search")?.waiting?.message ?? ""
        #expect(message.hasPrefix("indexer on flip: ") && message.hasSuffix("have not stopped taking messages"))
        #expect(active(Self.run(Self.application(exclusive: true), steps, until: .minutes(60)), .flop) == 6)
    }

    @Test func `a rollout holds while a consumer does not stop and says which`() {
        let ignored = disturb(.deactivationIgnored(application: "search", side: .flip, until: .hours(2)))
        let steps = [(Span.minutes(1), ignored), (.minutes(2), new)]
        let held = Self.run(Self.application(), steps, until: .minutes(60))
        #expect(held.world.weights(of: "search")?.flop == 5)
        #expect(held.engine.status(of: "search")?.waiting?.reason == .drain)
        let message = held.engine.status(of: "search")?.waiting?.message ?? ""
        #expect(message.hasPrefix("indexer on flip: 1 of 6 have not stopped"))
        let after = Self.run(Self.application(), steps, until: .minutes(150))
        #expect(active(after, .flop) == 6)
    }

    @Test func `a rollout that cannot be heard holds and names the agent`() {
        let lost = disturb(.reportsLost(application: "search", side: .flip, until: .hours(2)))
        let steps = [(Span.minutes(2), new), (.minutes(4), lost)]
        let held = Self.run(Self.application(), steps, until: .minutes(60))
        #expect((held.world.weights(of: "search")?.flop ?? 100) <= 50)
        #expect(held.engine.status(of: "search")?.waiting?.reason == .drain)
        #expect(Self.run(Self.application(), steps, until: .minutes(150)).world.weights(of: "search")?.flop == 100)
    }

    @Test func `a version whose consumers cannot be activated goes back`() {
        let down = disturb(.sidecarDown(application: "search", side: .flop, until: .hours(2)))
        let simulation = Self.run(
            Self.application(), [(.minutes(2), new), (.minutes(2) + .seconds(6), down)], until: .minutes(30))
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(active(simulation, .flip) == 6)
        #expect(simulation.engine.status(of: "search")?.rejected.count == 1)
        #expect(simulation.world.consumers(of: "search", on: .flop).taken == 0)
    }

    @Test func `messages of a consumer that dies are delivered again`() throws {
        let crash = disturb(.crash(application: "search", side: .flip, count: 6))
        let simulation = Self.run(Self.application(), [(.minutes(3), crash)], until: .minutes(3) + .seconds(2))
        let lost = try #require(simulation.world.messages(of: "search").first)
        #expect(lost.unacknowledged > 0)
        let later = Self.run(Self.application(), [(.minutes(3), crash)], until: .minutes(10))
        let counts = try #require(later.world.messages(of: "search").first)
        #expect(counts.unacknowledged == 0)
        #expect(counts.dead == 0)
        #expect(counts.published == counts.waiting + counts.held + counts.processed)
    }

    @Test func `messages that fail every time end in the dead letter queue and are not lost`() throws {
        let bad = Scenario.Deed.newVersion("search", faults: [.errors(perMille: 900, after: .zero)])
        let simulation = Self.run(Self.application(), [(.minutes(2), bad)], until: .minutes(30))
        let counts = try #require(simulation.world.messages(of: "search").first)
        #expect(counts.dead > 0)
        #expect(
            counts.published == counts.waiting + counts.held + counts.unacknowledged + counts.processed + counts.dead)
    }

    @Test func `what has piled up is reported with the consumers that it takes`() {
        let surge = disturb(.backlog(application: "search", messages: 50_000))
        let simulation = Self.run(Self.application(), [(.minutes(3), surge)], until: .minutes(3) + .seconds(1))
        var world = simulation.world
        let backlog = world.observe("search").sides.flip?.component("indexer")?.backlog
        #expect(backlog?.messages ?? 0 > 40_000)
        #expect(backlog?.needed == 4)
        #expect(backlog?.partitions == nil)
    }
}
