import Foundation
import Git
import Testing

/// The first fetch from a repository on this machine.
@Suite struct LocalPackTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func fetch(_ name: String) async throws -> Mirror {
        let mirror = try scratch.mirror()
        let remote = try Remote(name: "r", url: scratch / name)
        let result = try await transport().fetch(remote, branches: ["main"], into: mirror.path)
        #expect(try result.tip(of: "main") == scratch.tip(name))
        return mirror
    }

    private func packs(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch / name + "/objects/pack")
            .filter { $0.hasSuffix(".pack") }
    }

    private func links(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.referenceCount] as? Int ?? 0
    }

    @Test func packsAreLinkedAndWhatIsLooseIsCopied() async throws {
        try scratch.repository(commits: [["a": "1", "b/c": "2"], ["a": "3"]])
        try scratch.git("-C", "remote.git", "repack", "-q", "-a", "-d")
        try scratch.write("never", to: "remote.git/hooks/post-update")
        try scratch.git("-C", "remote.git", "config", "remote.evil.url", "x")
        try scratch.add([["d": "4"]])
        let pack = try #require(try packs("remote.git").first)
        let mirror = try await fetch("remote.git")
        #expect(try links(scratch / "mirror/objects/pack/\(pack)") == 2)
        #expect(try await mirror.changes(from: nil, to: scratch.tip()).map(\.path) == ["a", "b/c", "d"])
        #expect(!FileManager.default.fileExists(atPath: scratch / "mirror/hooks/post-update"))
        #expect(try !String(contentsOfFile: scratch / "mirror/config", encoding: .utf8).contains("evil"))
        try scratch.git("-C", "mirror", "fsck", "--strict")
        // What the remote does with its packs later is its own affair.
        try scratch.git("-C", "remote.git", "repack", "-q", "-a", "-d", "-f")
        try scratch.git("-C", "mirror", "fsck", "--strict")
    }

    @Test func aPackThatHoldsACommitWithoutItsFilesIsCompleted() async throws {
        try scratch.git("init", "-q", "-b", "main", "work")
        try scratch.write("1", to: "work/a/b")
        try scratch.git("-C", "work", "add", ".")
        try scratch.git("-C", "work", "commit", "-q", "-m", "x")
        let tip = try scratch.tip("work")
        try scratch.git("-C", "work", "pack-objects", "-q", ".git/objects/pack/pack", input: "\(tip)\n")
        _ = try await fetch("work")
        try scratch.git("-C", "mirror", "fsck", "--strict")
    }

    @Test func objectsOfAnAlternateAreCopiedAndNoAlternateIsTakenOver() async throws {
        try scratch.repository(commits: [["a": "1"], ["a": "2"]])
        try scratch.git("clone", "-q", "--bare", "--shared", "remote.git", "shared.git")
        let mirror = try await fetch("shared.git")
        try FileManager.default.removeItem(atPath: scratch / "remote.git")
        #expect(try await mirror.changes(from: nil, to: mirror.resolve("r/main")).map(\.path) == ["a"])
        #expect(!FileManager.default.fileExists(atPath: scratch / "mirror/objects/info/alternates"))
        try scratch.git("-C", "mirror", "fsck", "--strict")
    }
}
