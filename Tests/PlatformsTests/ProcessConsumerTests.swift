import Conformance
import Core
import Foundation
import Glibc
import Platforms
import Reconciler
import Routing
import Signal
import Synchronization
import Testing

/// Consumers that are real processes, told by a hub and an agent.
@Suite(.timeLimit(.minutes(10))) struct ProcessConsumerTests {
    @Test func `consumers that run as processes keep every promise`() async throws {
        let bench = try ProcessBench()
        let hub = ElevationHub(time: bench.time)
        await hub.lead(1)
        bench.platform.follow(hub)
        let platform = ElevatedPlatform(bench.platform, hub: hub, consumers: { _ in ["worker"] })
        let release = ProcessBench.release(ProcessRun(command: ["sleep", "1000"]), kind: .consumer)
        try await ConsumerConformance.check(platform, release, ProcessWorkers(bench: bench, hub: hub))
    }
}

/// An agent that looks when it is told to, and workers of which the test decides what they say.
private struct ProcessWorkers: PlayedWorkers {
    let bench: ProcessBench
    let hub: ElevationHub
    private let said = Said()

    private final class Said: Sendable {
        let reports = Mutex<[String: WorkerReport]>([:])
    }

    init(bench: ProcessBench, hub: ElevationHub) {
        self.bench = bench
        self.hub = hub
    }

    func instances() async throws -> [String] { bench.registrations.keys.sorted() }

    func told() async throws -> [ElevationState] {
        try await report()
        let stream = try await hub.open("laptop")
        return try #require(await hub.next(for: "laptop", stream: stream)).elevations.states
    }

    func say(_ report: WorkerReport, as instance: String) async throws {
        said.reports.withLock { $0[instance] = report }
        try await self.report()
    }

    func end(_ instance: String) async throws {
        let number = bench.marked.first {
            SmallProc.read("/proc/\($0)/environ").contains("SLUICE_INSTANCE=\(instance)\0")
        }
        kill(try #require(number), SIGKILL)
        try await bench.until("\(instance) is gone") { bench.registrations[instance] == nil }
        try await report()
    }

    /// All that is registered, as an agent says it first.
    private func report() async throws {
        let instances = bench.registrations.values.map { texts in
            InstanceReport(
                instance: texts["instance"] ?? "", application: texts["application"] ?? "",
                component: texts["component"] ?? "", side: texts["side"] == "flip" ? .flip : .flop,
                version: texts["version"] ?? "", worker: said.reports.withLock { $0[texts["instance"] ?? ""] })
        }
        try await hub.take(
            MachineReport(machine: "laptop", isFull: true, instances: instances.sorted { $0.instance < $1.instance }))
    }
}
