import Foundation
import Git
import Glibc
import TestSupport
import Testing

/// A process that is really killed, while it holds a lock: what it leaves stops nobody.
///
/// Where a reference's log is a pipe that nobody reads, whoever moves the reference waits there, with the lock in hand,
/// until the deadline has it killed.
@Suite struct KillTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: scratch / name) }

    private func holdUp(_ reference: String, in repository: String) throws {
        try scratch.git("-C", repository, "config", "core.logAllRefUpdates", "always")
        try scratch.write("", to: "\(repository)/logs/\(reference)")
        try FileManager.default.removeItem(atPath: scratch / "\(repository)/logs/\(reference)")
        try #require(mkfifo(scratch / "\(repository)/logs/\(reference)", 0o600) == 0)
    }

    private func letGo(_ reference: String, in repository: String) throws {
        try FileManager.default.removeItem(atPath: scratch / "\(repository)/logs/\(reference)")
    }

    private func update(_ mirror: Mirror) async throws -> RefUpdate {
        var edit = TreeEdit()
        edit.set("s", to: Array("s".utf8))
        let id = try await mirror.commit(edit, on: nil, message: "m", author: signature)
        return RefUpdate("refs/heads/sluice/x", to: id, expecting: nil)
    }

    @Test func inAPushToARepositoryOnThisMachine() async throws {
        try scratch.repository(commits: [["a": "1"]])
        let remote = try Remote(name: "r", url: scratch / "remote.git")
        let mirror = try scratch.mirror()
        let update = try await update(mirror)
        try holdUp(update.reference, in: "remote.git")
        let error = await failure {
            _ = try await transport(deadline: .seconds(2)).push(remote, updates: [update], from: mirror.path)
        }
        #expect(error?.kind == .timedOut, "\(String(describing: error))")
        #expect(isThere("remote.git/\(update.reference).lock"))
        try letGo(update.reference, in: "remote.git")
        let outcome = try await transport().push(remote, updates: [update], from: mirror.path)[update.reference]
        #expect(outcome == .accepted)
        #expect(!isThere("remote.git/\(update.reference).lock"))
    }

    @Test func ofGitItselfInAPushToARepositoryWithHooks() async throws {
        try scratch.repository(commits: [["a": "1"]])
        // Run when all locks are held.
        let hook = "remote.git/hooks/reference-transaction"
        try scratch.write("#!/bin/sh\n[ \"$1\" != prepared ] || [ ! -e armed ] || kill -9 $PPID\n", to: hook)
        chmod(scratch / hook, 0o755)
        try scratch.write("", to: "remote.git/armed")
        let remote = try Remote(name: "r", url: scratch / "remote.git")
        let mirror = try scratch.mirror()
        let update = try await update(mirror)
        let transport = transport()
        let error = await failure { _ = try await transport.push(remote, updates: [update], from: mirror.path) }
        #expect(error?.kind == .childDied, "\(String(describing: error))")
        #expect(isThere("remote.git/\(update.reference).lock"))
        try FileManager.default.removeItem(atPath: scratch / "remote.git/armed")
        let outcome = try await transport.push(remote, updates: [update], from: mirror.path)[update.reference]
        #expect(outcome == .accepted)
        #expect(!isThere("remote.git/\(update.reference).lock"))
    }

    @Test(arguments: [false, true]) func inAFetch(isReopened: Bool) async throws {
        try scratch.repository(commits: [["a": "1"]])
        let remote = try Remote(name: "r", url: scratch / "remote.git")
        var mirror: Mirror? = try scratch.mirror()
        let path = try #require(mirror?.path)
        try holdUp("refs/remotes/r/main", in: "mirror")
        var patient = transport(deadline: .seconds(2))
        let error = await failure { _ = try await patient.fetch(remote, branches: ["main"], into: path) }
        #expect(error?.kind == .timedOut, "\(String(describing: error))")
        #expect(isThere("mirror/refs/remotes/r/main.lock"))
        try letGo("refs/remotes/r/main", in: "mirror")
        if isReopened {
            // As after the daemon itself was killed. What is just being started elsewhere has the mirror's mark for a moment.
            try await eventually("the mirror is swept by whoever opens it alone") {
                mirror = nil
                mirror = try scratch.mirror()
                return !isThere("mirror/refs/remotes/r/main.lock")
            }
            patient = transport()
        }
        #expect(try await patient.fetch(remote, branches: ["main"], into: path).tip(of: "main") == scratch.tip())
        #expect(!isThere("mirror/refs/remotes/r/main.lock"))
        withExtendedLifetime(mirror) {}
    }
}
