import Foundation
import Git
import Testing

@Suite struct MirrorTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func anObjectIDReadsAndPrintsFortyDigits() throws {
        let text = "0123456789abcdef0123456789abcdef01234567"
        #expect(ObjectID(hex: text)?.description == text)
        #expect(ObjectID(hex: text.uppercased())?.description == text)
        #expect(ObjectID(hex: String(text.dropLast())) == nil)
        #expect(ObjectID(hex: text + "0") == nil)
        #expect(ObjectID(hex: "g" + text.dropFirst()) == nil)
        let next = try #require(ObjectID(hex: "0123456789abcdef0123456789abcdef01234568"))
        #expect(try #require(ObjectID(hex: text)) < next)
    }

    @Test func aForeignDirectoryIsRefusedAndLeftAlone() throws {
        try scratch.write("mine", to: "mirror/notes.txt")
        let error = #expect(throws: GitError.self) { try Mirror(at: scratch / "mirror") }
        #expect(error?.kind == .corrupt)
        #expect(try String(contentsOfFile: scratch / "mirror/notes.txt", encoding: .utf8) == "mine")
    }

    @Test func changesListsWhatDiffersAndReadsOnlyTreesThatDiffer() async throws {
        var files: [String: String] = [:]
        for folder in 0..<50 { for file in 0..<4 { files["d\(folder)/f\(file)"] = "\(folder) \(file)" } }
        try scratch.repository("mirror", commits: [files, ["d7/f1": "new", "d9/f9": "added", "d8/f0": ""]])
        let mirror = try scratch.mirror()
        let head = try await mirror.resolve("main")
        let base = try await mirror.resolve("main~1")
        let before = await mirror.counters
        let changes = try await mirror.changes(from: base, to: head)
        #expect(changes.map(\.path) == ["d7/f1", "d8/f0", "d9/f9"])
        #expect(changes.map { $0.old == nil } == [false, false, true])
        #expect(changes.map { $0.new == nil } == [false, true, false])
        #expect(await mirror.counters.trees - before.trees == 8)
        #expect(try await mirror.changes(from: nil, to: head).count == 200)
        #expect(try await mirror.changes(from: base, to: head, under: "d7").map(\.path) == ["d7/f1"])
        #expect(try await mirror.changes(from: base, to: head, under: "absent").isEmpty)
    }

    @Test func aFileThatBecomesAFolderIsBothRemovedAndAdded() async throws {
        try scratch.repository("mirror", commits: [["a": "1", "a.b": "2"], ["a": "", "a/x": "3"]])
        let mirror = try scratch.mirror()
        let changes = try await mirror.changes(from: mirror.resolve("main~1"), to: mirror.resolve("main"))
        #expect(changes.map(\.path).sorted() == ["a", "a/x"])
        #expect(changes.first { $0.path == "a" }?.new == nil)
    }

    @Test func everyBlobIsLentOnceAndALargeOneIsAnError() async throws {
        try scratch.repository("mirror", commits: [["a": "1", "b/c": "22", "big": String(repeating: "x", count: 100)]])
        let mirror = try scratch.mirror()
        let sizes = Sizes()
        try await mirror.forEachBlob(in: mirror.resolve("main"), limit: 50) { change, content in
            sizes.add(change.path, (try? content?.get().count) ?? -1)
        }
        #expect(sizes.all == ["a": 1, "b/c": 2, "big": -1])
        let big = try #require(try await mirror.changes(from: nil, to: mirror.resolve("main")).last?.new)
        let error = await failure { _ = try await mirror.blob(big, limit: 50) }
        #expect(error?.kind == .tooLarge(size: 100, limit: 50))
    }

    @Test func aSmallFileIsReadThoughItIsADeltaOfALargeOne() async throws {
        let large = (0..<40_000).map { "\($0 * 7919)\n" }.joined()
        let small = String(large.prefix(30_000))
        try scratch.repository("mirror", commits: [["a": large], ["a": small]])
        try scratch.git("-C", "mirror", "repack", "-a", "-d", "-f", "-q")
        let mirror = try scratch.mirror()
        let id = try #require(try await mirror.changes(from: nil, to: mirror.resolve("main")).first?.new)
        let base = try scratch.git(
            "-C", "mirror", "cat-file", "--batch-check=%(deltabase)", input: "\(id.description)\n")
        try #require(base.contains { $0 != "0" && !$0.isWhitespace }, "the file is no delta")
        #expect(try await mirror.blob(id, limit: 50_000) == Array(small.utf8))
        let other = await failure { _ = try await mirror.blob(id, limit: 20_000) }
        #expect(other?.kind == .tooLarge(size: 30_000, limit: 20_000))
    }

    @Test func linksSubmodulesAndHostileNamesAreReportedAndNotFollowed() async throws {
        try scratch.git("init", "-q", "--bare", "-b", "main", "mirror")
        let blob = try scratch.git("-C", "mirror", "hash-object", "-w", "--stdin", input: "/etc/passwd")
        var tree: [UInt8] = []
        let raw = stride(from: 0, to: 40, by: 2).map { offset -> UInt8 in
            let start = blob.index(blob.startIndex, offsetBy: offset)
            return UInt8(blob[start..<blob.index(start, offsetBy: 2)], radix: 16) ?? 0
        }
        for (mode, name) in [
            ("100644", Array("..".utf8)), ("100644", Array(".git".utf8)), ("120000", Array("link".utf8)),
            ("160000", Array("sub".utf8)), ("100644", Array("x\\y".utf8)), ("100644", [0xff, 0xfe]),
        ] {
            tree += Array(mode.utf8) + [32] + name + [0] + raw
        }
        try Data(tree).write(to: URL(fileURLWithPath: scratch / "tree"))
        let id = try scratch.git(
            "-C",
            "mirror",
            "hash-object",
            "-w",
            "-t",
            "tree",
            "--literally",
            scratch / "tree"
        )
        let commit = try scratch.git("-C", "mirror", "commit-tree", id, "-m", "x")
        let mirror = try scratch.mirror()
        let changes = try await mirror.changes(from: nil, to: mirror.resolve(commit))
        #expect(changes.map(\.kind) == [.badName, .badName, .symbolicLink, .submodule, .badName, .badName])
    }

    @Test func historyNamesTheCommitsAtWhichAFileChanged() async throws {
        try scratch.repository(
            "mirror",
            commits: [["a/f": "1"], ["b": "x"], ["a/f": "2"], ["a/g": "y"], ["a/f": ""], ["a/f": "3"]]
        )
        let mirror = try scratch.mirror()
        let head = try await mirror.resolve("main")
        let versions = try await mirror.history(of: "a/f", from: head, limit: 10)
        let commits = try await mirror.firstParentCommits(from: head, limit: 10)
        #expect(versions.map(\.commit) == [commits[0], commits[1], commits[3], commits[5]])
        #expect(versions.map { $0.blob == nil } == [false, true, false, false])
        #expect(try await mirror.history(of: "a/f", from: head, through: commits[3], limit: 10).count == 3)
        #expect(try await mirror.history(of: "a/f", from: head, limit: 1).count == 1)
        #expect(try await mirror.isAncestor(commits[5], of: head))
        #expect(try await !mirror.isAncestor(head, of: commits[5]))
    }

    @Test func anEditMakesTheTreeThatGitAgreesWith() async throws {
        try scratch.repository("mirror", commits: [["a/b/c": "1", "a/d": "2", "e": "3", "gone/x": "4"]])
        let mirror = try scratch.mirror()
        var edit = TreeEdit()
        edit.set("a/b/c", to: bytes("new"))
        edit.set("e/f", to: bytes("a folder now"))
        edit.remove("gone/x")
        edit.remove("never/was")
        edit.set("a/d", to: bytes("5"))
        let base = try await mirror.resolve("main")
        let id = try await mirror.commit(
            edit,
            on: base,
            message: "search: 10%",
            trailers: [Trailer("Sluice-Revision", "abc\nForged: yes")],
            author: signature
        )
        let list = try scratch.git("-C", "mirror", "ls-tree", "-r", "--name-only", "\(id)")
        #expect(list == "a/b/c\na/d\ne/f")
        #expect(try scratch.git("-C", "mirror", "show", "\(id):a/b/c") == "new")
        let trailers = try scratch.git("-C", "mirror", "log", "-1", "--format=%(trailers)", "\(id)")
        #expect(trailers == "Sluice-Revision: abc Forged: yes")
        let info = try await mirror.commit(id)
        #expect(info.parents == [base])
        #expect(info.summary == "search: 10%")
        #expect(info.trailers == [Trailer("Sluice-Revision", "abc Forged: yes")])
        #expect(info.committerTime == 1_700_000_000)
        try scratch.git("-C", "mirror", "fsck", "--strict", "\(id)")
    }

    @Test func aCommitWithoutABaseStartsAHistoryAndAnEmptyTreeIsAllowed() async throws {
        let mirror = try scratch.mirror()
        var edit = TreeEdit()
        edit.set("x", to: bytes("1"))
        let first = try await mirror.commit(edit, on: nil, message: "a", author: signature)
        #expect(try await mirror.commit(first).parents.isEmpty)
        var removal = TreeEdit()
        removal.remove("x")
        let second = try await mirror.commit(removal, on: first, message: "b", author: signature)
        #expect(try await mirror.changes(from: nil, to: second).isEmpty)
    }

    @Test(arguments: ["../x", "a/.git/config", "", "a/./../b"])
    func anEditOfAnImpossiblePathIsRefused(path: String) async throws {
        let mirror = try scratch.mirror()
        var edit = TreeEdit()
        edit.set(path, to: [])
        let error = await failure { _ = try await mirror.commit(edit, on: nil, message: "a", author: signature) }
        #expect(error?.kind == .invalid)
    }

    @Test func aPackThatIsLargeEnoughIsNeverMergedAgain() async throws {
        let mirror = try scratch.mirror()
        var head: ObjectID?
        var merged = 0
        // Each commit is a pack of three objects; three such packs make nine, which are not small any more.
        let limits = MaintenanceLimits(looseObjects: -1, packs: 2, mergedObjects: 12)
        for number in 0..<30 {
            var edit = TreeEdit()
            edit.set("app", to: bytes("status \(number)"))
            head = try await mirror.commit(edit, on: head, message: "\(number)", author: signature)
            merged += try await mirror.maintain(limits).mergedPacks
        }
        #expect(merged == 30, "each pack is merged once")
        let packs = try FileManager.default.contentsOfDirectory(atPath: scratch / "mirror/objects/pack")
        #expect(packs.filter { $0.hasSuffix(".pack") }.count == 10)
        try scratch.git("-C", "mirror", "fsck", "--strict", "\(try #require(head))")
    }

    @Test func maintenancePacksEverythingLosesNothingAndStaysBounded() async throws {
        let mirror = try scratch.mirror()
        var head: ObjectID?
        let limits = MaintenanceLimits(looseObjects: 200, packs: 4)
        for number in 0..<300 {
            var edit = TreeEdit()
            edit.set("applications/\(number % 10)/app", to: bytes("status \(number)"))
            head = try await mirror.commit(edit, on: head, message: "\(number)", author: signature)
            if number % 50 == 49, let head {
                try await mirror.set("refs/heads/status", to: head)
                try await mirror.maintain(limits)
            }
        }
        let tip = try #require(head)
        #expect(try await mirror.firstParentCommits(from: tip, limit: 1_000).count == 300)
        try scratch.git("-C", "mirror", "fsck", "--strict")
        let packs = try FileManager.default.contentsOfDirectory(atPath: scratch / "mirror/objects/pack")
        #expect(packs.filter { $0.hasSuffix(".pack") }.count <= 5)
        #expect(try await mirror.changes(from: nil, to: tip).count == 10)
    }
}

private final class Sizes: @unchecked Sendable {
    private let lock = NSLock()
    private var sizes: [String: Int] = [:]

    func add(_ path: String, _ size: Int) { lock.withLock { sizes[path] = size } }
    var all: [String: Int] { lock.withLock { sizes } }
}
