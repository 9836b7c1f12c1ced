import Core
import Foundation
import Git
import Manifests
import Reconciler
import Repository
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct GitManifestRestorerTests {
    static let text = GitBench.application("a", "1.0")

    /// A repository whose head declares 2.0 after 1.0, what follows it, and the order to restore 1.0.
    static func scene(
        _ bench: GitBench, url: String? = nil
    ) async throws -> (GitManifestSource, GitManifestRestorer, RestoreOrder) {
        try await bench.commit(["a.yaml": "# Ours.\n" + text, "b.yaml": GitBench.application("b", "1.0")])
        let source = try bench.manifests("one", url: url)
        let stable = try #require(try await bench.changed(source).declared.first)
        try await bench.commit(["a.yaml": "# Ours, more of it.\n" + GitBench.application("a", "2.0", replicas: 5)])
        let bad = try #require(try await bench.changed(source).declared.first)
        let order = RestoreOrder(
            application: "a", rejected: bad.head.attempt, rejectedVersion: "2.0", stable: stable.head,
            revision: stable.revision, reason: "gate smoke: 500")
        let restorer = GitManifestRestorer(
            source: source, environment: "default", time: ClockTime<ContinuousClock>.wall())
        return (source, restorer, order)
    }

    static func file(_ bench: GitBench, _ branch: String, _ path: String = "a.yaml") async throws -> String {
        let tip = try #require(try await bench.repository.tip(of: branch))
        let blob = try #require(try await bench.repository.blobID(at: path, in: tip))
        return String(decoding: try await bench.repository.blob(blob, limit: 10_000), as: UTF8.self)
    }

    static let restored = "# Ours, more of it.\n" + GitBench.application("a", "1.0", replicas: 5)

    @Test func `the release is restored once, and what it declares is news to the source`() async throws {
        let bench = try GitBench()
        let (source, restorer, order) = try await Self.scene(bench)
        #expect(await restorer.restore(order) == .pushed)
        #expect(try await Self.file(bench, "main") == Self.restored)
        let tip = try #require(try await bench.repository.tip(of: "main"))
        let commit = try await bench.repository.commit(tip)
        #expect(commit.summary == "Restore a 1.0")
        #expect(commit.message.contains("Takes back 2.0: it was rejected: gate smoke: 500"))
        #expect(
            commit.trailers == [
                Trailer("Sluice-Reverts", order.rejected.introduced), Trailer("Sluice-Application", "a"),
                Trailer("Sluice-Release", "1.0 \(order.stable.digest.short)"),
            ])
        #expect(await restorer.restore(order) == .moot)
        let change = try await bench.changed(source)
        #expect(change.declared.map(\.digest) == [order.stable.digest])
        #expect(change.isComplete)
        #expect(await restorer.restore(order) == .moot)
        #expect(try await bench.repository.tip(of: "main") == tip)
    }

    @Test func `somebody else's commit to another file stays`() async throws {
        let bench = try GitBench()
        let (source, restorer, order) = try await Self.scene(bench)
        try await bench.commit(["b.yaml": GitBench.application("b", "1.1")])
        #expect(await restorer.restore(order) == .pushed)
        #expect(try await Self.file(bench, "main", "b.yaml") == GitBench.application("b", "1.1"))
        #expect(try await Self.file(bench, "main") == Self.restored)
        // What the restorer has read on the way is not lost to the source.
        #expect(try await bench.changed(source).declared.map(\.application.name) == ["a", "b"])
    }

    @Test func `several commits at the same time lose nothing`() async throws {
        let bench = try GitBench()
        let (_, restorer, order) = try await Self.scene(bench)
        let pushes = try (0..<3).map { number in (number, try Mirror(at: "\(bench.folder)/clone-\(number)")) }
        let remote = try Remote(name: "main", url: bench.path)
        let outcome = try await withThrowingTaskGroup { group in
            for (number, mirror) in pushes {
                let transport = bench.transport
                group.addTask {
                    while true {
                        let tip = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
                            .tip(of: "main")
                        var edit = TreeEdit()
                        edit.set("note-\(number)", to: [65])
                        let id = try await mirror.commit(
                            edit, on: tip, message: "n",
                            author: Signature(name: "N", email: "n@x", time: 1_700_000_000))
                        let name = "refs/heads/main"
                        let update = RefUpdate(name, to: id, expecting: tip)
                        let pushed = try await transport.push(remote, updates: [update], from: mirror.path)
                        if pushed[name] == .accepted { return }
                    }
                }
            }
            let outcome = await restorer.restore(order)
            try await group.waitForAll()
            return outcome
        }
        #expect(outcome == .pushed)
        for number in 0..<3 { #expect(try await Self.file(bench, "main", "note-\(number)") == "A") }
        #expect(try await Self.file(bench, "main") == Self.restored)
    }

    @Test func `what is not declared any more, or declared anew, is left alone`() async throws {
        let bench = try GitBench()
        let (source, restorer, order) = try await Self.scene(bench)
        // Another version; then the rejected one again, which is another attempt.
        for text in [GitBench.application("a", "3.0"), GitBench.application("a", "2.0")] {
            let head = try await bench.commit(["a.yaml": text])
            #expect(await restorer.restore(order) == .moot)
            _ = try await bench.changed(source)
            #expect(await restorer.restore(order) == .moot)
            #expect(try await bench.repository.tip(of: "main") == head)
        }
        try await bench.commit(["a.yaml": GitBench.application("a", "2.0", activation: "inactive")])
        #expect(await restorer.restore(order) == .moot)
    }

    @Test func `what cannot be restored is a failure with a sentence`() async throws {
        let bench = try GitBench()
        let (_, restorer, order) = try await Self.scene(bench)
        var unknown = order
        unknown.stable = DeclaredRelease(
            release: Release(version: "0.9", components: []), digest: Digest(of: "x".utf8), introduced: "r",
            replicas: [:])
        guard case .impossible(let absent) = await restorer.restore(unknown) else {
            Issue.record("nothing ever declared that, and nothing can")
            return
        }
        #expect(absent.contains("a.yaml"))
        let head = try await bench.commit(["a.yaml": "apiVersion: sluice.dev/v1\nkind: ["])
        guard case .failed(let broken) = await restorer.restore(order) else {
            Issue.record("the manifest cannot be read")
            return
        }
        #expect(broken.message.contains("a is not restored while its manifest is wrong"))
        #expect(try await bench.repository.tip(of: "main") == head)
    }

    @Test func `a release is restored where its manifest stands now, or from what is recorded`() async throws {
        let bench = try GitBench()
        let (_, restorer, order) = try await Self.scene(bench)
        let moved = try await bench.move("a.yaml", to: "apps/a.yaml")
        #expect(await restorer.restore(order) == .pushed)
        #expect(try await Self.file(bench, "main", "apps/a.yaml") == Self.restored)
        // Somebody begins the repository anew, with the rejected release.
        try await bench.begin(["x.yaml": GitBench.application("a", "2.0", replicas: 5)])
        #expect(await restorer.restore(order) == .pushed)
        let text = try await Self.file(bench, "main", "x.yaml")
        let written = ManifestDecoder.decode(bytes: Array(text.utf8), path: "x")
        guard case .application(let declared)? = written.documents.first?.value else {
            Issue.record("x.yaml declares nothing: \(written.findings)")
            return
        }
        #expect(declared.application.release.digest == order.stable.digest)
        #expect(declared.application.replicas == ["api": 5])
        #expect(moved != (try await bench.repository.tip(of: "main")))
    }

    @Test func `where the branch is protected, a branch of its own holds the commit`() async throws {
        let bench = try GitBench()
        let daemon = try GitDaemon(serving: bench.folder)
        try await daemon.answers(bench.transport, "remote.git")
        let (_, restorer, order) = try await Self.scene(bench, url: daemon.url("remote.git"))
        let hook = bench.path + "/hooks/pre-receive"
        try FileManager.default.createDirectory(
            atPath: bench.path + "/hooks", withIntermediateDirectories: true)
        try """
        #!/bin/sh
        while read old new name; do
            if [ "$name" = refs/heads/main ]; then echo "main is protected" >&2; exit 1; fi
        done

        """.write(toFile: hook, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
        let head = try await bench.repository.tip(of: "main")
        let branch = "sluice/restore/default/a-\(order.rejected.digest.short)"
        #expect(await restorer.restore(order) == .proposed(branch: branch))
        #expect(try await bench.repository.tip(of: "main") == head)
        #expect(try await Self.file(bench, branch) == Self.restored)
        let proposed = try await bench.repository.tip(of: branch)
        #expect(await restorer.restore(order) == .proposed(branch: branch))
        #expect(try await bench.repository.tip(of: branch) == proposed)
        // Somebody merges it.
        let merged = try #require(proposed)
        try await bench.repository.set("refs/heads/main", to: merged)
        #expect(await restorer.restore(order) == .moot)
    }
}
