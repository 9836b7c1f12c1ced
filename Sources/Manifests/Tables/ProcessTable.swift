internal import Core

private struct ProcessDraft {
    var run = ProcessRun(command: [])
    var ports: [Marked<String>] = []
}

extension Form where Value == ProcessRun {
    /// What a component runs as processes of the daemon's machine.
    static let process = Table<ProcessDraft>(
        "process", "How a component runs as real processes of the daemon's machine.",
        [
            Field(
                "command", Form<String>.line(limit: 4096).list(1...256),
                "The program, which is looked for on the path, and its arguments.", required: true
            ) { $0.run.command = $1 },
            Field(
                "environment", Form<String>.variable.keying(.text, limit: 256),
                "Variables beside those that every process is given; none begins with `SLUICE_`.", standard: "{}"
            ) { $0.run.environment = $1.dictionary() },
            Field(
                "directory", .line(limit: 4096),
                "Where it runs. Left out, and as what a relative one begins with: where the daemon was started."
            ) { $0.run.directory = $1 },
            Field(
                "ports", Form<String>.name.marked.list(0...16),
                "Ports on loopback, by name. A process finds the number of `admin-http` in `PORT_ADMIN_HTTP`, and that of "
                    + "the first in `PORT` too.", standard: "[]"
            ) { $0.ports = $1 },
            Field("readiness", readiness, "When it counts as ready. Left out: as soon as it runs.") {
                $0.run.readiness = $1
            },
            Field(
                "startTimeout", .duration(least: .milliseconds(1)),
                "Time within which it becomes ready; one that does not is started anew.", standard: "1m"
            ) { $0.run.startTimeout = $1 },
            Field(
                "drainTime", .duration(),
                "Time that it has to finish what it holds, from the change that takes its work away, and from SIGTERM to "
                    + "SIGKILL.", standard: "10s"
            ) { $0.run.drainTime = $1 },
        ]
    ).form {
        ProcessDraft()
    } make: { draft, mark, reader in
        var run = draft.run
        run.ports = draft.ports.distinct(&reader)
        if run.command.first == "" { reader.add(.invalidValue, at: mark, "the command names no program") }
        if case .http = run.readiness, run.ports.isEmpty {
            reader.add(.missingField, at: mark, "readiness by http needs \"ports\"; the first is asked")
        }
        if let name = run.environment.keys.sorted().first(where: { $0.hasPrefix("SLUICE_") }) {
            reader.add(.invalidValue, at: mark, "\"\(name)\" is Sluice's own to set")
        }
        return run
    }

    private static let readiness: Form<ProcessRun.Readiness> = Table<ProcessRun.Readiness?>(
        "readiness", "When a process counts as ready.", exclusive: [["http", "report"]],
        [
            Field("http", .path, "While `GET` of this path on its first port is answered 2xx.") {
                $0 = .http(path: $1)
            },
            Field("report", .yes, "Once it has said what it does, in a poll of its elevation; for consumers.") {
                draft, _ in
                draft = .report
            },
        ]
    ).form {
        nil
    } make: {
        $0
    }
}

extension Form where Value == String {
    /// The name of an environment variable.
    fileprivate static let variable = line(
        words: "variable's name", limit: 128, pattern: "^[A-Za-z_][A-Za-z0-9_]*$"
    ) { bytes in
        guard let first = bytes.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
