import Core
import Routing
import Signal
import TestSupport
import Testing

@Suite struct ElevationLedgerTests {
    private let start = Instant(milliseconds: 1_700_000_000_000)

    private func instance(
        _ name: String, _ side: Signal.Side = .flip, _ worker: WorkerReport? = nil, isGone: Bool = false
    ) -> InstanceReport {
        InstanceReport(
            instance: name, application: "search", component: "indexer", side: side, version: "1", worker: worker,
            isGone: isGone)
    }

    private func wanted(_ flip: Int, _ flop: Int) -> WantedElevation {
        var wanted = WantedElevation()
        wanted.weights = .init(flip: 100, flop: 0)
        wanted.actives = ["indexer": .init(flip: flip, flop: flop)]
        return wanted
    }

    private func observation(flip: Int, flop: Int = 0) -> Observation {
        func side(_ count: Int) -> SideObservation? {
            count == 0
                ? nil
                : SideObservation(
                    digest: Digest(of: "1".utf8), version: "1", epoch: 1,
                    components: [ComponentObservation(name: "indexer", floor: count, replicas: count, ready: count)])
        }
        return Observation(readAt: start, route: nil, sides: Core.PerSide(flip: side(flip), flop: side(flop)))
    }

    private func active(_ ledger: ElevationLedger, _ machine: String) -> [String] {
        ledger.elevations(for: machine).states.filter(\.isActive).map(\.instance)
    }

    /// One machine with two instances on each side, its stream open.
    private func fleet(epoch: Int = 3) throws -> ElevationLedger {
        var ledger = ElevationLedger()
        _ = ledger.lead(epoch, at: start)
        _ = try ledger.connect("m1", at: start)
        let instances = [instance("a"), instance("b"), instance("c", .flop), instance("d", .flop)]
        _ = try ledger.take(MachineReport(machine: "m1", isFull: true, instances: instances), at: start)
        return ledger
    }

    @Test func `an instance that has to stop counts until it says so, after it was told`() throws {
        var ledger = try fleet()
        #expect(ledger.want(wanted(1, 0), of: "search", at: start) == ["m1": ["search"]])
        #expect(active(ledger, "m1") == ["a"])
        let first = try #require(ledger.order)
        _ = ledger.want(wanted(0, 1), of: "search", at: start)
        #expect(active(ledger, "m1") == [])
        let second = try #require(ledger.order)
        // It paused before it was told to begin; nothing follows from that.
        for old in [nil, first] {
            let paused = instance("a", .flip, WorkerReport(.paused, follows: old))
            _ = try ledger.take(MachineReport(machine: "m1", isFull: false, instances: [paused]), at: start)
            #expect(active(ledger, "m1") == [])
        }
        let draining = instance("a", .flip, WorkerReport(.draining, inFlight: 2, follows: second))
        _ = try ledger.take(MachineReport(machine: "m1", isFull: false, instances: [draining]), at: start)
        #expect(active(ledger, "m1") == [])
        let paused = instance("a", .flip, WorkerReport(.paused, follows: second))
        _ = try ledger.take(MachineReport(machine: "m1", isFull: false, instances: [paused]), at: start)
        #expect(active(ledger, "m1") == ["c"])
    }

    @Test(arguments: [true, false]) func `so does its end`(_ isFull: Bool) throws {
        var ledger = try fleet()
        _ = ledger.want(wanted(1, 0), of: "search", at: start)
        _ = ledger.want(wanted(0, 1), of: "search", at: start)
        let report =
            isFull
            ? MachineReport(machine: "m1", isFull: true, instances: [instance("c", .flop), instance("d", .flop)])
            : MachineReport(machine: "m1", isFull: false, instances: [instance("a", isGone: true)])
        _ = try ledger.take(report, at: start)
        #expect(active(ledger, "m1") == ["c"])
    }

    @Test func `what is observed is what was said`() throws {
        var ledger = try fleet()
        _ = ledger.want(wanted(2, 0), of: "search", at: start)
        var seen = ledger.overlaid(observation(flip: 2, flop: 2), of: "search", consumers: [], at: start)
        #expect(seen.sides.flip?.components.first?.active == 0)
        let order = ledger.order
        let said = [
            instance("a", .flip, WorkerReport(.consuming, inFlight: 3, follows: order)),
            instance("b", .flip, WorkerReport(.consuming, inFlight: 1, follows: order)),
        ]
        _ = try ledger.take(MachineReport(machine: "m1", isFull: false, instances: said), at: start)
        seen = ledger.overlaid(observation(flip: 2, flop: 2), of: "search", consumers: [], at: start)
        #expect(seen.sides.flip?.components.first?.active == 2)
        #expect(seen.sides.flip?.components.first?.inFlight == 4)
        #expect(seen.sides.flop?.components.first?.active == 0)
        #expect(seen.sides.flop?.components.first?.inFlight == 0)
        #expect(seen.sides.flip?.components.first?.trouble == nil)
        #expect(seen.sides.flip?.components.first?.unheard == nil)
    }

    @Test func `one that was told to stop and never said anything may hold something`() throws {
        var ledger = try fleet()
        _ = ledger.want(wanted(1, 0), of: "search", at: start)
        _ = ledger.want(wanted(0, 0), of: "search", at: start)
        let seen = ledger.overlaid(observation(flip: 2), of: "search", consumers: [], at: start)
        #expect(seen.sides.flip?.components.first?.inFlight == 1)
        #expect(seen.sides.flip?.components.first?.unheard == Unheard(replicas: 1, by: "the agent of m1"))
    }

    @Test func `an agent that is gone is named after a while, and what it said last stands`() throws {
        var ledger = try fleet()
        _ = ledger.want(wanted(1, 0), of: "search", at: start)
        let said = instance("a", .flip, WorkerReport(.consuming, follows: ledger.order))
        _ = try ledger.take(MachineReport(machine: "m1", isFull: false, instances: [said]), at: start)
        _ = ledger.disconnect("m1", at: start)
        func seen(_ after: Span) -> ComponentObservation? {
            ledger.overlaid(observation(flip: 2), of: "search", consumers: [], at: start + after).sides.flip?
                .components.first
        }
        #expect(seen(.seconds(14))?.trouble == nil)
        #expect(seen(.seconds(15))?.trouble?.contains("agent of m1") == true)
        #expect(seen(.seconds(15))?.active == 1)
        _ = try ledger.connect("m1", at: start)
        #expect(seen(.seconds(60))?.trouble == nil)
    }

    @Test func `replicas that no agent reports are said to be missing`() throws {
        let ledger = try fleet()
        let seen = ledger.overlaid(observation(flip: 3), of: "search", consumers: ["indexer"], at: start)
        #expect(seen.sides.flip?.components.first?.trouble?.contains("1 of 3 ready replicas") == true)
        #expect(seen.sides.flip?.components.first?.unheard?.replicas == 1, "what it was told before is not known")
    }

    @Test func `a machine that is reached by git alone is told, and is named`() throws {
        var ledger = ElevationLedger()
        _ = ledger.lead(3, at: start)
        _ = try ledger.know(
            [MachineReport(machine: "m9", isFull: true, instances: [instance("a")])], told: [:], at: start)
        #expect(ledger.want(wanted(1, 0), of: "search", at: start) == ["m9": ["search"]])
        #expect(active(ledger, "m9") == ["a"])
        let seen = ledger.overlaid(observation(flip: 1), of: "search", consumers: [], at: start)
        #expect(seen.sides.flip?.components.first?.trouble?.contains("agent of m9 is reached by git alone") == true)
        #expect(seen.sides.flip?.components.first?.active == 0)
    }

    @Test func `an instance whose application is renamed is at work as before`() throws {
        var ledger = try fleet()
        _ = ledger.want(wanted(1, 0), of: "search", at: start)
        #expect(active(ledger, "m1") == ["a"])
        // The agent reads the registration anew; the worker has yet to poll under it.
        var renamed = [instance("a"), instance("b"), instance("c", .flop)]
        for index in renamed.indices { (renamed[index].application, renamed[index].worker) = ("find", nil) }
        _ = try ledger.take(MachineReport(machine: "m1", isFull: true, instances: renamed), at: start)
        _ = ledger.find(wanted(0, 1), of: "find", replicas: [:], at: start)
        let seen = ledger.overlaid(observation(flip: 2), of: "find", consumers: ["indexer"], at: start)
        #expect(seen.sides.flip?.components.first?.unheard?.replicas ?? 0 > 0, "whether it takes messages is not known")
        #expect(active(ledger, "m1").isEmpty, "the other side waits for it")
    }

    @Test func `after a restart whoever was told to stop is at work until it says that it paused`() throws {
        func told(_ isActive: Bool, _ sequence: Int) -> InstanceReport.Told {
            InstanceReport.Told(
                ElevationState(
                    instance: "a", application: "search", component: "indexer", side: .flip, version: "1",
                    isActive: isActive, weight: 0, since: "", order: .init(epoch: 3, sequence: sequence)))
        }
        for (before, worker, expected) in [
            // It has not polled since its agent was started anew.
            (told(false, 7), nil, []),
            (told(false, 7), WorkerReport(.paused, follows: .init(epoch: 3, sequence: 6)), []),
            (told(false, 7), WorkerReport(.paused, follows: .init(epoch: 3, sequence: 7)), ["b"]),
            (told(true, 7), WorkerReport(.paused, follows: .init(epoch: 3, sequence: 6)), []),
        ] as [(InstanceReport.Told, WorkerReport?, [String])] {
            var ledger = ElevationLedger()
            _ = ledger.lead(4, at: start)
            // One is asked for, on the other side.
            _ = ledger.find(wanted(0, 1), of: "search", replicas: [:], at: start)
            _ = try ledger.connect("m1", at: start)
            var (old, new) = (instance("a"), instance("b"))
            (old.told, old.worker, new.side) = (before, worker, .flop)
            _ = try ledger.take(MachineReport(machine: "m1", isFull: true, instances: [old, new]), at: start)
            #expect(active(ledger, "m1") == expected, "\(before) \(String(describing: worker))")
        }
    }

    @Test func `after a restart nobody is made active while others may be`() throws {
        var ledger = ElevationLedger()
        _ = ledger.lead(4, at: start)
        _ = ledger.find(wanted(2, 0), of: "search", replicas: ["indexer": 4], at: start)
        _ = try ledger.connect("m2", at: start)
        // The first machine that is back has none that was active.
        let idle = [instance("c"), instance("d")].map { report in
            var report = report
            report.worker = WorkerReport(.paused)
            return report
        }
        _ = try ledger.take(MachineReport(machine: "m2", isFull: true, instances: idle), at: start)
        #expect(active(ledger, "m2") == [])
        _ = try ledger.connect("m1", at: start)
        let busy = [instance("a"), instance("b")].map { report in
            var report = report
            report.worker = WorkerReport(.consuming)
            return report
        }
        _ = try ledger.take(MachineReport(machine: "m1", isFull: true, instances: busy), at: start)
        _ = ledger.find(wanted(2, 0), of: "search", replicas: ["indexer": 4], at: start)
        #expect(active(ledger, "m1") == ["a", "b"])
        #expect(active(ledger, "m2") == [])
    }

    @Test func `what an older leader would tell is told by nobody`() throws {
        var ledger = try fleet()
        _ = ledger.lead(nil, at: start)
        #expect(ledger.want(wanted(1, 0), of: "search", at: start).isEmpty)
        #expect(ledger.lead(5, at: start) == ["m1": ["search"]])
        #expect(active(ledger, "m1") == ["a"])
        #expect(ledger.elevations(for: "m1").states.allSatisfy { $0.order.epoch == 5 })
    }

    @Test func `a name that is another machine's is not believed`() throws {
        var ledger = try fleet()
        _ = try ledger.connect("m2", at: start)
        _ = try ledger.take(
            MachineReport(machine: "m2", isFull: true, instances: [instance("a", .flop)]), at: start)
        _ = ledger.want(wanted(2, 0), of: "search", at: start)
        #expect(active(ledger, "m1") == ["a", "b"])
        #expect(ledger.elevations(for: "m2").states.isEmpty)
    }
}
