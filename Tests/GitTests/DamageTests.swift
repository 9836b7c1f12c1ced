import Foundation
import Git
import Testing

/// A mirror that lost bytes, as when the power goes, is fetched again by itself.
@Suite struct DamageTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What the file system may leave of files that were never synced.
    enum Damage: CaseIterable {
        case emptyLooseObjects, emptyCommit, missingTree, halfAPack, packOfZeros, noPack, emptyReference
    }

    private func files(_ folder: String, _ suffix: String = "") throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: scratch / folder)
        return all.filter { $0.hasSuffix(suffix) && !$0.hasSuffix("/") }.map { scratch / folder + "/" + $0 }
            .filter {
                (try? FileManager.default.attributesOfItem(atPath: $0)[.type] as? FileAttributeType) == .typeRegular
            }
    }

    private func loose() throws -> [String] { try files("mirror/objects").filter { !$0.contains("/pack/") } }

    private func cut(_ path: String, to size: Int, zeroing: Bool = false) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        try (zeroing ? Data(count: bytes.count) : bytes.prefix(size)).write(to: URL(fileURLWithPath: path))
    }

    private func looseFile(_ id: String) -> String { scratch / "mirror/objects/\(id.prefix(2))/\(id.dropFirst(2))" }

    private func size(_ path: String) throws -> Int { try Data(contentsOf: URL(fileURLWithPath: path)).count }

    private func inflict(_ damage: Damage) throws {
        switch damage {
        case .emptyLooseObjects: for file in try loose() { try cut(file, to: 0) }
        case .emptyCommit: try cut(looseFile("\(try scratch.tip())"), to: 0)
        case .missingTree:
            let tree = try scratch.git("-C", "remote.git", "rev-parse", "main^{tree}")
            try FileManager.default.removeItem(atPath: looseFile(tree))
        case .halfAPack: for file in try files("mirror/objects/pack", ".pack") { try cut(file, to: size(file) / 2) }
        case .packOfZeros:
            for file in try files("mirror/objects/pack", ".pack") { try cut(file, to: 0, zeroing: true) }
        case .noPack:
            for file in try files("mirror/objects/pack", ".pack") { try FileManager.default.removeItem(atPath: file) }
        case .emptyReference: try cut(scratch / "mirror/refs/remotes/r/main", to: 0)
        }
    }

    @Test(arguments: Damage.allCases, [false, true])
    func aDamagedMirrorIsThrownAwayAndFetchedAgain(damage: Damage, hasNews: Bool) async throws {
        try scratch.repository(commits: [["a": "1", "b/c": "2"], ["a": "3"]])
        let isPacked = [.halfAPack, .packOfZeros, .noPack].contains(damage)
        let server = try isPacked ? Server.http(scratch) : nil
        let url = server.map { "http://127.0.0.1:\($0.port)/git/remote.git" } ?? scratch / "remote.git"
        let remote = try Remote(name: "r", url: url)
        let transport = transport()
        _ = try await transport.fetch(remote, branches: ["main"], into: try scratch.mirror().path)
        try inflict(damage)
        if hasNews { try scratch.add([["b/c": "4"]]) }
        let mirror = try scratch.mirror()
        let said = Said()
        let tip = try await mending(mirror, notice: { said.add($0) }) { () throws(GitError) in
            let tip = try await transport.fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main")
            if let tip {
                try await mirror.forEachBlob(in: tip, limit: 100) { _, _ in }
                _ = try await mirror.history(of: "a", from: tip, limit: 10)
            }
            return tip
        }
        #expect(try tip == scratch.tip())
        #expect(said.all.count == 1 && said.all.first?.contains("is damaged") == true, "\(said.all)")
        #expect(try await mirror.changes(from: nil, to: scratch.tip()).map(\.path) == ["a", "b/c"])
        try scratch.git("-C", "mirror", "fsck", "--strict")
        #expect(!FileManager.default.fileExists(atPath: scratch / "mirror.damaged"))
    }

    @Test func aMirrorThatIsNoRepositoryAnyMoreIsReplacedAtOpening() async throws {
        try scratch.repository("mirror", commits: [["a": "1"]])
        try FileManager.default.removeItem(atPath: scratch / "mirror/HEAD")
        let mirror = try scratch.mirror()
        #expect(mirror.damageAtOpening != nil)
        #expect(try await mirror.tip(of: "main") == nil)
        #expect(try scratch.mirror().damageAtOpening == nil)
    }

    @Test func whatCannotBeReadInANewMirrorEitherIsNotItsFault() async throws {
        let mirror = try scratch.mirror()
        let said = Said()
        let error = await failure {
            try await mending(mirror, notice: { said.add($0) }) { () throws(GitError) in
                throw GitError(.corrupt, "a tree is no tree")
            }
        }
        #expect(error?.kind == .protocolViolation)
        #expect(error?.message.contains("a tree is no tree") == true)
        #expect(said.all.count == 1)
    }

    @Test func aPersonsOwnRepositoryIsNeverThrownAway() async throws {
        try scratch.repository("mirror", commits: [["a": "1"]])
        let mirror = try Mirror(reading: scratch / "mirror")
        #expect(await failure { try await mirror.startOver() }?.kind == .invalid)
        #expect(try scratch.tip("mirror") == (await mirror.tip(of: "main")))
    }

    @Test func aDamagedRemoteIsNotBlamedOnTheMirror() async throws {
        try scratch.repository(commits: [["a": "1"]])
        let remote = try Remote(name: "r", url: scratch / "remote.git")
        let mirror = try scratch.mirror()
        let transport = transport()
        _ = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
        let first = try scratch.tip()
        try scratch.add([["a": "2"]])
        for file in try files("remote.git/objects").filter({ !$0.contains("/pack/") }) { try cut(file, to: 0) }
        let error = await failure { _ = try await transport.fetch(remote, branches: ["main"], into: mirror.path) }
        #expect(error?.kind == .protocolViolation, "\(String(describing: error))")
        #expect(try await mirror.tip(of: "main", on: "r") == first)
        try scratch.git("-C", "mirror", "fsck", "--strict")
    }
}

private final class Said: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    func add(_ line: String) { lock.withLock { lines.append(line) } }
    var all: [String] { lock.withLock { lines } }
}
