import Foundation
import Git
import Glibc
import Testing

/// Whoever is killed leaves locks behind; they stop nothing for ever.
@Suite struct LockTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: scratch / name) }

    private func touch(_ name: String, ago seconds: Double = 0) throws {
        try scratch.write("", to: name)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: scratch / name)
    }

    private func push(_ reference: String, from mirror: Mirror) async throws -> (PushOutcome?, ObjectID) {
        let remote = try Remote(name: "r", url: scratch / "remote.git")
        var edit = TreeEdit()
        edit.set("s", to: Array("s".utf8))
        let id = try await mirror.commit(edit, on: nil, message: "m", author: signature)
        let update = RefUpdate(reference, to: id, expecting: nil)
        return (try await transport().push(remote, updates: [update], from: mirror.path)[reference], id)
    }

    @Test func aMirrorThatNobodyUsesIsSweptWhenItIsOpened() async throws {
        try scratch.repository(commits: [["a": "1"]])
        let remote = try Remote(name: "r", url: scratch / "remote.git")
        _ = try await transport().fetch(remote, branches: ["main"], into: try scratch.mirror().path)
        let names = [
            "index.lock", "shallow.lock", "packed-refs.lock", "config.lock", "HEAD.lock", "refs/remotes/r/main.lock",
            "refs/heads/sluice/status/default.lock", "objects/pack/tmp_pack_1", "objects/pack/pack_git2_1",
            "objects/aa/tmp_object_git2_1", "objects/incoming/pack/pack-1.pack",
        ]
        for name in names { try touch("mirror/\(name)") }
        let mirror = try scratch.mirror()
        for name in names { #expect(!isThere("mirror/\(name)"), "\(name)") }
        try scratch.add([["a": "2"]])
        #expect(
            try await transport().fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main") == scratch.tip())
    }

    @Test func aMirrorThatIsInUseIsLeftAlone() throws {
        let first = try scratch.mirror()
        try touch("mirror/HEAD.lock")
        let second = try scratch.mirror()
        #expect(isThere("mirror/HEAD.lock"))
        withExtendedLifetime((first, second)) {}
    }

    @Test func whatAnEndedChildLeftInAMirrorIsSweptBeforeTheNext() async throws {
        let server = try HostileServer { HostileServer.hang($0) }
        try scratch.repository(commits: [["a": "1"]])
        let mirror = try scratch.mirror()
        let transport = transport(deadline: .seconds(3))
        let hanging = try Remote(name: "h", url: "http://127.0.0.1:\(server.port)/x.git")
        try touch("mirror/refs/remotes/r/main.lock")
        _ = await failure { _ = try await transport.fetch(hanging, branches: ["main"], into: mirror.path) }
        let good = try Remote(name: "r", url: scratch / "remote.git")
        #expect(try await transport.fetch(good, branches: ["main"], into: mirror.path).tip(of: "main") == scratch.tip())
    }

    @Test(arguments: ["refs/heads/sluice/status/default", "refs/heads/x"], [86_400.0, 30])
    func aLockInARepositoryIsTakenAwayWhereNobodyCanHoldItAndNamedElse(reference: String, age: Double) async throws {
        try scratch.repository(commits: [["a": "1"]])
        try touch("remote.git/\(reference).lock", ago: age)
        let mirror = try scratch.mirror()
        // As root every process can be seen, so that an old lock is known to be nobody's.
        if age > 600, geteuid() == 0 {
            let (outcome, id) = try await push(reference, from: mirror)
            #expect(try outcome == .accepted && scratch.tip("remote.git", reference) == id)
            return
        }
        let error = await failure { _ = try await push(reference, from: mirror) }
        #expect(error?.kind == .rejected, "\(String(describing: error))")
        #expect(error?.message.contains("\(reference).lock has been there for") == true)
        #expect(error?.advice?.contains("rm '\(scratch / "remote.git/\(reference).lock")'") == true)
    }

    @Test func aLockInARepositoryWhereSomebodyIsAtWorkIsNeverTakenAway() async throws {
        try scratch.repository(commits: [["a": "1"]])
        try touch("remote.git/refs/heads/x.lock", ago: 86_400)
        let somebody = Process()
        somebody.executableURL = URL(fileURLWithPath: "/bin/cat")
        somebody.standardInput = Pipe()
        somebody.currentDirectoryURL = URL(fileURLWithPath: scratch / "remote.git")
        try somebody.run()
        defer { somebody.terminate() }
        let error = await failure { _ = try await push("refs/heads/x", from: try scratch.mirror()) }
        #expect(error?.kind == .rejected)
        #expect(isThere("remote.git/refs/heads/x.lock"))
    }

    /// As one leaves it that is killed between taking the lock and giving it back: by a process of ours that is gone.
    @Test func whatOneOfUsLeftIsKnownForWhatItIs() async throws {
        try scratch.repository(commits: [["a": "1"]])
        let lock = scratch / "remote.git/refs/heads/x.lock"
        try touch("remote.git/refs/heads/x.lock")
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8).filter {
            !$0.isNewline
        }
        var status = stat()
        stat("/proc/self/ns/pid", &status)
        // No process has begun at that moment under that number.
        try scratch.write("7 \(boot) \(status.st_ino)\n\(lock)\n", to: "remote.git/sluice-pushing-\(getpid())")
        let (outcome, _) = try await push("refs/heads/x", from: try scratch.mirror())
        #expect(outcome == .accepted)
        #expect(!isThere("remote.git/sluice-pushing-\(getpid())"))
    }
}
