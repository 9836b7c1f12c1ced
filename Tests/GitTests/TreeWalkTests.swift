import Foundation
import Git
import Testing

/// What a walk over a tree costs at most, and what it makes of names that nobody should be shown.
@Suite(.timeLimit(.minutes(5))) struct TreeWalkTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.repository("mirror", commits: [])
    }

    /// Writes a tree of entries (mode, name, object) without any check.
    private func tree(_ entries: [(mode: String, name: [UInt8], id: String)]) throws -> String {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Array("\(entry.mode) ".utf8) + entry.name + [0]
            var digits = entry.id[...]
            while !digits.isEmpty {
                bytes.append(try #require(UInt8(digits.prefix(2), radix: 16)))
                digits = digits.dropFirst(2)
            }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: scratch / "tree"))
        return try scratch.git("-C", "mirror", "hash-object", "-w", "-t", "tree", "--literally", scratch / "tree")
    }

    private func commit(_ tree: String) throws -> ObjectID {
        try #require(ObjectID(hex: try scratch.git("-C", "mirror", "commit-tree", tree, "-m", "x")))
    }

    private func blob(_ text: String) throws -> String {
        try scratch.git("-C", "mirror", "hash-object", "-w", "--stdin", input: text)
    }

    /// A dozen objects that look like 10^11 files.
    private func bomb(_ text: String) throws -> ObjectID {
        let leaf = try blob(text)
        var id = try tree((0..<10).map { ("100644", Array("f\($0).yaml".utf8), leaf) })
        for _ in 0..<10 {
            let inner = id
            id = try tree((0..<10).map { ("40000", Array("d\($0)".utf8), inner) })
        }
        return try commit(id)
    }

    @Test func `a tree is counted as it is walked, alone and beside another`() async throws {
        let (one, other) = (try bomb("a"), try bomb("b"))
        let mirror = try scratch.mirror()
        let filters = [TreeFilter(limit: 50_000), TreeFilter(endings: [".none"], limit: 50_000)]
        for filter in filters {
            for base in [nil, other] {
                let error = await failure { _ = try await mirror.changes(from: base, to: one, filter: filter) }
                #expect(error?.kind == .tooMany)
                #expect(error?.message.contains("more than 50000 entries") == true, "\(String(describing: error))")
                #expect(error?.advice != nil)
            }
        }
        #expect(await mirror.counters.trees < 80_000)
        let same = try await mirror.changes(from: one, to: one, filter: filters[0])
        #expect(same.isEmpty, "what is equal is not walked")
        let small = try await mirror.changes(from: nil, to: one, under: "d0/d1/d2/d3/d4/d5/d6", filter: filters[0])
        #expect(small.count == 10_000)
    }

    @Test func `what is ignored costs nothing, however much it is`() async throws {
        let head = try bomb("a")
        let mirror = try scratch.mirror()
        var filter = TreeFilter(limit: 1_000)
        filter.ignored = try #require(IgnoreRules(Array("/d[1-9]\n/d0/*\n!/d0/d7\n/d0/d7/**/d?\n".utf8)))
        #expect(try await mirror.changes(from: nil, to: head, filter: filter).isEmpty)
    }

    @Test func `names that steer a terminal or a file system are shown as git quotes them, each its own way`()
        async throws
    {
        let leaf = try blob("a")
        let names: [[UInt8]] = [
            Array("..".utf8), Array(".GIT".utf8), Array("a\nb.yaml".utf8), Array("a\\nb.yaml".utf8),
            Array("x\u{1b}[31m.yaml".utf8), [0xFF, 0xFE], Array("c\u{9b}31m.yaml".utf8),
            Array("\u{202E}lmay.yaml".utf8),
            Array(repeating: 0x61, count: 300), Array(repeating: 0x61, count: 299) + [0x62],
        ]
        let head = try commit(try tree(names.map { ("100644", $0, leaf) }))
        let changes = try await scratch.mirror().changes(from: nil, to: head)
        #expect(changes.count == names.count && changes.allSatisfy { $0.kind == .badName })
        #expect(Set(changes.map(\.path)).count == names.count)
        for change in changes {
            #expect(change.path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 >= 0x80 })
            #expect(change.path.utf8.count < 400)
            #expect(!change.path.unicodeScalars.contains { (0x80...0x9F).contains($0.value) || $0.value == 0x202E })
        }
        #expect(changes.map(\.path).contains("a\\nb.yaml") && changes.map(\.path).contains("a\\\\nb.yaml"))
        let yaml = try await scratch.mirror().changes(from: nil, to: head, filter: TreeFilter(endings: [".yaml"]))
        #expect(yaml.count == 5, "a picture may be called what it will")
        for name in ["shop.yaml", "größe.yaml", "👨‍👩‍👧", "a b", "git~2", ".gitignore"] {
            #expect(EntryName(Array(name.utf8)) == .usable(name))
        }
    }

    @Test func `a path is a folder, a file, or leads elsewhere, also on the way`() async throws {
        let leaf = try blob("a")
        let inner = try tree([("100644", Array("f".utf8), leaf)])
        let head = try commit(
            try tree([
                ("40000", Array("d".utf8), inner), ("120000", Array("l".utf8), leaf), ("160000", Array("s".utf8), leaf),
            ]))
        let mirror = try scratch.mirror()
        let places = ["", ".", "d", "./d/", "d/f", "d/f/x", "no", "l", "l/x", "s", "s/x/y"]
        var found: [String] = []
        for path in places {
            switch try await mirror.place(at: path, in: head) {
            case .nothing: found.append("nothing")
            case .folder: found.append("folder")
            case .file: found.append("file")
            case .symbolicLink: found.append("link")
            case .submodule: found.append("submodule")
            }
        }
        #expect(
            found == [
                "folder", "folder", "folder", "folder", "file", "nothing", "nothing", "link", "link", "submodule",
                "submodule",
            ])
    }

    static let patterns = [
        "*.yaml", "!keep.yaml", "/top.yaml", "charts/", "charts", "/charts/*", "!/charts/ours", "a/**", "**/b",
        "a/**/c",
        "**", "/**", "a/*/c", "*", "!*/", "# comment", "\\#x", "\\!x", "x\\ ", "trailing   ", "[ab].yaml", "[!ab].yaml",
        "[^a-c]?.yaml", "[[:digit:]]*", "[a", "a\\", "?.yaml", "a**b", "**a", "x/**/", "/a", "a/", "./a", "", "  ",
        "a//b",
        "*/c", "d?", "[]a]x", "[a-]x", "keep.yaml\r",
    ]
    static let files = [
        "top.yaml", "keep.yaml", "a.yaml", "ab.yaml", "zz.yaml", "1x", "charts/x.yaml", "charts/ours/x.yaml",
        "sub/charts/y",
        "sub/top.yaml", "a/b", "a/c", "a/x/c", "a/x/y/c", "x/b/c", "x/a/b", "#x", "!x", "x ", "trailing", "]x", "ax",
        "-x",
        "axb", "d1/f", "dd", "b", "sub/keep.yaml", "x/y/z",
    ]

    @Test func `patterns mean what they mean to git`() throws {
        try scratch.git("init", "-q", "work")
        var dice = SystemRandomNumberGenerator()
        for round in 0..<60 {
            let lines =
                round < Self.patterns.count
                ? [Self.patterns[round]] : (0..<4).compactMap { _ in Self.patterns.randomElement(using: &dice) }
            // git says with its exit code that it ignores something; so something is ignored each time.
            let text = lines.joined(separator: "\n") + "\nalways-ignored\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: scratch / "work/.gitignore"))
            let rules = try #require(IgnoreRules(Array(text.utf8)))
            // git asks no file system here: what it is told of are files.
            let told = try scratch.git(
                "-C", "work", "-c", "core.quotePath=false", "check-ignore", "--no-index", "-z", "-v", "-n", "--stdin",
                input: (Self.files + ["always-ignored"]).joined(separator: "\0") + "\0")
            let fields = told.split(separator: "\0", omittingEmptySubsequences: false)
            for start in stride(from: 0, to: fields.count - 3, by: 4) {
                let isIgnored = !fields[start + 2].isEmpty && fields[start + 2].first != "!"
                let path = String(fields[start + 3])
                #expect(rules.ignores(file: path) == isIgnored, "\(path) by \(lines)")
            }
        }
    }

    @Test func `patterns made to be slow are given up and not compared to the end`() async throws {
        let leaf = try blob("a")
        let head = try commit(
            try tree(
                (0..<300).map { ("100644", Array(repeating: 0x61, count: 240) + Array(String(1_000 + $0).utf8), leaf) })
        )
        let mirror = try scratch.mirror()
        var filter = TreeFilter()
        let line = String(repeating: "*a", count: 20) + "*z\n"
        filter.ignored = try #require(IgnoreRules(Array(String(repeating: line, count: 900).utf8)))
        let error = await failure { _ = try await mirror.changes(from: nil, to: head, filter: filter) }
        #expect(error == nil || error?.kind == .tooMany)
        #expect(IgnoreRules(Array(String(repeating: "a\n", count: 1_001).utf8)) == nil)
    }
}
