import Foundation
import TestSupport
import Testing

/// `run` and `agent` with real processes between them: what a commit makes of workers.
@Suite(.timeLimit(.minutes(10))) struct WorkerVerbTests {
    @Test func `a commit activates workers through daemon and agent, and never fewer than before`() async throws {
        let bench = try WorkerBench()
        let address = try await bench.daemon()
        try bench.begin("agent", bench.agent + ["--daemon", "http://\(address)"] + bench.token)
        try await bench.serves("1.0.0")
        try bench.release("2.0.0")
        try await bench.serves("2.0.0")
        let record = bench.record
        // The subscription is shared: who takes over begins before another stops.
        let consuming = (first: "1.0.0 consuming", second: "2.0.0 consuming")
        #expect(
            record == [
                consuming.first, consuming.first, consuming.second, "1.0.0 paused", consuming.second, "1.0.0 paused",
            ])
    }

    @Test func `a worker that is reached by git alone is told, and holds the rollout`() async throws {
        let bench = try WorkerBench()
        let inventory = bench.scratch.path + "/inventory"
        try FileManager.default.createDirectory(atPath: inventory, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: inventory + "/laptop", withDestinationPath: bench.instances)
        _ = try await bench.daemon("--agents-git", "--agents-inventory", inventory)
        try bench.begin("agent", bench.agent + ["--repository", "fleet.git", "--interval", "200ms"])
        try await eventually("both are told") { bench.record.count { $0 == "1.0.0 consuming" } == 2 }
        try await eventually("it says why it waits") {
            let said = try bench.scratch.sluice("status", "--repository", "fleet.git", "orders").output
            return said.contains("0/2 take messages; the agent of laptop, which cannot report, is to say so")
        }
    }
}

/// A fleet of two workers that write down what they do, a daemon and an agent.
private final class WorkerBench {
    let scratch: VerbScratch
    private var processes: [Process] = []

    var token: [String] { ["--agents-token-file", "token"] }
    var instances: String { scratch.path + "/state/processes/instances" }
    var agent: [String] { ["agent", "--machine", "laptop", "--instances", instances, "--state", "agent"] }

    /// What the workers did, in order: `<version> consuming` or `<version> paused`.
    var record: [String] {
        let text = (try? String(contentsOfFile: scratch.path + "/record", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    init() throws {
        scratch = try VerbScratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/fleet", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: instances, withIntermediateDirectories: true)
        try Self.worker.write(toFile: scratch.path + "/worker.py", atomically: true, encoding: .utf8)
        try (String(repeating: "t", count: 24) + "\n").write(
            toFile: scratch.path + "/token", atomically: true, encoding: .utf8)
        try scratch.edit("orders.yaml") { _ in
            """
            apiVersion: sluice.dev/v1
            kind: Application
            metadata: {name: orders}
            spec:
              version: "1.0.0"
              components:
                - name: worker
                  kind: consumer
                  replicas: 2
                  run:
                    process: {command: [python3, \(scratch.path)/worker.py, \(scratch.path)/record], drainTime: 2s}
                  subscriptions: [{topic: orders, subscription: worker}]
              contract: {accepts: {orders: [v1]}}
              rollout:
                strategy:
                  prescale: 100%
                  surge: 100%
                  stages: [{name: half, weight: 50}, {name: full, weight: 100}]
                  progressDeadline: 1h
                  retention: {for: 10m, capacity: 100%}
            ---
            apiVersion: sluice.dev/v1
            kind: Topic
            metadata: {name: orders}
            spec: {schemas: [v1]}

            """
        }
        try scratch.git("init", "-q", "-b", "main")
        try scratch.git("init", "-q", "--bare", "-b", "main", scratch.path + "/fleet.git")
        try scratch.git("remote", "add", "origin", scratch.path + "/fleet.git")
        try scratch.commit("Begin")
        try scratch.git("push", "-q", "origin", "main")
    }

    deinit {
        // The daemon takes its processes with it, and is waited for; so the agent ends last.
        for process in processes {
            process.terminate()
            process.waitUntilExit()
        }
    }

    /// Starts the daemon. Answers where it serves agents.
    func daemon(_ more: String...) async throws -> String {
        try begin(
            "daemon",
            [
                "run", "--repository", "fleet.git", "--state-directory", "state", "--interval", "200ms", "--platform",
                "process", "--end-processes", "--agents-listen", "127.0.0.1:0", "--verbose",
            ] + token + more)
        var address: String?
        try await eventually("agents are served") {
            address = said("daemon").firstMatch(of: /agents are served at ([0-9.:]+)/).map { String($0.1) }
            return address != nil
        }
        return try #require(address)
    }

    func begin(_ name: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: VerbScratch.program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
        let file = scratch.path + "/\(name).log"
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: file)
        process.standardError = process.standardOutput
        try process.run()
        processes.append(process)
    }

    func said(_ name: String) -> String {
        (try? String(contentsOfFile: scratch.path + "/\(name).log", encoding: .utf8)) ?? ""
    }

    func release(_ version: String) throws {
        try scratch.edit("orders.yaml") { $0.replacing(/version: ".*"/, with: "version: \"\(version)\"") }
        try scratch.commit("Orders \(version)")
        try scratch.git("push", "-q", "origin", "main")
    }

    /// Waits until both workers of a version are at work.
    func serves(_ version: String) async throws {
        let result = try scratch.sluice(
            "status", "--repository", "fleet.git", "orders", "--wait", "healthy", "--interval", "200ms", "--timeout",
            "5m")
        try #require(result.code == 0, "\(result.output)\(result.complaint)\(said("daemon"))\(said("agent"))")
        #expect(record.count { $0 == "\(version) consuming" } == 2, "\(record)")
    }

    /// Follows what it is told, and writes down what it does before it says so.
    private static let worker = """
        import json, os, sys, time, urllib.request

        address = os.environ["SLUICE_ELEVATION"] + "/sidecar/v1/elevation"
        doing = "paused"
        while True:
            try:
                request = urllib.request.Request(address, headers={"Sluice-Worker": doing})
                state = json.load(urllib.request.urlopen(request, timeout=5))
                do = "consuming" if state["active"] else "paused"
                if do != doing:
                    with open(sys.argv[1], "a") as record:
                        record.write(f"{os.environ['SLUICE_VERSION']} {do}\\n")
                doing = do
            except (OSError, ValueError):
                pass
            time.sleep(0.05)

        """
}
