import Foundation
import Git
import TestSupport
import Testing

/// A disk that is full costs nothing that is there, is said in one sentence, and is over once there is room.
@Suite(.enabled(if: SmallDisk.isPermitted, "mounting is not permitted here")) struct FullDiskTests {
    let scratch: Scratch
    let disk: SmallDisk

    init() throws {
        scratch = try Scratch()
        disk = try SmallDisk(kilobytes: 2048)
    }

    /// Larger than what is left, and not to be compressed.
    private static func bulk() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<20_000).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }

    private func isFull(_ error: GitError?) -> Bool {
        error?.kind == .io && error?.message.hasPrefix("the disk is full") == true
    }

    @Test(arguments: Way.allCases) func aFetchGoesOnOnceThereIsRoom(way: Way) async throws {
        try scratch.repository(commits: [["a": "1"]])
        let (remote, server) = try way.remote(scratch)
        defer { withExtendedLifetime(server) {} }
        let mirror = try Mirror(at: disk.path + "/mirror")
        let transport = transport()
        let first = try await transport.fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main")
        try scratch.add([["bulk": Self.bulk()]])
        try disk.fill()
        for _ in 0..<3 {
            let error = await failure {
                _ = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
            }
            #expect(isFull(error), "\(String(describing: error))")
        }
        #expect(try await mirror.tip(of: "main", on: remote.name) == first)
        try disk.free()
        let fetched = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
        #expect(try fetched.tip(of: "main") == scratch.tip())
        try scratch.git("-C", mirror.path, "fsck", "--strict")
    }

    @Test func aCommitIsMadeOnceThereIsRoom() async throws {
        let mirror = try Mirror(at: disk.path + "/mirror")
        var edit = TreeEdit()
        edit.set("a", to: Array("1".utf8))
        let first = try await mirror.commit(edit, on: nil, message: "m", author: signature)
        try disk.fill()
        edit.set("b", to: Array(Self.bulk().utf8))
        let error = await failure {
            _ = try await mirror.commit(edit, on: first, message: "m", author: signature)
        }
        #expect(isFull(error), "\(String(describing: error))")
        try disk.free()
        let second = try await mirror.commit(edit, on: first, message: "m", author: signature)
        #expect(await mirror.contains(second))
        try scratch.git("-C", mirror.path, "fsck", "--strict")
    }

    @Test(arguments: [false, true]) func aPushIsTakenOnceThereIsRoom(hasHooks: Bool) async throws {
        let path = disk.path + "/remote.git"
        try scratch.git("init", "-q", "--bare", "-b", "main", path)
        if hasHooks {
            let hook = path + "/hooks/pre-receive"
            try Data("#!/bin/sh\nexit 0\n".utf8).write(to: URL(filePath: hook))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
        }
        let remote = try Remote(name: "r", url: path)
        let mirror = try scratch.mirror()
        var edit = TreeEdit()
        edit.set("a", to: Array(Self.bulk().utf8))
        let id = try await mirror.commit(edit, on: nil, message: "m", author: signature)
        let update = RefUpdate("refs/heads/x", to: id, expecting: nil)
        let transport = transport()
        try disk.fill()
        for _ in 0..<2 {
            var outcome: PushOutcome?
            let error = await failure {
                outcome = try await transport.push(remote, updates: [update], from: mirror.path)[update.reference]
            }
            if case .rejected(let reason) = outcome {
                #expect(hasHooks && reason.contains("space"), "\(reason)")
            } else {
                #expect(isFull(error), "\(String(describing: error)) \(String(describing: outcome))")
            }
        }
        try disk.free()
        #expect(
            try await transport.push(remote, updates: [update], from: mirror.path)[update.reference] == .accepted)
        try scratch.git("-C", path, "fsck", "--strict")
    }
}
