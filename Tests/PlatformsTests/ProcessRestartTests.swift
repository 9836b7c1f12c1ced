import Conformance
import Core
import Foundation
import Glibc
import Platforms
import Signal
import TestSupport
import Testing

/// The daemon dies, at whatever moment: processes are found again, never doubled, never left behind.
@Suite(.timeLimit(.minutes(10))) struct ProcessRestartTests {
    private static let idle = ProcessBench.release(ProcessRun(command: ["sleep", "1000"]), kind: .consumer)

    private func change(_ bench: ProcessBench, _ body: (inout [String: Any]) -> Void) throws -> [String] {
        let folder = bench.directory + "/replicas"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        for name in names {
            let url = URL(filePath: "\(folder)/\(name)")
            var record = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
            body(&record)
            try JSONSerialization.data(withJSONObject: record).write(to: url, options: .atomic)
        }
        return names
    }

    @Test func `another daemon goes on with what runs`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(Self.idle, floor: 3)
        try await bench.perform(.route(Route(weights: Weights(40, on: .flip))), sequence: 2)
        let (processes, instances) = (bench.marked.sorted(), bench.registrations)
        bench.time.pass(.seconds(1))
        try bench.startAgain()
        let seen = try await bench.platform.observe("shop")
        #expect(seen.sides.flip?.digest == Self.idle.digest && seen.route?.route.weights == Weights(40, on: .flip))
        #expect(seen.sides.flip?.components.first?.ready == 3)
        for _ in 1...3 {
            bench.time.pass(.seconds(6))
            _ = await bench.platform.look()
        }
        #expect(bench.marked.sorted() == processes && bench.registrations == instances)
        // It is fenced by what the one before it did.
        let late = await #expect(throws: EffectFailure.self) {
            try await bench.perform(.scale(side: .flip, floors: ["worker": 9]), sequence: 1)
        }
        #expect(late?.kind == .refused)
        try await bench.perform(.scale(side: .flip, floors: ["worker": 1]), sequence: 3)
        try await bench.until("two end") { bench.marked.count == 1 && bench.registrations.count == 1 }
        #expect(Set(processes).isSuperset(of: bench.marked))
    }

    @Test func `one that was started and not yet written down is taken over`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(Self.idle, floor: 2)
        let processes = bench.marked.sorted()
        _ = try change(bench) { $0["process"] = nil }
        try bench.startAgain()
        #expect(try await bench.worker?.replicas == 2)
        for _ in 1...3 { _ = await bench.platform.look() }
        #expect(bench.marked.sorted() == processes)
    }

    @Test func `one that was to be started and was not is started once`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(Self.idle)
        let old = bench.marked
        for number in old { kill(number, SIGKILL) }
        _ = try change(bench) { $0["process"] = nil }
        try bench.startAgain()
        try await bench.until("another runs") { bench.marked.count == 1 && bench.marked != old }
        #expect(try await bench.worker?.replicas == 1 && bench.registrations.count == 1)
    }

    @Test func `one that is in no record is ended`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(Self.idle, floor: 2)
        let old = bench.marked
        try FileManager.default.removeItem(atPath: bench.directory + "/replicas")
        try bench.startAgain()
        try await bench.until("two others run") { bench.marked.count == 2 && Set(bench.marked).isDisjoint(with: old) }
        #expect(bench.registrations.count == 2)
    }

    @Test func `a number that another process has by now is nobody's`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(Self.idle)
        for number in bench.marked { kill(number, SIGKILL) }
        let mine = Int(getpid())
        _ = try change(bench) { record in
            var process = record["process"] as? [String: Any] ?? [:]
            process["number"] = mine
            record["process"] = process
        }
        try bench.startAgain()
        // This very process would not live to see it.
        bench.time.pass(.seconds(1))
        try await bench.until("another runs", passing: .milliseconds(10)) { bench.marked.count == 1 }
        #expect(try await bench.worker?.replicas == 1)
    }

    @Test func `a registration stays while anything of the instance runs`() async throws {
        let bench = try ProcessBench()
        let run = ProcessBench.shell("trap '' TERM; while :; do sleep 0.1; done", drainTime: .seconds(30))
        try await bench.deploy(ProcessBench.release(run, kind: .consumer))
        try await bench.until("it runs") { bench.marked.count >= 2 }
        try await bench.perform(.teardown(side: .flip), sequence: 2)
        for number in bench.marked.sorted().prefix(1) { kill(number, SIGKILL) }
        _ = await bench.platform.look()
        try bench.startAgain()
        // Its first process is gone, and so is the daemon that told it to end.
        _ = await bench.platform.look()
        if !bench.marked.isEmpty { #expect(bench.registrations.count == 1) }
        bench.time.pass(.seconds(30))
        try await bench.until("all are gone") {
            try bench.marked.isEmpty && bench.registrations.isEmpty
                && ["replicas", "logs"].allSatisfy {
                    try FileManager.default.contentsOfDirectory(atPath: "\(bench.directory)/\($0)").isEmpty
                }
        }
    }

    @Test func `output goes too where all ended while no daemon looked`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(Self.idle)
        try await bench.until("it runs") { bench.marked.count == 1 }
        try await bench.perform(.teardown(side: .flip), sequence: 2)
        for number in bench.marked { kill(number, SIGKILL) }
        try await eventually("it is gone") { bench.marked.isEmpty }
        try bench.startAgain()
        _ = await bench.platform.look()
        for folder in ["replicas", "logs", "instances"] {
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(bench.directory)/\(folder)").isEmpty)
        }
    }

    @Test func `a takeover that was cut short is finished by the next daemon`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(Self.idle, floor: 2)
        let former = bench.directory + "/applications/shop.json"
        let before = try Data(contentsOf: URL(filePath: former))
        _ = try await bench.platform.perform(.adopt(from: "shop"), key: PlatformConformance.key("store", 2))
        #expect(Set(bench.registrations.values.map { $0["application"] }) == ["store"])
        let processes = bench.marked.sorted()
        try before.write(to: URL(filePath: former))
        try bench.startAgain()
        let (old, new) = (try await bench.platform.observe("shop"), try await bench.platform.observe("store"))
        #expect(old.sides.flip == nil && new.sides.flip?.components.first?.replicas == 2)
        #expect(bench.marked.sorted() == processes)
        _ = try await bench.platform.perform(.adopt(from: "shop"), key: PlatformConformance.key("store", 2))
        #expect(try await bench.platform.observe("store").sides.flip?.digest == Self.idle.digest)
    }
}
