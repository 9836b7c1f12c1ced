import Core
import Foundation
import Git
import Manifests
import TestSupport
import Testing

/// What was declared before is what earlier heads declared, whatever became of files, names and lines of commits.
@Suite(.timeLimit(.minutes(5))) struct DeclaredHistoryTests {
    static func text(_ version: String, _ more: String = "", name: String = "a", dark: Bool = false) -> String {
        let text = GitBench.application(name, version, activation: dark ? "inactive" : "active")
        guard !more.isEmpty else { return text }
        return text.replacing("metadata: {name: \(name)}", with: "metadata: {name: \(name), \(more)}")
    }

    @Test func `declaring a release anew is a new attempt, editing replicas is not`() async throws {
        let bench = try GitBench()
        let follower = try Follower(bench)
        let first = try await bench.commit(["a.yaml": Self.text("1.0")])
        try await follower.look()
        try await bench.commit(["a.yaml": GitBench.application("a", "1.0", replicas: 9)])
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == first.description)
        let other = try await bench.commit(["a.yaml": Self.text("2.0")])
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == other.description)
        let anew = try await bench.commit(["a.yaml": Self.text("1.0")])
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == anew.description)
    }

    @Test(arguments: [false, true])
    func `what is declared just before a file is broken counts once the file can be read again`(isAsleep: Bool)
        async throws
    {
        let bench = try GitBench()
        let follower = try Follower(bench)
        let first = try await bench.commit(["a.yaml": Self.text("1.0"), "b.yaml": Self.text("1.0", name: "b")])
        try await follower.look()
        try await bench.commit(["a.yaml": Self.text("2.0")])
        try await bench.commit(["a.yaml": Self.text("2.0").replacing("spec:", with: "spce:")])
        if isAsleep { try follower.restart { _ in } }
        let held = try await follower.look()
        #expect(held.held["a"] != nil)
        try await bench.commit(["b.yaml": Self.text("2.0", name: "b")])
        try await follower.look()
        let anew = try await bench.commit(["a.yaml": Self.text("1.0")])
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == anew.description && anew != first)
    }

    @Test(arguments: [false, true])
    func `a release taken back and declared again between two looks is a new attempt, moved or not, asleep or not`(
        isAsleep: Bool
    ) async throws {
        let bench = try GitBench()
        let follower = try Follower(bench)
        try await bench.commit(["a.yaml": Self.text("1.0"), "b.yaml": Self.text("1.0", name: "b")])
        try await follower.look()
        let first = try await bench.commit(["a.yaml": Self.text("2.0")])
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == first.description)
        let rejection = Rejection(
            attempt: Attempt(digest: try #require(follower.past(of: "a")).digest, introduced: first.description),
            version: "2.0", reason: "bad", at: Instant(milliseconds: 0))
        if isAsleep { try follower.restart { if $0.application == "a" { $0.rejected = [rejection] } } }
        try await bench.move("a.yaml", to: "apps/a.yaml")
        try await bench.commit(["apps/a.yaml": Self.text("1.0")])
        let anew = try await bench.commit(["apps/a.yaml": Self.text("2.0")])
        try await bench.commit(["notes.txt": "nothing to do with it"])
        let change = try await follower.look()
        #expect(change.declared.map(\.application.name).contains("a"))
        #expect(follower.past(of: "a")?.introduced == anew.description)
        // Replicas that went up and down again do not make an attempt.
        try await bench.commit(["apps/a.yaml": GitBench.application("a", "2.0", replicas: 9)])
        try await bench.commit(["apps/a.yaml": Self.text("2.0")])
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == anew.description)
    }

    @Test(arguments: [false, true])
    func `a head that a merge took for its second parent is followed by those after it, and by nothing before`(
        isAsleep: Bool
    ) async throws {
        let bench = try GitBench()
        let follower = try Follower(bench)
        let root = try await bench.commit(["a.yaml": Self.text("1.0")])
        try await follower.look()
        let head = try await bench.commit(["a.yaml": Self.text("1.5")])
        try await follower.look()
        if isAsleep { try follower.restart() }
        // Declared in a clone before it pulled, and never pushed as a head.
        let colleague = try await bench.commit(["README.md": "hello", "a.yaml": Self.text("1.2")], on: root)
        let merge = try await bench.merge(["README.md": "hello", "a.yaml": Self.text("2.0")], colleague, head)
        try await bench.repository.set("refs/heads/main", to: merge)
        try await bench.commit(["a.yaml": Self.text("3.0", dark: true)])
        try await follower.look()
        #expect(follower.past(of: "a")?.otherActive?.introduced == merge.description)
        #expect(follower.past(of: "a")?.otherActive?.release.version == "2.0")
    }

    /// What people do to a manifest without declaring anything else by it.
    enum Journey: String, CaseIterable {
        case move, share, split, rename, renameAndMove, copyWithin, merge, mergeStrategy, crissCross, squash
        case backAndForth
    }

    @Test(arguments: Journey.allCases, [false, true])
    func `a release that waits dark and the one that serves stay what they are`(
        _ journey: Journey, isAsleep: Bool
    ) async throws {
        let bench = try GitBench()
        let follower = try Follower(bench)
        let root = try await bench.commit(["a.yaml": Self.text("1.0"), "b.yaml": Self.text("1.0", name: "b")])
        try await follower.look()
        let active = try await bench.commit(["a.yaml": Self.text("2.0")])
        try await follower.look()
        let dark = try await bench.commit(["a.yaml": Self.text("3.0", dark: true)])
        try await follower.look()
        if isAsleep { try follower.restart() }
        let name = try await Self.go(journey, bench, from: root)
        try await follower.look()
        let past = try #require(follower.past(of: name))
        #expect(past.introduced == dark.description)
        #expect(past.otherActive?.release.version == "2.0")
        #expect(past.otherActive?.introduced == active.description)
        // And once more by somebody who knows nothing but what is recorded.
        try follower.restart()
        try await follower.look()
        #expect(follower.past(of: name)?.introduced == dark.description)
        #expect(follower.serving(beside: name) == "2.0")
    }

    /// - Returns: what the application is called after it.
    private static func go(_ journey: Journey, _ bench: GitBench, from root: ObjectID) async throws -> String {
        let head = try #require(try await bench.repository.tip(of: "main"))
        let (now, b) = (text("3.0", dark: true), text("1.0", name: "b"))
        switch journey {
        case .move: try await bench.move("a.yaml", to: "apps/deep/a.yml")
        case .share: try await bench.commit(["a.yaml": nil, "b.yaml": b + "\n---\n" + now])
        case .split:
            try await bench.commit(["a.yaml": nil, "b.yaml": b + "\n---\n" + now])
            try await bench.commit(["b.yaml": b, "c.yaml": now])
        case .rename:
            try await bench.commit(["a.yaml": text("3.0", "renamedFrom: a", name: "z", dark: true)])
            return "z"
        case .renameAndMove:
            let renamed = text("3.0", "renamedFrom: a", name: "z", dark: true)
            try await bench.commit(["a.yaml": nil, "z/z.yaml": renamed])
            return "z"
        case .copyWithin:
            try await bench.commit(["a.yaml": "# A note.\n" + now, "z.yaml": text("1.0", name: "z")])
        case .merge, .mergeStrategy, .crissCross:
            // A colleague's clone is older, and so its commit is the merge's first parent.
            var theirs = ["README.md": "hello"]
            if journey == .mergeStrategy { theirs["strategy.yaml"] = strategy }
            let colleague = try await bench.commit(theirs, on: root)
            var merge = try await bench.merge(theirs.merging(["a.yaml": now]) { $1 }, colleague, head)
            if journey == .crissCross {
                let other = try await bench.merge(theirs, head, colleague)
                try await bench.repository.set("refs/heads/main", to: merge)
                merge = try await bench.merge(["c.txt": "both"], merge, other)
            }
            try await bench.repository.set("refs/heads/main", to: merge)
        case .squash: try await bench.commit(["README.md": "hello", "strategy.yaml": strategy])
        case .backAndForth:
            try await bench.move("a.yaml", to: "c.yaml")
            try await bench.move("c.yaml", to: "a.yaml")
        }
        return "a"
    }

    private static let strategy = """
        apiVersion: sluice.dev/v1
        kind: Strategy
        metadata: {name: quick}
        spec:
          stages: [{name: all, weight: 100}]
        """

    @Test func `where nothing is recorded, the first-parent line is followed over moves and renames`() async throws {
        let bench = try GitBench()
        try await bench.commit(["a.yaml": Self.text("1.0")])
        let active = try await bench.commit(["a.yaml": Self.text("2.0")])
        try await bench.commit(["other.yaml": Self.text("1.0", name: "other")])
        try await bench.move("a.yaml", to: "apps/a.yaml")
        try await bench.commit(["apps/a.yaml": Self.text("2.0", "renamedFrom: a", name: "z")])
        let dark = try await bench.commit([
            "apps/a.yaml": nil, "z.yaml": Self.text("3.0", "renamedFrom: a", name: "z", dark: true),
        ])
        try await bench.commit(["notes.txt": "nothing"])
        let follower = try Follower(bench)
        try await follower.look()
        #expect(follower.past(of: "z")?.otherActive?.release.version == "2.0")
        #expect(follower.past(of: "z")?.otherActive?.introduced == active.description)
        #expect(follower.past(of: "z")?.introduced == dark.description)
        #expect(follower.past(of: "z")?.gap == nil)
    }

    @Test func `what was active before the first look is found when it comes to matter`() async throws {
        let bench = try GitBench()
        try await bench.commit(["a.yaml": Self.text("1.0")])
        try await bench.commit(["a.yaml": Self.text("2.0")])
        let follower = try Follower(bench)
        try await follower.look()
        #expect(follower.past(of: "a")?.isUnread == true)
        try follower.restart()
        try await bench.commit(["a.yaml": Self.text("2.0", dark: true)])
        try await follower.look()
        #expect(follower.serving(beside: "a") == "1.0")
    }

    @Test func `a branch forced back goes on from what was declared, and tries nothing again`() async throws {
        let bench = try GitBench()
        let follower = try Follower(bench)
        let one = try await bench.commit(["a.yaml": Self.text("1.0")])
        try await follower.look()
        let two = try await bench.commit(["a.yaml": Self.text("2.0")])
        try await follower.look()
        let bad = try #require(follower.past(of: "a"))
        let rejection = Rejection(
            attempt: Attempt(digest: bad.digest, introduced: two.description), version: "2.0", reason: "bad",
            at: Instant(milliseconds: 0))
        try follower.restart { $0.rejected = [rejection] }
        // The same release by another commit: whoever amended it did not ask for another try.
        try await bench.commit(["a.yaml": "# Amended.\n" + Self.text("2.0")], on: one)
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == two.description)
        // Another in between is another attempt, as by any revert of a revert.
        try await bench.repository.set("refs/heads/main", to: one)
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == one.description)
        let anew = try await bench.commit(["a.yaml": Self.text("2.0")])
        try await follower.look()
        #expect(follower.past(of: "a")?.introduced == anew.description)
    }
}

extension GitBench {
    /// What `git mv` and a commit do.
    @discardableResult
    func move(_ old: String, to new: String) async throws -> ObjectID {
        let tip = try await repository.tip(of: "main")
        guard let tip, let blob = try await repository.blobID(at: old, in: tip) else { return try await commit([:]) }
        let bytes = try await repository.blob(blob, limit: 100_000)
        return try await commit([old: nil, new: String(decoding: bytes, as: UTF8.self)])
    }

    /// A new root.
    @discardableResult
    func begin(_ files: [String: String]) async throws -> ObjectID {
        var edit = TreeEdit()
        for (path, text) in files { edit.set(path, to: Array(text.utf8)) }
        let id = try await repository.commit(
            edit, on: nil, message: "c", author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
        try await repository.set("refs/heads/main", to: id)
        return id
    }

    /// A commit of two parents: `first` with `files`.
    func merge(_ files: [String: String], _ first: ObjectID, _ second: ObjectID) async throws -> ObjectID {
        let flat = try await commit(files, on: first)
        let tree = try await repository.commit(flat).tree
        let text =
            "tree \(tree)\nparent \(first)\nparent \(second)\nauthor T <t@example.org> 1700000000 +0000\n"
            + "committer T <t@example.org> 1700000000 +0000\n\nMerge\n"
        let file = "\(folder)/\(UUID().uuidString)"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let id = try git(["hash-object", "-t", "commit", "-w", file])
        return try #require(ObjectID(hex: id.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    private func git(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git", "--git-dir", path] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
