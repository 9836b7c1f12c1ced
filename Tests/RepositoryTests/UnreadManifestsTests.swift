import Core
import Foundation
import Git
import Manifests
import Repository
import Synchronization
import TestSupport
import Testing

/// Nothing that is declared is taken away because something could not be looked at.
@Suite(.timeLimit(.minutes(5))) struct UnreadManifestsTests {
    private let bench: GitBench

    init() throws { bench = try GitBench() }

    private func app(_ name: String, _ version: String = "1.0") -> String { GitBench.application(name, version) }

    /// Puts files on the branch; nil takes one away.
    private func put(_ files: [String: String?]) async throws {
        var edit = TreeEdit()
        for (path, text) in files {
            if let text { edit.set(path, to: Array(text.utf8)) } else { edit.remove(path) }
        }
        let tip = try await bench.repository.tip(of: "main")
        let id = try await bench.repository.commit(
            edit, on: tip, message: "c", author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
        try await bench.repository.set("refs/heads/main", to: id)
    }

    private func record(_ name: String) async throws -> Status {
        let tip = try #require(try await bench.repository.tip(of: "main"))
        return Status(application: name, observedRevision: tip.description)
    }

    static let moves: [(String, [String: String?], String)] = [
        ("into a folder with a backslash", ["shop.yaml": nil, "a\\b/shop.yaml": "shop"], "unusable-name"),
        ("into a folder with a line feed", ["shop.yaml": nil, "a\nb/shop.yaml": "shop"], "unusable-name"),
        ("to a name with an escape", ["shop.yaml": nil, "x\u{1b}[2J.yaml": "shop"], "unusable-name"),
        (
            "too deep", ["shop.yaml": nil, String(repeating: "d/", count: 63) + "shop.yaml": "shop"],
            "nothing"
        ),
        ("emptied", ["shop.yaml": ""], "skipped-document"),
        ("made a template", ["shop.yaml": "{{ if .on }}\nkind: Service"], "skipped-document"),
        ("mistyped", ["shop.yaml": "slip"], "unsupported-version"),
        ("of another group, elsewhere", ["shop.yaml": nil, "x.yaml": "foreign"], "skipped-document"),
        ("ignored", [".sluiceignore": "/sh*.yaml\n"], "ignored"),
        ("ignored, with its folder", [".sluiceignore": "*\n!other.yaml\n"], "ignored"),
        ("with patterns that cannot be read", [".sluiceignore": "", "shop.yaml": nil], "ignore-file"),
    ]

    @Test(arguments: moves) func `an application whose file is not read stays`(
        what: String, files: [String: String?], code: String
    ) async throws {
        try await put(["shop.yaml": app("shop"), "other.yaml": app("other")])
        var other = try await record("other")
        other.appliedRevision = other.observedRevision
        let known = [try await record("shop"), other]
        let source = try bench.manifests("one")
        _ = try await bench.changed(source)
        var texts = files.mapValues { text in
            switch text {
            case "shop": app("shop")
            case "slip": app("shop").replacing("sluice.dev/v1", with: "slucie.dev/v1")
            case "foreign": app("shop").replacing("sluice.dev/v1", with: "example.org/v1")
            default: text
            }
        }
        if code == "ignore-file" { texts[".sluiceignore"] = String(repeating: "a\n", count: 40_000) }
        try await put(texts)
        for (name, change) in [
            ("who followed it", try await bench.changed(source)),
            ("who begins anew", try await bench.changed(try bench.manifests("one", recorded: known))),
            ("who has an empty disk", try await bench.changed(try bench.manifests("two", recorded: known))),
        ] {
            if code == "nothing" {
                #expect(change.gone.isEmpty && change.held.isEmpty, "\(what), \(name): depth of 64 is read")
            } else {
                #expect(change.gone.isEmpty, "\(what), \(name)")
                #expect(change.held["shop"]?.hasSuffix("[\(code)]") == true, "\(what), \(name): \(change.held)")
                #expect(change.held["shop"]?.contains { $0 == "\n" || $0 == "\u{1b}" } == false)
                #expect(change.held["other"] == nil)
            }
        }
        // Taken out of the repository it is gone for all of them.
        var rest: [String: String?] = ["last.yaml": app("last"), ".sluiceignore": nil]
        for path in texts.keys where path != ".sluiceignore" { rest[path] = .some(nil) }
        rest["shop.yaml"] = .some(nil)
        try await put(rest)
        let change = try await bench.changed(source)
        #expect(change.gone == ["shop"] && change.isComplete, "\(what): \(change)")
    }

    /// Puts a list that cannot be read in the place of `.sluiceignore`.
    private func spoilList(_ kind: String) async throws {
        var edit = TreeEdit()
        switch kind {
        case "too many patterns": edit.set(".sluiceignore", to: Array(String(repeating: "a\n", count: 1_001).utf8))
        default: edit.set(".sluiceignore", to: Array(String(repeating: "a\n", count: 40_000).utf8))
        }
        let tip = try await bench.repository.tip(of: "main")
        let id = try await bench.repository.commit(
            edit, on: tip, message: "c", author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
        try await bench.repository.set("refs/heads/main", to: id)
    }

    @Test(arguments: ["too large", "too many patterns"])
    func `while the list of what is passed over cannot be read, nothing that is new begins`(kind: String) async throws {
        try await put(["shop.yaml": app("shop"), "t/evil.yaml": app("evil"), ".sluiceignore": "t/\n"])
        var known = try await record("shop")
        known.appliedRevision = known.observedRevision
        let source = try bench.manifests("one")
        #expect(try await bench.changed(source).declared.map(\.application.name) == ["shop"])
        try await spoilList(kind)
        try await put(["new.yaml": app("new"), "shop.yaml": app("shop", "2.0")])
        for change in [
            try await bench.changed(source), try await bench.changed(try bench.manifests("two", recorded: [known])),
        ] {
            #expect(change.declared.map(\.application.name) == ["shop"], "who runs goes on: \(kind)")
            #expect(change.held.keys.sorted() == ["evil", "new"])
            #expect(change.held.values.allSatisfy { $0.hasPrefix(".sluiceignore:1:1: error") })
            #expect(change.obstacle?.hasPrefix(".sluiceignore:1:1: error") == true && !change.isComplete)
        }
        // Held and on record it is new all the same.
        let held = try await record("evil")
        let anew = try await bench.changed(try bench.manifests("three", recorded: [known, held]))
        #expect(anew.held["evil"] != nil && anew.declared.map(\.application.name) == ["shop"])
        // Mended, what was meant begins, and what was passed over never was there.
        try await put([".sluiceignore": "t/\n"])
        let mended = try await bench.changed(source)
        #expect(mended.declared.map(\.application.name) == ["new"] && mended.held.isEmpty)
        #expect(mended.gone == ["evil"] && mended.isComplete && mended.obstacle == nil)
    }

    @Test func `what is ignored and then deleted is gone`() async throws {
        try await put(["shop.yaml": app("shop"), "other.yaml": app("other")])
        let source = try bench.manifests("one")
        _ = try await bench.changed(source)
        try await put([".sluiceignore": "shop.yaml\n"])
        #expect(try await bench.changed(source).held.keys.sorted() == ["shop"])
        try await put(["shop.yaml": app("shop", "2.0")])
        #expect(try await bench.changed(source).gone.isEmpty)
        try await put(["shop.yaml": nil])
        #expect(try await bench.changed(source).gone == ["shop"])
    }

    @Test func `patterns that change have read what they concern, and nothing else`() async throws {
        try await put([
            "shop.yaml": app("shop"), "other.yaml": app("other"), "charts/x.yaml": "# sluice.dev/\n{{ a }}: [",
            "charts/ours/y.yaml": app("y"), ".sluiceignore": "charts/\n",
        ])
        let source = try bench.manifests("one")
        let first = try await bench.changed(source)
        #expect(first.declared.map(\.application.name) == ["other", "shop"] && first.isComplete)
        let before = await source.counters.decodedFiles
        try await put([".sluiceignore": "/charts/*\n!/charts/ours\n", "shop.yaml": app("shop", "2.0")])
        let second = try await bench.changed(source)
        #expect(second.declared.map(\.application.name) == ["shop", "y"] && second.isComplete)
        #expect(await source.counters.decodedFiles == before + 2)
        try await put([".sluiceignore": nil])
        let third = try await bench.changed(source)
        #expect(third.declared.isEmpty && !third.isComplete)
        #expect(await source.counters.decodedFiles == before + 3)
        // Somebody who begins with the same commit finds the same.
        let anew = try await bench.changed(try bench.manifests("two"))
        #expect(anew.declared.map(\.application.name) == ["other", "shop", "y"] && !anew.isComplete)
    }

    @Test func `a head that declares no application at all takes nothing away, and says so`() async throws {
        try await put(["a.yaml": app("a"), "b.yaml": app("b"), "README.md": "fleet\n"])
        let known = [try await record("a"), try await record("b")]
        let source = try bench.manifests("one")
        _ = try await bench.changed(source)
        try await put(["a.yaml": nil, "b.yaml": nil])
        for change in [
            try await bench.changed(source), try await bench.changed(try bench.manifests("two", recorded: known)),
        ] {
            #expect(change.gone.isEmpty && !change.isComplete)
            #expect(change.held.keys.sorted() == ["a", "b"])
            #expect(change.held["a"]?.contains("declares no application at all") == true)
        }
        #expect(bench.notices.withLock { $0.filter { $0.contains("declares no application at all") }.count } == 2)
        try await put(["b.yaml": app("b")])
        let back = try await bench.changed(source)
        #expect(back.gone == ["a"] && back.declared.map(\.application.name) == ["b"] && back.isComplete)
        // An environment that never had one has nothing to hold.
        let bare = try GitBench()
        try await bare.commit(["README.md": "soon\n"])
        #expect(try await bare.changed(try bare.manifests("one")).isComplete)
    }

    @Test func `a later head costs no more than a first one, and what comes after it is taken up`() async throws {
        try await put(["shop.yaml": app("shop")])
        let source = try bench.manifests("one")
        _ = try await bench.changed(source)
        // One blob by many names.
        let names = (0..<66).map { "vendor/\($0).yaml" }
        let large = String(repeating: "x", count: (16 << 20) - 1)
        try await put(Dictionary(uniqueKeysWithValues: names.map { ($0, large) }))
        guard case .failed(let failure) = await source.fetch() else {
            Issue.record("it was read to its end")
            return
        }
        #expect(failure.message.contains("have more than 1024 MiB together"), "\(failure.message)")
        try await put(Dictionary(uniqueKeysWithValues: names.map { ($0, nil as String?) }))
        try await put(["shop.yaml": app("shop", "1.1")])
        let change = try await bench.changed(source)
        #expect(change.declared.map(\.application.release.version) == ["1.1"])
    }

    @Test func `a folder that is not there, or is no folder, is an error, and what was declared stays`() async throws {
        try await put(["live/shop.yaml": app("shop"), "file": "x"])
        let source = try bench.manifests("one", path: "live")
        #expect(await source.absentFolder() == nil)
        #expect(try await bench.changed(source).declared.count == 1)
        try await put(["live/shop.yaml": nil, "production/shop.yaml": app("shop")])
        for _ in 0..<2 {
            guard case .failed(let failure) = await source.fetch() else {
                Issue.record("a folder that is not there declares nothing, not even nothing")
                return
            }
            #expect(failure.kind == .notFound && failure.message.contains("no folder live"))
            #expect(failure.message.contains("what was declared stays declared"))
        }
        for path in ["live", "file", "file/x", "prod"] {
            let absence = await (try bench.manifests("two", path: path)).absentFolder()
            #expect(absence?.message.contains(path) == true && absence?.advice?.contains("--path") == true)
        }
        try await put(["live/shop.yaml": app("shop", "2.0")])
        #expect(try await bench.changed(source).declared.count == 1)
    }

    @Test(arguments: [
        (".", ""), ("./", ""), ("production", "production"), ("./production/", "production"), ("a//b/./c", "a/b/c"),
        ("größe", "größe"), ("...", "..."),
    ]) func `a folder may be written as people write it`(text: String, path: String) {
        #expect(ManifestFolder.normal(text) == path)
    }

    @Test(arguments: [
        "", "/", "/production", "..", "../..", "a/../b", "a/..", "a\nb", "a\\b", ".git", "a/.GIT/b", "\u{202E}a",
    ])
    func `a folder that leads outside, or has a name that is refused, is none`(text: String) {
        #expect(ManifestFolder.normal(text) == nil)
    }

    @Test func `a repository of charts and a fleet loads with no finding`() async throws {
        var files: [String: String?] = ["shop.yaml": app("shop"), "README.md": "x"]
        for number in 0..<300 {
            files["charts/c\(number)/templates/web.yaml"] =
                "{{- range .Values.all }}\napiVersion: apps/v1\nkind: Deployment\n{{- end }}\n"
            files["charts/c\(number)/values.yaml"] = "replicas: 010\nimage: {}\n"
            files["apps/a\(number).yml"] =
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: g\(number)}\n"
            files["empty/e\(number).yaml"] = ""
        }
        try await put(files)
        let change = try await bench.changed(try bench.manifests("one"))
        #expect(change.declared.map(\.application.name) == ["shop"] && change.isComplete && change.held.isEmpty)
        #expect(bench.notices.withLock { $0.isEmpty })
    }
}
