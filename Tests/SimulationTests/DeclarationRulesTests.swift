import Core
import SimulationKit
import Simulator
import Testing

/// What a declaration means, rule by rule: the real engine on a simulated platform, no faults.
@Suite struct DeclarationRulesTests {
    static let canary = Strategy(
        stages: [
            .init(name: "canary", weight: 5, hold: .minutes(2)), .init(name: "half", weight: 50, hold: .minutes(2)),
            .init(name: "full", weight: 100, hold: .minutes(1)),
        ], progressDeadline: .minutes(5), retention: .init(time: .minutes(30), capacity: 25))

    static func application(_ name: String = "search", replicas: Int = 8, _ strategy: Strategy = canary) -> Application
    {
        let run = SimulatedRun(startTime: .seconds(10), drainTime: .seconds(2))
        return Application(
            name: name,
            release: Release(version: "1", components: [Component(name: "api", kind: .service, run: .simulated(run))]),
            replicas: ["api": replicas], strategy: .inline(strategy))
    }

    /// Runs for `minutes`; steps are minutes after the start.
    static func run(
        _ fleet: [Application], gates: [String: Gate] = [:], _ steps: [(Int64, Scenario.Deed)], minutes: Int64
    ) -> Simulation {
        let scenario = Scenario(
            seed: 1, fleet: fleet, gates: gates,
            steps: steps.map { Scenario.Step(at: .minutes($0.0), deed: $0.1) }, faultsEnd: .hours(40), end: .hours(48))
        var simulation = Simulation(scenario, trace: Trace(keepsLines: true))
        simulation.run(until: .minutes(minutes))
        #expect(simulation.laws.violation == nil)
        return simulation
    }

    let new = Scenario.Deed.newVersion("search", faults: [])

    @Test func `the first release is deployed in full and then gets all traffic`() {
        let simulation = Self.run([Self.application()], [], minutes: 2)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.performed("route") == ["route 100/0"])
        #expect(simulation.engine.status(of: "search")?.phase == .healthy)
    }

    @Test func `a new version rises through its stages and holds each`() {
        let before = Self.run([Self.application()], [(2, new)], minutes: 4)
        #expect(before.world.weights(of: "search")?.flop == 5)
        #expect(before.engine.status(of: "search")?.waiting?.reason == .hold)
        let simulation = Self.run([Self.application()], [(2, new)], minutes: 20)
        #expect(simulation.performed("route").first == "route 100/0")
        #expect(simulation.performed("route").last == "route 0/100")
        #expect(simulation.engine.status(of: "search")?.stable?.side == .flop)
        #expect(simulation.engine.status(of: "search")?.retained?.served == true)
    }

    /// What touches a manifest, or merges, and declares nothing by it; with what the application is called then.
    static let journeys: [([(Int64, Scenario.Deed)], String)] = [
        ([(30, .move("search"))], "search"), ([(30, .mergeOlder(nil))], "search"),
        ([(30, .mergeOlder("search"))], "search"), ([(30, .rename("search", to: "find"))], "find"),
        ([(30, .move("search")), (30, .mergeOlder("search")), (31, .rename("search", to: "find"))], "find"),
        ([(29, .crash), (29, .mergeOlder(nil)), (30, .move("search")), (33, .crash)], "search"),
        ([(30, .rename("search", to: "find")), (33, .takeBackRename(of: "search", to: "find"))], "search"),
        (
            [(30, .rename("search", to: "find")), (33, .crash), (33, .takeBackRename(of: "search", to: "find"))],
            "search"
        ),
    ]

    @Test(arguments: journeys.indices)
    func `a release that waits dark and the one that serves stay where they are`(index: Int) {
        let (journey, name) = Self.journeys[index]
        let steps: [(Int64, Scenario.Deed)] = [(2, new), (20, .darkVersion("search"))]
        let simulation = Self.run([Self.application()], steps + journey, minutes: 50)
        let status = simulation.engine.status(of: name)
        #expect(simulation.world.weights(of: name)?.flop == 100)
        #expect(status?.stable?.release.release.version == "2")
        #expect(status?.candidate?.release.release.version == "3")
        #expect(status?.candidate?.weight == 0)
    }

    @Test(arguments: journeys.indices)
    func `a release that was aborted stays so, until another and then it are declared`(index: Int) {
        let (journey, name) = Self.journeys[index]
        let steps: [(Int64, Scenario.Deed)] = [(2, new), (4, .ask("search", .abort, full: false))]
        let simulation = Self.run([Self.application()], steps + journey, minutes: 60)
        #expect(simulation.world.weights(of: name)?.flip == 100)
        #expect(simulation.engine.status(of: name)?.phase == .degraded)
        #expect(simulation.engine.status(of: name)?.rejected.count == 1)
        let anew: [(Int64, Scenario.Deed)] = [(40, .newVersion(name, faults: [])), (42, .revert(name))]
        let again = Self.run([Self.application()], steps + journey + anew, minutes: 90)
        // On its way, or there: the strategy that was merged may take its time.
        let tried = again.engine.status(of: name)
        #expect([tried?.stable, tried?.candidate].contains { $0?.release.release.version == "2" })
    }

    @Test func `an inactive head waits dark beside the release that serves`() {
        let simulation = Self.run(
            [Self.application()], [(2, new), (2, .setActivation("search", .inactive))], minutes: 10)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.world.readyReplicas(of: "search", on: .flop) == 2)
        #expect(simulation.engine.status(of: "search")?.candidate?.state == .inactive)
        #expect(simulation.engine.status(of: "search")?.phase == .healthy)
    }

    @Test func `reverting the commit that activated a release goes back to the one before`() {
        let simulation = Self.run(
            [Self.application()],
            [
                (2, new), (2, .setActivation("search", .inactive)), (5, .setActivation("search", .active)),
                (20, .setActivation("search", .inactive)),
            ], minutes: 30)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.engine.status(of: "search")?.stable?.release.release.version == "1")
        #expect(simulation.engine.status(of: "search")?.candidate?.release.release.version == "2")
    }

    @Test func `deactivating the only release leaves nothing serving`() {
        let simulation = Self.run([Self.application()], [(3, .setActivation("search", .inactive))], minutes: 6)
        #expect(simulation.world.weights(of: "search") == nil)
        #expect(simulation.world.digest(of: "search", on: .flip) != nil)
    }

    @Test func `suspension holds everything where it is`() {
        let simulation = Self.run([Self.application()], [(2, new), (4, .suspend("search", true))], minutes: 60)
        #expect(simulation.world.weights(of: "search")?.flop == 5)
        #expect(simulation.engine.status(of: "search")?.phase == .paused)
        #expect(simulation.engine.status(of: "search")?.waiting?.reason == .suspended)
    }

    @Test func `going back works while suspended`() {
        let simulation = Self.run(
            [Self.application()], [(2, new), (4, .suspend("search", true)), (6, .newVersion("search", faults: []))],
            minutes: 8)
        #expect(simulation.world.weights(of: "search")?.flop == 0)
    }

    @Test func `paused time does not count against the progress deadline`() {
        let steps: [(Int64, Scenario.Deed)] = [
            (2, .newVersion("search", faults: [.crashOnStart])), (3, .suspend("search", true)),
            (40, .suspend("search", false)),
        ]
        #expect(Self.run([Self.application()], steps, minutes: 42).engine.status(of: "search")?.rejected == [])
        #expect(Self.run([Self.application()], steps, minutes: 47).engine.status(of: "search")?.rejected.count == 1)
    }

    @Test func `until is a ceiling that a commit raises`() {
        let steps: [(Int64, Scenario.Deed)] = [
            (2, new), (2, .until("search", "canary")), (30, .until("search", "half")),
        ]
        let capped = Self.run([Self.application()], steps, minutes: 29)
        #expect(capped.world.weights(of: "search")?.flop == 5)
        #expect(capped.engine.status(of: "search")?.waiting?.reason == .until)
        #expect(Self.run([Self.application()], steps, minutes: 50).world.weights(of: "search")?.flop == 50)
    }

    @Test func `a version that never starts is rejected and what served keeps serving`() {
        let simulation = Self.run(
            [Self.application()], [(2, .newVersion("search", faults: [.crashOnStart]))], minutes: 12)
        let status = simulation.engine.status(of: "search")
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(status?.rejected.map(\.version) == ["2"])
        #expect(status?.phase == .degraded)
    }

    @Test func `a rejection outlives edits of replicas and ends when the release is declared anew`() {
        let bad = Scenario.Deed.newVersion("search", faults: [.crashOnStart])
        let edited = Self.run([Self.application()], [(2, bad), (12, .replicas("search", 6))], minutes: 30)
        #expect(edited.performed("deploy flop").count == 1)
        let anew = Self.run(
            [Self.application()], [(2, bad), (12, .revert("search")), (14, .revert("search"))], minutes: 30)
        #expect(anew.engine.status(of: "search")?.rejected.count == 2)
    }

    @Test func `a revert in flight goes back and rejects nothing`() {
        let simulation = Self.run([Self.application()], [(2, new), (6, .revert("search"))], minutes: 12)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.engine.status(of: "search")?.rejected == [])
        #expect(simulation.engine.status(of: "search")?.phase == .healthy)
    }

    @Test func `going back to a retained side is a traffic switch without a deployment`() {
        let simulation = Self.run([Self.application()], [(2, new), (14, .revert("search"))], minutes: 20)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.performed("deploy").count == 2)
        #expect(simulation.engine.status(of: "search")?.stable?.release.release.version == "1")
    }

    @Test func `from a revert to the first weight that moves is one pass, and ready capacity takes it all`() throws {
        let simulation = Self.run([Self.application()], [(2, new), (20, .revert("search"))], minutes: 30)
        let revert = simulation.trace.lines.firstIndex { $0.hasSuffix("revert search") } ?? 0
        let since = simulation.trace.lines[revert...].drop { !$0.hasSuffix(" fetch") }
        let done = since.filter { $0.contains(" perform ") }
        #expect(done.first?.contains("route 25/75") == true, "the retained quarter carries a quarter at once: \(done)")
        // What the fetch brought is acted on by the first look. A second one would come this much later.
        let interval = EngineConfiguration().activeObserveInterval
        func time(_ line: String?) throws -> Span {
            try #require(line?.split(separator: " ").first.flatMap { Span($0) })
        }
        #expect(try time(done.first) - time(since.first) < interval, "\(since.prefix(4))")
        // Eight replicas and a surge of two: a quarter more is ready each time, and gets its traffic.
        let routes = done.compactMap { line in line.range(of: "route", after: "@").map { String(line[$0]) } }
        #expect(routes == ["route 25/75", "route 50/50", "route 75/25", "route 100/0"])
        let last = done.first { $0.hasSuffix("route 100/0") }
        #expect(try time(last) - time(since.first) < .seconds(75), "three starts of ten seconds, and no hold")
    }

    @Test func `a retained side is torn down when its time is over and not before`() {
        let kept = Self.run([Self.application()], [(2, new)], minutes: 38)
        #expect(kept.world.digest(of: "search", on: .flip) != nil)
        let gone = Self.run([Self.application()], [(2, new)], minutes: 60)
        #expect(gone.world.digest(of: "search", on: .flip) == nil)
    }

    @Test func `a newer version takes the side of the one in flight after traffic has gone back`() {
        let simulation = Self.run([Self.application()], [(2, new), (5, new)], minutes: 7)
        #expect(simulation.engine.status(of: "search")?.candidate?.release.release.version == "3")
        #expect(simulation.performed("route").contains("route 100/0"))
    }

    @Test func `a queued version waits for the rollout in flight`() {
        var strategy = Self.canary
        strategy.onNewVersion = .queue
        let simulation = Self.run([Self.application("search", strategy)], [(2, new), (5, new)], minutes: 8)
        #expect(simulation.engine.status(of: "search")?.candidate?.release.release.version == "2")
        let later = Self.run([Self.application("search", strategy)], [(2, new), (5, new)], minutes: 40)
        #expect(later.engine.status(of: "search")?.stable?.release.release.version == "3")
    }

    @Test func `onFailure hold stays where it is and says why`() {
        var strategy = Self.canary
        strategy.onFailure = .hold
        let simulation = Self.run(
            [Self.application("search", strategy)], [(2, .newVersion("search", faults: [.crashOnStart]))], minutes: 30)
        #expect(simulation.engine.status(of: "search")?.stage?.failure != nil)
        #expect(simulation.engine.status(of: "search")?.waiting?.reason == .failure)
    }

    @Test func `a gate that nothing can evaluate holds and says so`() {
        var strategy = Self.canary
        strategy.stages[0].gates = ["sign-off"]
        let gate = Gate(name: "sign-off", when: .before, check: .webhook(Webhook(url: "https://example.org")))
        let simulation = Self.run(
            [Self.application("search", strategy)], gates: ["sign-off": gate], [(2, new)], minutes: 60)
        let status = simulation.engine.status(of: "search")
        #expect(simulation.world.weights(of: "search")?.flop == 0)
        #expect(status?.rejected == [])
        #expect(status?.waiting?.message.hasPrefix("gate sign-off: nothing evaluates it") == true)
    }

    @Test func `an application waits for those it depends on`() {
        var second = Self.application("checkout")
        second.dependsOn = ["search"]
        let steps: [(Int64, Scenario.Deed)] = [(2, new), (2, .newVersion("checkout", faults: []))]
        let waiting = Self.run([Self.application(), second], steps, minutes: 5)
        #expect(waiting.engine.status(of: "checkout")?.waiting?.reason == .dependency)
        let done = Self.run([Self.application(), second], steps, minutes: 40)
        #expect(done.engine.status(of: "checkout")?.stable?.release.release.version == "2")
    }

    @Test func `replicas change in place`() {
        let simulation = Self.run([Self.application()], [(3, .replicas("search", 12))], minutes: 6)
        #expect(simulation.world.readyReplicas(of: "search", on: .flip) == 12)
        #expect(simulation.performed("deploy").count == 1)
    }

    @Test(arguments: [1, 2, 3, 4, 7, 10, 40, 200])
    func `total capacity stays within the surge`(replicas: Int) {
        let simulation = Self.run([Self.application(replicas: replicas)], [(2, new)], minutes: 60)
        #expect(simulation.engine.status(of: "search")?.stable?.release.release.version == "2")
        let granted = max((replicas * 25 + 99) / 100, (replicas + 99) / 100 + 1)
        #expect(simulation.world.peakCapacity(of: "search") <= 100 * (replicas + granted) / replicas)
    }

    @Test func `removal waits for its grace and being declared again cancels it`() {
        let waiting = Self.run([Self.application()], [(3, .remove("search"))], minutes: 7)
        #expect(waiting.engine.status(of: "search")?.phase == .removing)
        #expect(waiting.world.weights(of: "search")?.flip == 100)
        let gone = Self.run([Self.application()], [(3, .remove("search"))], minutes: 15)
        #expect(!gone.world.holdsAnything(of: "search"))
        let back = Self.run([Self.application()], [(3, .remove("search")), (6, .add("search"))], minutes: 15)
        #expect(back.engine.status(of: "search")?.phase == .healthy)
        #expect(back.performed("teardown").isEmpty)
    }

    /// Whether an application's status says, here and on the branch, that it is not declared and what it stays for.
    private func saysThatItStays(_ simulation: Simulation, for reason: String) -> Bool {
        [simulation.engine.status(of: "search"), simulation.remote.statuses["search"]].allSatisfy { status in
            let valid = status?.conditions.first { $0.type == .declarationValid }
            return valid?.status == false && valid?.reason == Condition.notDeclared
                && valid?.message.contains(reason) == true && status?.waiting?.reason == .invalid
                && status?.waiting?.message.contains(reason) == true
        }
    }

    @Test func `an incomplete tree prunes nothing, and what stays says for what`() {
        let simulation = Self.run(
            [Self.application(), Self.application("checkout")],
            [(3, .breakManifest("checkout")), (4, .remove("search"))], minutes: 60)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(saysThatItStays(simulation, for: "fleet/checkout.yaml:1:1"))
    }

    @Test func `rewritten history prunes nothing, and what stays says so`() {
        let simulation = Self.run(
            [Self.application()],
            [(2, .remove("search")), (3, .add("search")), (4, .replicas("search", 6)), (6, .rewriteHistory)],
            minutes: 60)
        #expect(simulation.world.holdsAnything(of: "search"))
        #expect(saysThatItStays(simulation, for: "was rewritten"))
    }

    @Test func `a renamed application is adopted as it runs`() {
        let simulation = Self.run([Self.application()], [(3, .rename("search", to: "find"))], minutes: 10)
        #expect(simulation.world.weights(of: "find")?.flip == 100)
        #expect(!simulation.world.holdsAnything(of: "search"))
        #expect(simulation.performed("deploy").count == 1)
    }

    @Test func `a rename that is taken back is adopted back as it runs`() {
        for crash in [[], [(Int64(8), Scenario.Deed.crash)]] {
            let back = Scenario.Deed.takeBackRename(of: "search", to: "find")
            let simulation = Self.run(
                [Self.application()], [(3, .rename("search", to: "find"))] + crash + [(8, back)], minutes: 40)
            #expect(simulation.world.weights(of: "search")?.flip == 100)
            #expect(!simulation.world.holdsAnything(of: "find"))
            #expect(simulation.performed("deploy").count == 1)
        }
    }

    @Test func `a former name that is declared again beside the new one is another application`() {
        let simulation = Self.run(
            [Self.application()], [(3, .rename("search", to: "find")), (8, .add("search"))], minutes: 40)
        #expect(simulation.world.weights(of: "find")?.flip == 100)
        #expect(simulation.world.weights(of: "search")?.flip == 100)
        #expect(simulation.performed("deploy").count == 2)
    }

    @Test func `what a hand changed on the platform is put right`() {
        let simulation = Self.run(
            [Self.application()],
            [(3, .disturb(.humanScales(application: "search", side: .flip, to: 2)))], minutes: 12)
        #expect(simulation.world.readyReplicas(of: "search", on: .flip) == 8)
        let deleted = Self.run(
            [Self.application()], [(3, .disturb(.humanDeletes(application: "search", side: .flip)))], minutes: 12)
        #expect(deleted.world.readyReplicas(of: "search", on: .flip) == 8)
    }

    @Test func `what a hand took from the side that serves is asked for again in the middle of a rollout`() {
        var application = Self.application()
        application.until = "canary"
        let scaled = Scenario.Deed.disturb(.humanScales(application: "search", side: .flip, to: 0))
        let simulation = Self.run([application], [(2, new), (8, scaled)], minutes: 30)
        #expect(simulation.world.readyReplicas(of: "search", on: .flip) == 8)
        #expect(simulation.world.weights(of: "search")?.flop == 5)
    }

    @Test func `a strategy edited in flight keeps the weight and starts the hold again`() {
        let simulation = Self.run([Self.application()], [(2, new), (4, .editStrategy("search"))], minutes: 5)
        #expect(simulation.world.weights(of: "search")?.flop == 5)
    }

    @Test(arguments: [
        (6, 1, false, 1), (6, 50, false, 3), (6, 99, false, 5), (2, 1, false, 1), (1, 49, false, 0),
        (1, 50, false, 1), (4, 49, true, 0), (4, 50, true, 4), (6, 0, false, 0), (6, 100, false, 6),
    ])
    func `consumers are divided by the rule for few replicas`(count: Int, weight: Int, exclusive: Bool, share: Int) {
        #expect(ConsumerShare.candidate(of: count, weight: weight, exclusive: exclusive) == share)
    }
}

extension Simulation {
    /// Actions that were performed, in short, those that begin with `prefix`.
    func performed(_ prefix: String) -> [String] {
        trace.lines.compactMap { line in
            guard line.contains(" perform "), let range = line.range(of: "\(prefix)", after: "@") else { return nil }
            return String(line[range])
        }
    }
}

extension String {
    /// From the first occurrence of `text` after the last `mark` to the end.
    func range(of text: String, after mark: Character) -> Range<String.Index>? {
        guard let start = lastIndex(of: mark) else { return nil }
        var rest = self[start...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) { return rest.startIndex..<endIndex }
            rest = rest.dropFirst()
        }
        return nil
    }
}
