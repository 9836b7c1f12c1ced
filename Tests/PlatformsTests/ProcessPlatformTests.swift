import Conformance
import Core
import Foundation
import Glibc
import Platforms
import Reconciler
import Signal
import TestSupport
import Testing

/// Real processes, well or badly behaved.
@Suite(.timeLimit(.minutes(10))) struct ProcessPlatformTests {
    private static let idle = ProcessRun(command: ["sleep", "1000"])

    @Test func `a platform of processes keeps every promise`() async throws {
        let bench = try ProcessBench()
        try await PlatformConformance.check(bench.platform, PlatformConformance.Releases(.process(Self.idle)))
    }

    @Test func `several environments and fleets share a platform of processes as promised`() async throws {
        let bench = try ProcessBench()
        try await PlatformConformance.check(
            shared: { tenancy in
                try bench.startAgain(for: tenancy)
                return bench.platform
            }, PlatformConformance.Releases(.process(Self.idle)))
    }

    @Test func `a record from before environments were told apart is whose that finds it`() async throws {
        let bench = try ProcessBench()
        let release = PlatformConformance.Releases(.process(Self.idle)).release
        try await bench.perform(PlatformConformance.deploy(release, .flip), sequence: 1)
        let file = URL(filePath: bench.directory + "/applications/shop.json")
        let kept = try String(contentsOf: file, encoding: .utf8)
        let bare = kept.replacingOccurrences(of: #""environment":"default","#, with: "")
        try #require(bare != kept)
        try Data(bare.utf8).write(to: file)
        for _ in 1...2 {
            try bench.startAgain(for: Tenancy(environment: "staging", fleet: "f1"))
            #expect(try await bench.platform.observe("shop").sides.flip?.digest == release.digest)
        }
        #expect(!FileManager.default.fileExists(atPath: file.path))
        try bench.startAgain(for: Tenancy())
        #expect(try await bench.platform.observe("shop").sides.flip == nil)
    }

    @Test func `a simulated component is refused by name`() async throws {
        let bench = try ProcessBench()
        do {
            try await bench.perform(PlatformConformance.deploy(PlatformConformance.release, .flip), sequence: 1)
            Issue.record("it was accepted")
        } catch let failure as EffectFailure {
            #expect(failure.kind == .refused)
            #expect(failure.message.hasPrefix("api is to be simulated, and this platform runs processes"))
        }
    }

    @Test func `a process counts as ready once it has run for a second`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(Self.idle), floor: 2)
        let fresh = try await bench.worker
        #expect(fresh?.replicas == 2 && fresh?.ready == 0)
        bench.time.pass(.seconds(1))
        try await bench.until("ready") { try await bench.worker?.ready == 2 }
        #expect(try await bench.worker?.trouble == nil)
    }

    @Test func `one that crashes is started again, each time later, and it is said how it ended`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(ProcessBench.shell("echo started; exit 3")))
        func starts() -> Int { bench.output.components(separatedBy: "started").count - 1 }
        for (count, wait) in [(1, Core.Span.seconds(1)), (2, .seconds(2)), (3, .seconds(4))] {
            try await bench.until("start \(count)") { try await bench.worker?.replicas == 0 && starts() == count }
            #expect(try await bench.worker?.trouble == "CrashLoopBackOff: exited with 3")
            bench.time.pass(wait - .milliseconds(1))
            for _ in 1...3 { _ = await bench.platform.look() }
            #expect(try await bench.worker?.replicas == 0 && starts() == count, "it is not started before its time")
            bench.time.pass(.milliseconds(1))
        }
    }

    @Test func `what cannot be started at all is in the same loop, and says why`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(ProcessRun(command: ["no-such-program-anywhere"])))
        #expect(
            try await bench.worker?.trouble
                == "CrashLoopBackOff: no-such-program-anywhere cannot be started: No such file or directory")
        #expect(bench.registrations.isEmpty)
    }

    @Test func `one that ignores SIGTERM is killed after its drain time, with all that it started`() async throws {
        let bench = try ProcessBench()
        let script = "trap '' TERM; sleep 1000 & setsid sleep 1000 & while :; do sleep 0.1; done"
        try await bench.deploy(ProcessBench.release(ProcessBench.shell(script, drainTime: .seconds(30))))
        try await bench.until("both children run") { bench.marked.count >= 3 }
        try await bench.perform(.teardown(side: .flip), sequence: 2)
        bench.time.pass(.milliseconds(29_999))
        for _ in 1...3 { _ = await bench.platform.look() }
        #expect(bench.marked.count >= 3, "they have their time to finish")
        bench.time.pass(.milliseconds(1))
        try await bench.until("nothing is left") { bench.marked.isEmpty }
    }

    @Test func `what a crashed process had started does not outlive it`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(ProcessBench.shell("setsid sleep 1000 & sleep 1000 & kill -9 $$")))
        try await bench.until("it is noticed") { try await bench.worker?.trouble?.contains("signal 9") == true }
        // Time stands still, so it is not started again.
        try await bench.until("nothing is left") { bench.marked.isEmpty }
    }

    @Test func `endless output is bounded while it goes on`() async throws {
        let bench = try ProcessBench()
        let script = "yes | head -c 3000000; while :; do echo alive; sleep 0.05; done"
        try await bench.deploy(ProcessBench.release(ProcessBench.shell(script)))
        func sizes() -> [String: Int] {
            let logs = bench.directory + "/logs"
            let paths = FileManager.default.enumerator(atPath: logs)?.allObjects as? [String] ?? []
            let files = paths.filter { $0.contains(".log") }.map { path in
                (path, (try? FileManager.default.attributesOfItem(atPath: "\(logs)/\(path)"))?[.size] as? Int ?? 0)
            }
            return Dictionary(uniqueKeysWithValues: files)
        }
        try await bench.until("it is cut, and goes on") {
            let sizes = sizes()
            return sizes.keys.contains { $0.hasSuffix(".1") } && sizes.values.allSatisfy { $0 <= 1 << 20 }
                && bench.output.contains("alive\n")
        }
    }

    @Test func `scaling down keeps those that take messages`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(Self.idle, kind: .consumer), floor: 3)
        let all = bench.registrations.keys.sorted()
        #expect(all.count == 3)
        for (index, instance) in all.enumerated() {
            bench.said.say(instance, WorkerReport(index == 2 ? .consuming : .paused))
        }
        _ = await bench.platform.look()
        try await bench.perform(.scale(side: .flip, floors: ["worker": 1]), sequence: 2)
        try await bench.until("two are gone") { bench.registrations.count == 1 }
        #expect(bench.registrations.keys.first == all[2])
    }

    @Test func `a service holds requests for its drain time after it lost its weight`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(ProcessBench.shell("exec sleep 1000", drainTime: .seconds(20))))
        #expect(try await bench.worker?.inFlight == 0)
        try await bench.perform(.route(Route(weights: Weights(10, on: .flip))), sequence: 2)
        #expect(try await bench.worker?.inFlight == 1)
        try await bench.perform(.route(Route(weights: Weights(0, on: .flip))), sequence: 3)
        bench.time.pass(.milliseconds(19_999))
        #expect(try await bench.worker?.inFlight == 1)
        bench.time.pass(.milliseconds(1))
        #expect(try await bench.worker?.inFlight == 0)
    }
}
