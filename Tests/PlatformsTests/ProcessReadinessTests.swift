import Core
import Foundation
import Platforms
import Signal
import TestSupport
import Testing

/// When processes count as ready, and what they are given.
@Suite(.timeLimit(.minutes(10))) struct ProcessReadinessTests {
    private static func web(_ path: String) -> ProcessRun {
        ProcessRun(
            command: ["sh", "-c", #"exec python3 -m http.server "$PORT" --bind 127.0.0.1"#], ports: ["http"],
            readiness: .http(path: path))
    }

    @Test func `a service is ready while it answers`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(Self.web("/")), floor: 2)
        #expect(try await bench.worker?.ready == 0)
        try await bench.until("ready", passing: .milliseconds(20)) { try await bench.worker?.ready == 2 }
        let address = try #require(await bench.platform.address(of: "worker", of: "shop", on: .flip))
        #expect(address.hasPrefix("http://127.0.0.1:"))
        // What was ready is so at once for the daemon that comes after.
        try bench.startAgain()
        #expect(try await bench.worker?.ready == 2)
    }

    @Test func `one that never becomes ready is started anew`() async throws {
        let bench = try ProcessBench()
        try await bench.deploy(ProcessBench.release(Self.web("/no-such-page")))
        try await bench.until("it runs") { bench.marked.count == 1 }
        let first = bench.marked
        bench.time.pass(.seconds(60))
        try await bench.until("it is noticed") {
            try await bench.worker?.trouble == "CrashLoopBackOff: did not become ready within 1m"
        }
        try await bench.until("another runs", passing: .milliseconds(20)) {
            try await bench.worker?.replicas == 1 && Set(bench.marked).isDisjoint(with: first)
        }
        #expect(try await bench.worker?.ready == 0)
    }

    @Test func `a consumer is ready once it has said what it does`() async throws {
        let bench = try ProcessBench()
        let run = ProcessRun(command: ["sleep", "1000"], readiness: .report)
        try await bench.deploy(ProcessBench.release(run, kind: .consumer))
        let instance = try #require(bench.registrations.keys.first)
        for _ in 1...3 {
            bench.time.pass(.seconds(1))
            _ = await bench.platform.look()
        }
        #expect(try await bench.worker?.ready == 0)
        bench.said.say(instance, WorkerReport(.paused))
        try await bench.until("ready", passing: .milliseconds(200)) { try await bench.worker?.ready == 1 }
    }

    @Test func `a process is given what is declared, what is its own, and nothing of the daemon's`() async throws {
        setenv("SLUICE_TEST_SECRET", "hunter2", 1)
        let bench = try ProcessBench()
        let run = ProcessRun(
            command: ["sh", "-c", "env; pwd; ls /proc/self/fd | tr '\\n' ' '; echo; exec sleep 1000"],
            environment: ["BROKER": "nats://127.0.0.1:4222"], directory: "/", ports: ["http", "admin-http"])
        try await bench.deploy(ProcessBench.release(run, kind: .consumer))
        try await bench.until("it has said all") { bench.output.contains("\n0 1 2") }
        let instance = try #require(bench.registrations.values.first)
        let lines = bench.output.split(separator: "\n")
        let variables = Dictionary(
            lines.compactMap { line -> (String, String)? in
                let pair = line.split(separator: "=", maxSplits: 1).map(String.init)
                return pair.count == 2 ? (pair[0], pair[1]) : nil
            }, uniquingKeysWith: { $1 })
        #expect(variables["BROKER"] == "nats://127.0.0.1:4222")
        #expect(variables["SLUICE_APPLICATION"] == "shop" && variables["SLUICE_SIDE"] == "flip")
        #expect(variables["SLUICE_COMPONENT"] == "worker" && variables["SLUICE_VERSION"] == "1.0.0")
        #expect(variables["SLUICE_INSTANCE"] == instance["instance"])
        #expect(variables["SLUICE_ELEVATION"] == "http://\(instance["listen"] ?? "")")
        #expect(variables["PORT"] != nil && variables["PORT"] == variables["PORT_HTTP"])
        #expect(variables["PORT_ADMIN_HTTP"] != variables["PORT"])
        #expect(variables["SLUICE_TEST_SECRET"] == nil)
        #expect(lines.contains("/"))
        // The fourth is what lists them.
        #expect(lines.contains("0 1 2 3 "))
        #expect(
            instance == [
                "instance": instance["instance"], "application": "shop", "component": "worker", "side": "flip",
                "version": "1.0.0", "listen": instance["listen"],
            ])
    }
}
