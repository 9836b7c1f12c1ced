import Core
import Manifests
import Testing

/// Components that run as processes.
@Suite struct ProcessRunTests {
    private func decode(_ run: String, kind: String = "consumer, subscriptions: [{topic: a, subscription: b}]")
        -> (run: Run?, findings: [String])
    {
        let text = """
            apiVersion: sluice.dev/v1
            kind: Application
            metadata: {name: shop}
            spec:
              version: v1
              contract: {accepts: {a: [v1]}}
              components: [{name: web, kind: \(kind), run: \(run)}]
            """
        let file = ManifestDecoder.decode(bytes: Array(text.utf8), path: "m.yaml")
        guard case .application(let declared)? = file.documents.first?.value else {
            return (nil, file.findings.map(\.message))
        }
        return (declared.application.release.components.first?.run, file.findings.map(\.message))
    }

    @Test func `everything that can be said of a process is decoded`() {
        let found = decode(
            """
            {process: {command: [python3, worker.py], environment: {BROKER: "nats://127.0.0.1:4222", _A1: ""}, \
            directory: work, ports: [http, admin-http], readiness: {http: /health}, startTimeout: 5s, drainTime: 1m}}
            """)
        #expect(found.findings == [])
        #expect(
            found.run
                == .process(
                    ProcessRun(
                        command: ["python3", "worker.py"],
                        environment: ["BROKER": "nats://127.0.0.1:4222", "_A1": ""], directory: "work",
                        ports: ["http", "admin-http"], readiness: .http(path: "/health"), startTimeout: .seconds(5),
                        drainTime: .minutes(1))))
    }

    @Test func `a command is enough`() {
        #expect(decode("{process: {command: [sleep, \"1\"]}}").run == .process(ProcessRun(command: ["sleep", "1"])))
        #expect(
            decode("{process: {command: [a], readiness: {report: true}}}").run
                == .process(ProcessRun(command: ["a"], readiness: .report)))
    }

    @Test(arguments: [
        ("{process: {}}", "process needs \"command\""),
        ("{process: {command: []}}", "this list has 0 entries, and must have at least 1"),
        ("{process: {command: [\"\"]}}", "the command names no program"),
        ("{process: {command: [a], environment: {1A: b}}}", "\"1A\" is not a variable's name"),
        ("{process: {command: [a], environment: {SLUICE_SIDE: b}}}", "\"SLUICE_SIDE\" is Sluice's own to set"),
        ("{process: {command: [a], ports: [x, x]}}", "\"x\" stands in this list twice"),
        ("{process: {command: [a], readiness: {http: /}}}", "readiness by http needs \"ports\"; the first is asked"),
        (
            "{process: {command: [a]}, simulated: {}}",
            "run needs exactly one of \"simulated\", \"process\""
        ),
    ])
    func `what makes no sense is a finding`(run: String, finding: String) {
        #expect(decode(run).findings == [finding])
    }

    @Test func `a service cannot be ready by report`() {
        let found = decode("{process: {command: [a], readiness: {report: true}}}", kind: "service")
        #expect(found.findings == ["a service reports nothing: \"web\" cannot be ready by report"])
    }

    @Test func `whatever is said of a process is part of its release's digest`() {
        let base = ProcessRun(command: ["a", "b"], environment: ["x": "y"], ports: ["p"])
        let edits: [@Sendable (inout ProcessRun) -> Void] = [
            { $0.command = ["ab"] }, { $0.command = ["a", "c"] }, { $0.environment = ["x": "z"] },
            { $0.environment = ["xy": ""] }, { $0.environment = [:] }, { $0.directory = "" }, { $0.directory = "/" },
            { $0.ports = [] }, { $0.ports = ["p", "q"] }, { $0.readiness = .report },
            { $0.readiness = .http(path: "/") },
            { $0.readiness = .http(path: "/a") }, { $0.startTimeout = .seconds(1) }, { $0.drainTime = .seconds(1) },
        ]
        var digests: Set<Digest> = [ProcessRunTests.digest(base)]
        for edit in edits {
            var run = base
            edit(&run)
            digests.insert(ProcessRunTests.digest(run))
        }
        #expect(digests.count == edits.count + 1)
    }

    private static func digest(_ run: ProcessRun) -> Digest {
        Release(version: "1", components: [Component(name: "a", kind: .consumer, run: .process(run))]).digest
    }
}
