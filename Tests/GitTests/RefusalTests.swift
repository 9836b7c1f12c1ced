import Foundation
import Git
import Glibc
import Testing

/// Why a push is refused is said in the words of who refuses it.
@Suite struct RefusalTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func hook(_ name: String, _ body: String, in repository: String = "remote.git") throws {
        try scratch.write("#!/bin/sh\n\(body)\n", to: "\(repository)/hooks/\(name)")
        chmod(scratch / "\(repository)/hooks/\(name)", 0o755)
    }

    private func push(
        _ reference: String, to remote: Remote, from mirror: Mirror
    ) async throws -> (outcome: PushOutcome?, id: ObjectID) {
        var edit = TreeEdit()
        edit.set("s/t", to: Array("s".utf8))
        let id = try await mirror.commit(edit, on: nil, message: "m", author: signature)
        let update = RefUpdate(reference, to: id, expecting: nil)
        return (try await transport().push(remote, updates: [update], from: mirror.path)[reference], id)
    }

    @Test(arguments: Way.allCases, ["pre-receive", "update"])
    func aHookThatRefusesIsHeardAndQuoted(way: Way, name: String) async throws {
        try scratch.repository(commits: [["a": "1"]])
        try hook(name, "printf 'GH006: \\033[31mProtected branch\\n' >&2; exit 1")
        let (remote, server) = try way.remote(scratch)
        defer { withExtendedLifetime(server) {} }
        let (outcome, _) = try await push("refs/heads/sluice/x", to: remote, from: try scratch.mirror())
        guard case .rejected(let reason) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(reason.contains("GH006:") && reason.contains("Protected branch"), "\(reason)")
        #expect(reason.contains("hook declined"), "\(reason)")
        #expect(!reason.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }

    @Test(arguments: [false, true])
    func theHooksOfARepositoryOnThisMachineRunAsInAPush(isElsewhere: Bool) async throws {
        try scratch.repository(commits: [["a": "1"]])
        if isElsewhere {
            try FileManager.default.createDirectory(atPath: scratch / "shared", withIntermediateDirectories: true)
            try scratch.git("-C", "remote.git", "config", "core.hooksPath", scratch / "shared/hooks")
        }
        let place = isElsewhere ? "shared" : "remote.git"
        try hook("pre-receive", "cat > \(scratch / "stdin"); echo $GIT_DIR > \(scratch / "variables")", in: place)
        try hook("update", "echo \"$1 $2 $3\" > \(scratch / "update")", in: place)
        try hook("post-receive", "git rev-parse refs/heads/x > \(scratch / "after")", in: place)
        let remote = try Remote(name: "r", url: scratch / "remote.git")
        let (outcome, id) = try await push("refs/heads/x", to: remote, from: try scratch.mirror())
        #expect(outcome == .accepted)
        let zero = String(repeating: "0", count: 40)
        func said(_ name: String) throws -> String {
            try String(contentsOfFile: scratch / name, encoding: .utf8).trimmingCharacters(in: .newlines)
        }
        #expect(try said("stdin") == "\(zero) \(id) refs/heads/x")
        #expect(try said("update") == "refs/heads/x \(zero) \(id)")
        #expect(try said("after") == "\(id)")
        try scratch.git("-C", "remote.git", "fsck", "--strict")
    }

    @Test(arguments: Way.allCases, ["sluice", "sluice/status", "sluice/status/default/x"])
    func aBranchInTheWayIsNamedWithWhatToDo(way: Way, other: String) async throws {
        try scratch.repository(commits: [["a": "1"]])
        try scratch.git("-C", "remote.git", "branch", other, "main")
        let (remote, server) = try way.remote(scratch)
        defer { withExtendedLifetime(server) {} }
        let mirror = try scratch.mirror()
        let (outcome, _) = try await push("refs/heads/sluice/status/default", to: remote, from: mirror)
        guard case .rejected(let reason) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(reason.contains("a branch named '\(other)' is in the way"), "\(reason)")
        guard way == .local, let command = reason.firstRange(of: "git push ") else { return }
        // What is advised can be pasted, and helps.
        try scratch.git("clone", "-q", scratch / "remote.git", "clone")
        try scratch.run(["/bin/sh", "-c", "cd \(scratch / "clone") && \(reason[command.lowerBound...])"])
        #expect(try await push("refs/heads/sluice/status/default", to: remote, from: mirror).outcome == .accepted)
    }

    @Test func aServerThatWantsToBeLeftAloneIsHeard() async throws {
        let date = { (seconds: Double) in
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: "GMT")
            formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
            return formatter.string(from: Date(timeIntervalSinceNow: seconds))
        }
        for (status, value, expected) in [
            ("429 Slow down", "120", 120...120), ("503 Busy", date(600), 400...600),
            ("503 Busy", "99999999999999999999", 3_600...3_600),
            ("503 Busy", date(-600), 0...0),
        ] {
            let server = try HostileServer {
                HostileServer.answer($0, "HTTP/1.1 \(status)\r\nRetry-After: \(value)\r\nContent-Length: 0\r\n\r\n")
            }
            let remote = try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/x.git")
            let error = await failure { _ = try await transport().tips(remote, branches: ["main"]) }
            #expect(error?.kind == .unreachable)
            #expect(error?.retryAfter.map { expected.contains($0) } == true, "\(value): \(String(describing: error))")
        }
    }
}
