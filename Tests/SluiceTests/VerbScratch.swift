import Foundation
import Testing

/// A folder that goes away with the test.
final class VerbScratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "sluice-verbs-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// With a committed fleet in `fleet`.
    static func fleet() throws -> VerbScratch {
        let scratch = try VerbScratch()
        _ = try scratch.sluice("init", "fleet")
        try scratch.git("init", "-q", "-b", "main")
        try scratch.commit("Begin")
        return scratch
    }

    /// With a committed fleet of one application whose stages hold for nothing, pushed to the bare `fleet.git`.
    static func quickFleet() throws -> VerbScratch {
        let scratch = try VerbScratch()
        try FileManager.default.createDirectory(atPath: scratch.path + "/fleet", withIntermediateDirectories: true)
        try scratch.edit("shop.yaml") { _ in
            """
            apiVersion: sluice.dev/v1
            kind: Application
            metadata: {name: shop}
            spec:
              version: "1.0.0"
              components:
                - {name: web, kind: service, replicas: 4, run: {simulated: {startTime: 5s}}}
              rollout:
                strategy:
                  stages: [{name: half, weight: 50, gates: [answers]}, {name: full, weight: 100}]
                  progressDeadline: 1000h   # at the scale of `reconcile`, a busy second is a quarter of an hour
            ---
            apiVersion: sluice.dev/v1
            kind: Gate
            metadata: {name: answers}
            spec: {smokeTest: {requests: [{path: /health}]}}

            """
        }
        try scratch.git("init", "-q", "-b", "main")
        try scratch.git("init", "-q", "--bare", "-b", "main", scratch.path + "/fleet.git")
        try scratch.git("remote", "add", "origin", scratch.path + "/fleet.git")
        try scratch.commit("Begin")
        try scratch.git("push", "-q", "origin", "main")
        return scratch
    }

    /// Commits all that is in `fleet`.
    func commit(_ message: String, by name: String = "Ada") throws {
        try git("add", ".")
        try git("-c", "user.name=\(name)", "-c", "user.email=\(name)@example.org", "commit", "-q", "-m", message)
    }

    /// Another version of the shop, committed and pushed.
    func release(_ version: String, by name: String = "Ada") throws {
        try edit("shop.yaml") { text in
            text.replacing(/version: ".*"/, with: "version: \"\(version)\"")
        }
        try commit("Release shop \(version)", by: name)
        try git("push", "-q", "origin", "main")
    }

    /// Another text of what the status branch says of its writer, pushed as if by that.
    func editEnvironment(_ change: (String) -> String) throws {
        try editStatusBranch { folder in
            let file = folder + "/environment.yaml"
            try change(try String(contentsOfFile: file, encoding: .utf8)).write(
                toFile: file, atomically: true, encoding: .utf8)
        }
    }

    /// A commit on the status branch by whoever may push, given a folder that holds it.
    func editStatusBranch(_ change: (String) throws -> Void) throws {
        try git("fetch", "-q", "origin", "sluice/status/default")
        try git("worktree", "add", "-q", "--detach", path + "/told", "FETCH_HEAD")
        try change(path + "/told")
        for arguments in [
            ["add", "-A"], ["-c", "user.name=S", "-c", "user.email=s@example.org", "commit", "-q", "-m", "Lead"],
            ["push", "-q", "origin", "HEAD:refs/heads/sluice/status/default"],
        ] {
            let result = try run("/usr/bin/git", ["-C", path + "/told"] + arguments)
            try #require(result.code == 0, "\(result.complaint)")
        }
        try git("worktree", "remove", "--force", path + "/told")
    }

    /// Runs the daemon until nothing is left to do.
    func reconcile(_ more: String...) throws -> (code: Int32, output: String, complaint: String) {
        try run(
            Self.program,
            ["run", "--repository", "fleet.git", "--state-directory", "state", "--once", "--time-scale", "1000"] + more,
            person("Ada"))
    }

    /// A verb's JSON.
    func json(_ arguments: String...) throws -> Any {
        let result = try run(Self.program, arguments + ["--output", "json"], person("Ada"))
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    }

    @discardableResult
    func git(_ arguments: String...) throws -> String {
        let result = try run("/usr/bin/git", ["-C", path + "/fleet"] + arguments)
        try #require(result.code == 0, "\(result.complaint)")
        return result.output
    }

    func edit(_ name: String, _ change: (String) -> String) throws {
        let file = path + "/fleet/" + name
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        try change(text).write(toFile: file, atomically: true, encoding: .utf8)
    }

    static let program: String = {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return folder.appendingPathComponent("sluice").path
    }()

    /// Runs the program that was built beside these tests, as Ada.
    func sluice(_ arguments: String...) throws -> (code: Int32, output: String, complaint: String) {
        try run(Self.program, arguments, person("Ada"))
    }

    func sluice(_ arguments: [String]) throws -> (code: Int32, output: String, complaint: String) {
        try run(Self.program, arguments, person("Ada"))
    }

    /// Runs it as somebody; nil is a person whom git does not know.
    func sluice(as name: String?, _ arguments: String...) throws -> (code: Int32, output: String, complaint: String) {
        try run(Self.program, arguments, person(name))
    }

    func sluice(as name: String?, list: [String]) throws -> (code: Int32, output: String, complaint: String) {
        try run(Self.program, list, person(name))
    }

    /// The environment of a person, with no cache and no settings but this folder's.
    private func person(_ name: String?) -> [String: String] {
        var environment = [
            "XDG_CACHE_HOME": path + "/cache", "HOME": path, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
        if let name {
            (environment["GIT_AUTHOR_NAME"], environment["GIT_AUTHOR_EMAIL"]) = (name, "\(name)@example.org")
        }
        return environment
    }

    /// What a verb that goes on by itself writes first; then it is ended.
    func firstLine(_ arguments: String...) throws -> String {
        String(try output(of: arguments) { $0.contains("\n") }.prefix { $0 != "\n" })
    }

    /// What a verb that goes on by itself writes until that is enough; then it is ended, and awaited.
    func output(of arguments: [String], until isEnough: (String) throws -> Bool) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        var data = Data()
        while try !isEnough(String(decoding: data, as: UTF8.self)) {
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            data += more
        }
        return String(decoding: data, as: UTF8.self)
    }

    func run(
        _ program: String, _ arguments: [String], _ environment: [String: String] = [:]
    ) throws -> (code: Int32, output: String, complaint: String) {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        let (output, complaint) = (path + "/out-" + UUID().uuidString, path + "/err-" + UUID().uuidString)
        for file in [output, complaint] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: complaint)
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8),
            try String(contentsOfFile: complaint, encoding: .utf8)
        )
    }
}
