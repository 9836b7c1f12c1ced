import Core
import Reconciler
import Routing
import Signal
import Synchronization
import TestSupport
import Testing

/// What the signal costs the daemon, by counting.
@Suite(.timeLimit(.minutes(5))) struct ElevationHubTests {
    @Test func `one change is one message down to each machine concerned, and one report up`() async throws {
        let hub = ElevationHub(time: StillTime())
        await hub.lead(3)
        // Every tenth of 1,000 machines has a consumer of `search`; the others have one of `mail`.
        let agents = (0..<1_000).map { VirtualAgent($0, of: $0.isMultiple(of: 10) ? "search" : "mail", hub: hub) }
        // Without weight, so that whoever stays inactive hears of the first one too.
        var unweighted = Self.wanted(0)
        unweighted.weights = .init(flip: 0, flop: 0)
        for application in ["search", "mail"] { await hub.elevate(application, unweighted) }
        try await VirtualAgent.connect(agents)
        try await VirtualAgent.hear(agents)
        var before = await hub.counts
        #expect(before == .init(down: 2_000, up: 1_000))

        await hub.elevate("search", Self.wanted(40))
        let search = agents.filter { $0.application == "search" }
        try await VirtualAgent.hear(search)
        var after = await hub.counts
        #expect(after.down - before.down == 100)
        #expect(after.up == before.up)
        #expect(search.count { $0.state?.isActive == true } == 40)

        // The workers poll, and poll, and then do what they were told: whose state changed says so, once.
        for agent in agents { for _ in 0..<100 { _ = agent.poll() } }
        #expect(await hub.counts == after)
        try await VirtualAgent.follow(search.filter { $0.state?.isActive == true })
        before = after
        after = await hub.counts
        #expect(after.up - before.up == 40)
        #expect(after.down == before.down)

        // What changes ten times while nobody listens is one message.
        for count in [50, 60, 70, 60, 50, 40, 50, 60, 70, 80] { await hub.elevate("search", Self.wanted(count)) }
        before = await hub.counts
        try await VirtualAgent.hear(search, onlyNews: true)
        after = await hub.counts
        #expect(after.down - before.down <= 100)
        #expect(search.count { $0.state?.isActive == true } <= 80)
    }

    @Test func `another stream of a machine ends the one before`() async throws {
        let hub = ElevationHub(time: StillTime())
        await hub.lead(3)
        let first = try await hub.open("m1")
        _ = await hub.next(for: "m1", stream: first)
        async let waiting = hub.next(for: "m1", stream: first)
        let second = try await hub.open("m1")
        #expect(await waiting == nil)
        #expect(await hub.next(for: "m1", stream: second)?.elevations.isFull == true)
        await hub.close("m1", stream: first)
        await hub.elevate("search", Self.wanted(1))
        try await hub.take(VirtualAgent(1, of: "search", hub: hub).report(isFull: true, machine: "m1"))
        #expect(await hub.next(for: "m1", stream: second)?.elevations.states.count == 1)
    }

    @Test func `whoever waits and is cancelled goes away`() async throws {
        let hub = ElevationHub(time: StillTime())
        await hub.lead(3)
        let stream = try await hub.open("m1")
        _ = await hub.next(for: "m1", stream: stream)
        let waiting = Task { await hub.next(for: "m1", stream: stream) == nil }
        waiting.cancel()
        #expect(await waiting.value)
    }

    @Test func `machines without a stream find what they are told in the archive`() async throws {
        let archive = MemoryArchive()
        let hub = ElevationHub(time: StillTime(), archive: archive)
        await hub.lead(3)
        let agent = VirtualAgent(7, of: "search", hub: hub)
        try await hub.know([agent.report(isFull: true)])
        await hub.elevate("search", Self.wanted(1))
        try await eventually("the machine is told") { archive.states(agent.machine).first?.isActive == true }
        #expect(archive.states(agent.machine).map(\.isActive) == [true])
    }

    @Test func `a daemon that starts leaves what machines without a stream were told as it is`() async throws {
        let archive = MemoryArchive()
        let before = ElevationHub(time: StillTime(), archive: archive)
        let agents = [VirtualAgent(7, of: "search", hub: before), VirtualAgent(8, of: "search", hub: before)]
        let reports = agents.map { $0.report(isFull: true) }
        await before.lead(3)
        try await before.know(reports)
        await before.elevate("search", Self.wanted(1))
        let first = agents.map(\.machine)
        try await eventually("both are told") { !first.contains { archive.states($0).isEmpty } }
        let told = first.map { archive.states($0) }
        #expect(told.joined().map(\.isActive).sorted { $0 && !$1 } == [true, false])

        let after = ElevationHub(time: StillTime(), archive: archive)
        await after.lead(4)
        try await after.know(reports.reversed())
        await after.elevate("search", Self.wanted(1))
        await after.settle()
        #expect(first.map { archive.states($0) } == told)
        // One of them was told to stop, or never to begin: which, nobody knows. None is added beside it.
        await after.elevate("search", Self.wanted(2))
        try await eventually("both are active") { !first.contains { archive.states($0).first?.isActive != true } }
        #expect(first.flatMap { archive.states($0) }.map(\.isActive) == [true, true])
    }

    @Test func `a daemon that another has superseded keeps no stream, and writes nothing`() async throws {
        let archive = MemoryArchive()
        let hub = ElevationHub(time: StillTime(), archive: archive)
        await hub.lead(3)
        let (near, far) = (VirtualAgent(7, of: "search", hub: hub), VirtualAgent(8, of: "search", hub: hub))
        try await near.connect()
        let stream = try await hub.open(near.machine)
        _ = await hub.next(for: near.machine, stream: stream)
        let waiting = Task { await hub.next(for: near.machine, stream: stream) == nil }
        await hub.lead(nil)
        #expect(await waiting.value, "its agent looks for the daemon that leads")
        await #expect(throws: EffectFailure.self) { _ = try await hub.open(near.machine) }
        await #expect(throws: EffectFailure.self) { try await hub.take(far.report(isFull: true)) }
        try await hub.know([far.report(isFull: true)])
        await hub.elevate("search", Self.wanted(2))
        await hub.settle()
        #expect(archive.states(far.machine).isEmpty)
        // A lead that was given up long ago is answered late.
        await hub.lead(2)
        await #expect(throws: EffectFailure.self) { _ = try await hub.open(near.machine) }
    }

    @Test func `an agent that reports is believed before the inventory`() async throws {
        let archive = MemoryArchive()
        let hub = ElevationHub(time: StillTime(), archive: archive)
        await hub.lead(3)
        let agent = VirtualAgent(7, of: "search", hub: hub)
        let stream = try await hub.open(agent.machine)
        try await hub.take(agent.report(isFull: true))
        await hub.elevate("search", Self.wanted(1))
        try await hub.know([MachineReport(machine: agent.machine, isFull: true, instances: [])])
        let news = try #require(await hub.next(for: agent.machine, stream: stream))
        #expect(news.elevations.states.map(\.isActive) == [true])
    }

    static func wanted(_ flip: Int) -> WantedElevation {
        var wanted = WantedElevation()
        wanted.weights = .init(flip: 100, flop: 0)
        wanted.actives = ["indexer": .init(flip: flip, flop: 0)]
        return wanted
    }
}

/// A clock that stands.
struct StillTime: TimeSource {
    var now: Instant { Instant(milliseconds: 1_700_000_000_000) }

    func sleep(until instant: Instant) async throws {}
}

/// Keeps what machines are told in memory.
private final class MemoryArchive: ElevationArchive {
    private let files = Mutex<[String: MachineElevations]>([:])

    func store(_ elevations: [String: MachineElevations], epoch: Int) async throws(EffectFailure) {
        files.withLock { $0.merge(elevations) { $1 } }
    }

    func load(_ machine: String) async throws(EffectFailure) -> MachineElevations? {
        files.withLock { $0[machine] }
    }

    func states(_ machine: String) -> [ElevationState] { files.withLock { $0[machine]?.states ?? [] } }
}

extension ElevationHub {
    /// Comes back when what the hub began by itself has had its turn: it was asked for earlier than this.
    fileprivate func settle() {}
}

/// An agent without sockets or time, of a machine with one instance.
private final class VirtualAgent: Sendable {
    let machine: String
    let application: String
    private let hub: ElevationHub
    private let known = Mutex<(stream: Int, state: ElevationState?, worker: WorkerReport?)>((0, nil, nil))

    init(_ number: Int, of application: String, hub: ElevationHub) {
        machine = "m\(number)"
        self.application = application
        self.hub = hub
    }

    var state: ElevationState? { known.withLock { $0.state } }

    // The compiler (6.3.1) dies of these loops where they are part of a longer function.

    @inline(never) static func connect(_ agents: [VirtualAgent]) async throws {
        for agent in agents { try await agent.connect() }
    }

    @inline(never) static func hear(_ agents: [VirtualAgent], onlyNews: Bool = false) async throws {
        for agent in agents {
            let hasNews = await agent.hasNews
            if hasNews || !onlyNews { try await agent.hear() }
        }
    }

    @inline(never) static func follow(_ agents: [VirtualAgent]) async throws {
        for agent in agents { try await agent.follow() }
    }

    func connect() async throws {
        let stream = try await hub.open(machine)
        known.withLock { $0.stream = stream }
        try await hear()
        try await hub.take(report(isFull: true))
    }

    /// Whether what it was told last is not what it would be told now.
    var hasNews: Bool {
        get async { await hub.hasNews(for: machine) }
    }

    func hear() async throws {
        let stream = known.withLock { $0.stream }
        let news = try #require(await hub.next(for: machine, stream: stream))
        known.withLock { known in
            for state in news.elevations.states where state.order >= known.state?.order ?? state.order {
                known.state = state
            }
        }
    }

    /// What its worker's poll is answered with: the agent knows.
    func poll() -> Bool { state?.isActive ?? false }

    /// The worker does what it was told, and its agent says so.
    func follow() async throws {
        known.withLock { known in
            known.worker = WorkerReport(
                known.state?.isActive == true ? .consuming : .paused, follows: known.state?.order)
        }
        try await hub.take(report(isFull: false))
    }

    func report(isFull: Bool, machine: String? = nil) -> MachineReport {
        let instance = InstanceReport(
            instance: "\(self.machine)-0", application: application, component: "indexer", side: .flip, version: "1",
            worker: known.withLock { $0.worker })
        return MachineReport(machine: machine ?? self.machine, isFull: isFull, instances: [instance])
    }
}
