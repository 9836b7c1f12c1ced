import Agent
import Core
import Glibc
import Logging
import Reconciler
import Routing
import Signal
import SluiceClient
import Synchronization

/// How long it takes from what the daemon wants to what the workers do: 200 agents, each with one worker, all over real
/// sockets in this process.
struct WorkerActivation {
    let rounds: Int

    private static let agents = 200
    private static let token = "a token for the benchmark"
    /// Time between two polls of a worker.
    private static let interval = Duration.milliseconds(100)

    func measure(_ report: inout Report) async throws {
        try await measure("polling every 100 ms", wait: .zero, &report)
        try await measure("waiting for changes", wait: .seconds(30), &report)
    }

    private func measure(_ how: String, wait: Duration, _ report: inout Report) async throws {
        let scratch = try ScratchFolder()
        let silent = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let hub = ElevationHub(time: ClockTime<ContinuousClock>.wall())
        await hub.lead(1)
        await hub.elevate("search", Self.wanted(0))
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = try ElevationServer(hub, port: 0, token: Self.token, logger: silent) { port.yield($0) }
        let calls = HookCalls()
        var last: [Bool: [Double]] = [:]
        var all: [Bool: [Double]] = [:]
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            guard let number = await iterator.next() else { throw CancellationError() }
            for index in 0..<Self.agents {
                let worker = try Worker(index, scratch: scratch)
                let source = try StreamSource(
                    url: "http://127.0.0.1:\(number)", machine: worker.machine, token: Self.token)
                let agent = MachineAgent(
                    machine: worker.machine, instances: worker.instances, state: worker.state, source: source,
                    logger: silent)
                group.addTask { try await agent.run() }
                group.addTask { try await worker.run(wait: wait, calls) }
            }
            try await Self.until { await hub.observed() == 0 && calls.workers == Self.agents }
            for _ in 0..<max(2, rounds / 2) {
                for isActive in [true, false] {
                    calls.begin()
                    await hub.elevate("search", Self.wanted(isActive ? Self.agents : 0))
                    try await Self.until { calls.times.count == Self.agents }
                    let times = calls.times
                    last[isActive, default: []].append(times.max() ?? .nan)
                    all[isActive, default: []] += times
                    try await Self.until { await hub.observed() == (isActive ? Self.agents : 0) }
                }
            }
            group.cancelAll()
            // They end by being cancelled.
            while let result = await group.nextResult() { _ = result }
        }
        for (isActive, what) in [(true, "activation"), (false, "deactivation")] {
            let times = (all[isActive] ?? []).sorted()
            report.add("\(what) to the last of 200 hooks, \(how)", Self.agents, last[isActive] ?? [], unit: "ms")
            report.add("— p50 of all hooks", Self.agents, [Self.quantile(0.5, times)], unit: "ms")
            report.add("— p99 of all hooks", Self.agents, [Self.quantile(0.99, times)], unit: "ms")
        }
    }

    private static func quantile(_ share: Double, _ sorted: [Double]) -> Double {
        sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private static func wanted(_ count: Int) -> WantedElevation {
        var wanted = WantedElevation()
        wanted.weights = .init(flip: 100, flop: 0)
        wanted.actives = ["indexer": .init(flip: count, flop: 0)]
        return wanted
    }

    private static func until(_ isSo: () async -> Bool) async throws {
        for _ in 0..<24_000 {
            if await isSo() { return }
            try await ContinuousClock().sleep(for: .milliseconds(5))
        }
        throw Program.Failure(description: "the agents did not follow in two minutes")
    }
}

extension ElevationHub {
    /// Consumers that said they take messages; nil while not all agents have reported.
    fileprivate func observed() -> Int? {
        let side = SideObservation(
            digest: Digest(of: "1".utf8), version: "1", epoch: 1,
            components: [ComponentObservation(name: "indexer", floor: 200, replicas: 200, ready: 200)])
        let seen = observe(
            Observation(readAt: Instant(milliseconds: 0), route: nil, sides: .init(flip: side, flop: nil)),
            of: "search", consumers: ["indexer"], wanted: nil)
        let component = seen.sides.flip?.components.first
        return component?.trouble == nil && component?.inFlight == 0 ? component?.active : nil
    }
}

/// When hooks were called.
private final class HookCalls: Sendable {
    private let state = Mutex<(start: ContinuousClock.Instant, times: [Double], workers: Int)>((.now, [], 0))

    /// Milliseconds, of each call since the beginning.
    var times: [Double] { state.withLock { $0.times } }
    var workers: Int { state.withLock { $0.workers } }

    func begin() { state.withLock { ($0.start, $0.times) = (.now, []) } }
    func call() { state.withLock { $0.times.append(($0.start.duration(to: .now)).inSeconds * 1_000) } }
    func isThere() { state.withLock { $0.workers += 1 } }
}

/// A worker with its machine.
private struct Worker: Sendable {
    let machine: String
    let instances: String
    let state: String
    let socket: String

    init(_ number: Int, scratch: ScratchFolder) throws {
        machine = "m\(number)"
        instances = scratch.file("i\(number)")
        state = scratch.file("s\(number)")
        socket = scratch.file("\(number).sock")
        mkdir(instances, 0o755)
        mkdir(state, 0o755)
        guard let listen = ListenAddress("unix:\(socket)") else {
            throw Program.Failure(description: "\(socket) is too long for a socket")
        }
        let registration = Registration(
            instance: "\(machine)-indexer", application: "search", component: "indexer", side: .flip, version: "1",
            listen: listen)
        let path = "\(instances)/\(machine)-indexer.json"
        guard let file = fopen(path, "w") else { throw Program.Failure(description: "\(path) cannot be written") }
        fputs(registration.json, file)
        fclose(file)
    }

    func run(wait: Duration, _ calls: HookCalls) async throws {
        let watcher = try ElevationWatcher(
            endpoint: .unix(path: socket), interval: .milliseconds(100), wait: wait)
        calls.isThere()
        await watcher.run { _ in
            calls.call()
        } onDeactivate: { _ in
            calls.call()
        }
    }
}
