import Conformance
import Core
import Foundation
import Git
import Reconciler
import Repository
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct GitAdapterTests {
    @Test func `a status branch keeps every promise of a status store`() async throws {
        let bench = try GitBench()
        try await StatusStoreConformance.check(
            try bench.statuses("older"), try bench.statuses("newer"))
    }

    @Test func `a manifest branch keeps every promise of a manifest source`() async throws {
        let bench = try GitBench()
        try await bench.commit(["a.yaml": GitBench.application("a", "1.0")])
        let hidden = bench.folder + "/hidden"
        try await ManifestSourceConformance.check(
            try bench.manifests("one"),
            breakIt: { try FileManager.default.moveItem(atPath: bench.path, toPath: hidden) },
            mendAndChange: {
                try FileManager.default.moveItem(atPath: hidden, toPath: bench.path)
                try await bench.commit(["a.yaml": GitBench.application("a", "1.1")])
            })
    }

    @Test func `two that lead at once get different epochs, and only the newer one's pushes land`() async throws {
        let bench = try GitBench()
        let (first, second) = (try bench.statuses("first"), try bench.statuses("second"))
        let epochs = try await [first.lead().epoch, second.lead().epoch]
        #expect(epochs == [1, 2])
        let update = StatusUpdate(status: Status(application: "a", observedRevision: "r"), summary: "flop 10%")
        #expect(await first.push([update], epoch: 1) == .superseded(epoch: 2))
        #expect(await second.push([update], epoch: 2) == .accepted)
        let tip = try #require(try await bench.repository.tip(of: GitStatusStore.branch(of: "default")))
        let commit = try await bench.repository.commit(tip)
        #expect(commit.summary == "a: flop 10%")
        #expect(commit.message.contains("[skip ci]"))
        #expect(
            commit.trailers == [
                Trailer("Sluice-Revision", "r"), Trailer("Sluice-Application", "a"), Trailer("Sluice-Epoch", "2"),
            ])
    }

    @Test(arguments: ["9223372036854775807", "9007199254740991", "99999999999999999999", "-1", "٣", "one"])
    func `an epoch that nothing can follow is refused with its place, and what to do`(_ epoch: String) async throws {
        let bench = try GitBench()
        _ = try await bench.statuses("one").lead()
        let branch = GitStatusStore.branch(of: "default")
        var edit = TreeEdit()
        edit.set("environment.yaml", to: Array("environment: default\nepoch: \(epoch)\n".utf8))
        let id = try await bench.repository.commit(
            edit, on: try await bench.repository.tip(of: branch), message: "c",
            author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
        try await bench.repository.set("refs/heads/\(branch)", to: id)
        let failure = await PlatformConformance.refusal { _ = try await bench.statuses("two").lead() }
        #expect(failure?.message.contains("environment.yaml:2 of \(branch)") == true, "\(failure as Any)")
        #expect(failure?.message.contains("epoch \(epoch)") == true, "\(failure as Any)")
    }

    @Test func `what its leader has left one of those who stand by takes over, and no other`() async throws {
        let bench = try GitBench()
        let (first, second, third) = (
            try bench.statuses("first"), try bench.statuses("second"), try bench.statuses("third")
        )
        for store in [first, third, second] { _ = try await store.lead() }
        #expect(bench.notices.withLock { $0 }.filter { $0.hasPrefix("takes the lead") }.count == 2)
        #expect(try await first.takeOver() == nil, "somebody leads")
        #expect(try await second.leave())
        let epochs = try await withThrowingTaskGroup(of: Int?.self) { group in
            for store in [first, third, first, third] { group.addTask { try await store.takeOver()?.epoch } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(epochs.compactMap { $0 } == [4], "\(epochs)")
        #expect(try await second.takeOver() == nil)
        let replacements = bench.notices.withLock { $0 }.filter { $0.hasPrefix("takes the lead") }
        #expect(replacements.count == 2, "who takes what was left replaces nobody")
    }

    @Test func `who leaves says so on the branch, unless another leads, and the next lead takes it back`() async throws
    {
        let bench = try GitBench()
        let (first, second) = (try bench.statuses("first"), try bench.statuses("second"))
        func record() async throws -> EnvironmentRecord? {
            let tip = try #require(try await bench.repository.tip(of: GitStatusStore.branch(of: "default")))
            let blob = try #require(try await bench.repository.blobID(at: GitStatusStore.environmentPath, in: tip))
            return EnvironmentRecord.read(try await bench.repository.blob(blob, limit: 65_536))
        }
        #expect(try await first.leave() == false, "it never led")
        _ = try await first.lead()
        #expect(try await record()?.left == nil)
        #expect(try await first.leave())
        #expect(try await record()?.left != nil)
        #expect(try await record()?.epoch == 1, "leaving raises no epoch")
        #expect(try await first.leave() == false, "it has left")
        _ = try await second.lead()
        #expect(try await record()?.left == nil)
        _ = try await first.lead()
        #expect(try await second.leave() == false, "another leads")
        #expect(try await record()?.left == nil)
        #expect(try await record()?.epoch == 3)
    }

    @Test(arguments: [
        "- a\n- b\n", "\u{1}\u{2}", "environment: default\n", "environment: {\n", "", "{epoch: -1}", "{epoch: x}",
    ])
    func `a record that cannot be read is not told as missing, and what is advised brings it back`(_ text: String)
        async throws
    {
        let bench = try GitBench()
        _ = try await bench.statuses("one").lead()
        _ = try await bench.statuses("two").lead()
        let branch = GitStatusStore.branch(of: "default")
        var edit = TreeEdit()
        edit.set("environment.yaml", to: Array(text.utf8))
        for (path, number) in [("environment.yaml", 1), ("applications/aa/x.txt", 2), ("applications/aa/y.txt", 3)] {
            if number > 1 {
                edit = TreeEdit()
                edit.set(path, to: [])
            }
            let id = try await bench.repository.commit(
                edit, on: try await bench.repository.tip(of: branch), message: "c\(number)",
                author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
            try await bench.repository.set("refs/heads/\(branch)", to: id)
        }
        let failure = await PlatformConformance.refusal { _ = try await bench.statuses("three").lead() }
        let message = failure?.message ?? ""
        #expect(
            message.contains(/environment.yaml:[12] of sluice.status.default/) && message.contains("cannot be read"),
            "\(message)")
        #expect(!message.contains("remove that branch"))
        let advised = try #require(message.firstRange(of: "in a clone: ").map { String(message[$0.upperBound...]) })
        let clone = bench.folder + "/clone"
        let script =
            "git clone -q '\(bench.path)' '\(clone)' && cd '\(clone)' && git config user.name T && "
            + "git config user.email t@example.org && \(advised)"
        #expect(try GitBench.shell(script) == 0, "\(script)")
        #expect(try await bench.statuses("three").lead().epoch == 3)
    }

    @Test func `a status that contradicts itself or another is passed over, and told with its file`() async throws {
        let bench = try GitBench()
        _ = try await bench.statuses("one").lead()
        func status(_ name: String) -> Status {
            let release = DeclaredRelease(
                release: PlatformConformance.release, digest: PlatformConformance.release.digest, introduced: "r",
                replicas: ["api": 1])
            var status = Status(application: name, observedRevision: "r")
            status.stable = Placement(
                side: .flip, namespace: "flip", release: release, strategy: .standard, revision: "r", weight: 100,
                state: .current, since: Instant(milliseconds: 0))
            return status
        }
        var crossed = status("crossed")
        crossed.candidate = crossed.stable
        var greedy = status("greedy")
        greedy.adopting = "victim"
        var renamed = status("renamed")
        renamed.adopting = "former"
        var former = Status(application: "former", observedRevision: "r", phase: .removed)
        former.removal = Removal(since: Instant(milliseconds: 0), graceUntil: Instant(milliseconds: 0))
        former.removal?.doneAt = Instant(milliseconds: 0)
        former.removal?.renamedTo = "renamed"
        let all = [crossed, greedy, status("victim"), renamed, former]
        let updates = all.map { StatusUpdate(status: $0, summary: "s") }
        #expect(try await bench.statuses("one").push(updates, epoch: 1) == .accepted)
        let read = try await bench.statuses("two").lead().statuses
        #expect(read.map(\.application) == ["former", "renamed", "victim"])
        let told = bench.notices.withLock { $0 }.filter { $0.contains("passed over") }.sorted()
        #expect(told.count == 2)
        for (name, why) in [
            ("crossed", "stable and candidate both stand on flip"),
            ("greedy", "adopting names victim, which has a record"),
        ] {
            #expect(told.contains { $0.contains(GitStatusStore.path(of: name)) && $0.contains(why) }, "\(told)")
        }
    }

    @Test func `a fleet has one mark, whoever leads, and whatever became of the branch`() async throws {
        let bench = try GitBench()
        func mark() async throws -> String? {
            let tip = try #require(try await bench.repository.tip(of: GitStatusStore.branch(of: "default")))
            let blob = try #require(try await bench.repository.blobID(at: GitStatusStore.environmentPath, in: tip))
            return EnvironmentRecord.read(try await bench.repository.blob(blob, limit: 65_536))?.fleet
        }
        let tenancy = Tenancy()
        let first = try bench.statuses("one", tenancy)
        #expect(tenancy.tenant.fleet == nil)
        _ = try await first.lead()
        let fleet = try #require(try await mark())
        #expect(fleet.count == 16 && tenancy.tenant.fleet == fleet)
        #expect(try await first.leave())
        let other = Tenancy()
        _ = try await bench.statuses("two", other).lead()
        #expect(try await mark() == fleet && other.tenant.fleet == fleet)
        // A daemon from before there were marks leads for a while.
        let branch = GitStatusStore.branch(of: "default")
        var edit = TreeEdit()
        edit.set(GitStatusStore.environmentPath, to: Array("environment: default\nepoch: 7\n".utf8))
        let old = try await bench.repository.commit(
            edit, on: try await bench.repository.tip(of: branch), message: "Lead",
            author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
        try await bench.repository.set("refs/heads/\(branch)", to: old)
        _ = try await bench.statuses("three").lead()
        #expect(try await mark() == fleet)
        try FileManager.default.removeItem(atPath: bench.path + "/refs/heads/" + branch)
        _ = try await first.lead()
        #expect(try await mark() == fleet)
        #expect(try GitBench().path != bench.path)
    }

    @Test func `a status branch that was deleted goes on from what is known`() async throws {
        let bench = try GitBench()
        let store = try bench.statuses("one")
        _ = try await store.lead()
        let update = StatusUpdate(status: Status(application: "a", observedRevision: "r"), summary: "s")
        #expect(await store.push([update], epoch: 1) == .accepted)
        let reference = bench.path + "/refs/heads/" + GitStatusStore.branch(of: "default")
        try FileManager.default.removeItem(atPath: reference)
        let again = try await store.lead()
        #expect(again.epoch == 2)
        #expect(again.statuses.map(\.application) == ["a"])
    }

    @Test func `a poll of the same repository shows an older leader the newer one, and costs nothing else`()
        async throws
    {
        let bench = try GitBench()
        try await bench.commit(["a.yaml": GitBench.application("a", "1.0")])
        let (older, newer) = (try bench.statuses("older"), try bench.statuses("newer"))
        let source = try bench.manifests("one", neighbour: older)
        let epoch = try await older.lead().epoch
        _ = try await bench.changed(source)
        let hidden = bench.folder + "/hidden"
        try FileManager.default.moveItem(atPath: bench.path, toPath: hidden)
        #expect(try await older.newerEpoch(than: epoch) == nil, "a branch that did not move is not asked about")
        try FileManager.default.moveItem(atPath: hidden, toPath: bench.path)
        let second = try await newer.lead().epoch
        guard case .unchanged = await source.fetch() else {
            Issue.record("no manifest has changed")
            return
        }
        #expect(try await older.newerEpoch(than: epoch) == second)
        #expect(await older.push([], epoch: epoch) == .superseded(epoch: second))
    }

    @Test func `mirrors that lost bytes are fetched again, and that is told`() async throws {
        let bench = try GitBench()
        try await bench.commit(["a.yaml": GitBench.application("a", "1.0")])
        let (former, read) = (try bench.statuses("one"), try bench.manifests("one"))
        _ = try await former.lead()
        _ = try await bench.changed(read)
        for name in ["status-one", "manifests-one"] { try bench.emptyObjects(of: name) }
        try await bench.commit(["b.yaml": GitBench.application("b", "1.0")])
        // Whoever has a pack open goes on reading it: the next process meets the damage.
        let (store, source) = (try bench.statuses("one"), try bench.manifests("one"))
        let epoch = try await store.lead().epoch
        let change = try await bench.changed(source)
        #expect(change.declared.map(\.application.name) == ["a", "b"] && change.isComplete)
        let update = StatusUpdate(status: Status(application: "a", observedRevision: "r"), summary: "s")
        #expect(await store.push([update], epoch: epoch) == .accepted)
        let told = bench.notices.withLock { $0 }.filter { !$0.hasPrefix("takes the lead") }
        #expect(told.count >= 1 && told.allSatisfy { $0.contains("is damaged") }, "\(told)")
    }

    @Test func `one changed manifest of many decodes one and reports one, and a poll decodes none`() async throws {
        let bench = try GitBench()
        var files: [String: String] = [:]
        for number in 0..<300 {
            files["fleet/\(number % 10)/a\(number).yaml"] = GitBench.application("a\(number)", "1.0")
        }
        try await bench.commit(files)
        let source = try bench.manifests("one")
        _ = try await bench.changed(source)
        let before = await source.counters
        #expect(before.decodedFiles == 300)
        guard case .unchanged = await source.fetch() else {
            Issue.record("nothing has changed")
            return
        }
        #expect(await source.counters.decodedFiles == 300)
        try await bench.commit(["fleet/7/a7.yaml": GitBench.application("a7", "1.1")])
        let change = try await bench.changed(source)
        let after = await source.counters
        #expect(change.declared.map(\.application.name) == ["a7"])
        #expect(after.decodedFiles - before.decodedFiles == 1)
        #expect(after.reportedApplications - before.reportedApplications == 1)
    }

    @Test func `nothing is removed by a head in which something refers to what there is not`() async throws {
        let bench = try GitBench()
        let needs = GitBench.application("web", "1.0") + "\n  dependsOn: [db]"
        try await bench.commit(["db.yaml": GitBench.application("db", "1.0"), "web.yaml": needs])
        let source = try bench.manifests("one")
        #expect(try await bench.changed(source).isComplete)
        try await bench.commit(["db.yaml": nil])
        let change = try await bench.changed(source)
        #expect(change.gone == ["db"] && Array(change.held.keys) == ["web"])
        #expect(!change.isComplete && change.obstacle?.hasPrefix("web.yaml:") == true, "\(change)")
        try await bench.commit(["web.yaml": GitBench.application("web", "1.0")])
        #expect(try await bench.changed(source).isComplete)
    }

    @Test func `what was renamed twice between two looks, or while nobody looked, comes with all its names`()
        async throws
    {
        func named(_ name: String, from former: String? = nil) -> String {
            let text = GitBench.application(name, "1.0")
            guard let former else { return text }
            return text.replacing("{name: \(name)}", with: "{name: \(name), renamedFrom: \(former)}")
        }
        let bench = try GitBench()
        let root = try await bench.commit(["a.yaml": named("a"), "other.yaml": GitBench.application("other", "1.0")])
        let source = try bench.manifests("one")
        _ = try await bench.changed(source)
        try await bench.commit(["a.yaml": nil, "b.yaml": named("b", from: "a")])
        try await bench.commit(["b.yaml": nil, "c.yaml": named("c", from: "b")])
        func names(_ change: FleetChange) -> [String?]? {
            change.declared.first { $0.application.name == "c" }?.trail?.between.map { $0.application?.renamedFrom }
        }
        #expect(names(try await bench.changed(source)) == ["a"])
        var status = Status(application: "a", observedRevision: root.description)
        let seen = try await bench.changed(bench.manifests("two", recorded: []))
        let application = try #require(seen.declared.first { $0.application.name == "c" }?.application)
        status.past = Past(application, at: root.description)
        #expect(names(try await bench.changed(bench.manifests("three", recorded: [status]))) == ["a"])
    }

    @Test func `a rewritten history is taken up and prunes nothing`() async throws {
        let bench = try GitBench()
        let root = try await bench.commit(["a.yaml": GitBench.application("a", "1.0")])
        try await bench.commit(["b.yaml": GitBench.application("b", "1.0")])
        let source = try bench.manifests("one")
        #expect(try await bench.changed(source).isComplete)
        try await bench.commit(["a.yaml": GitBench.application("a", "2.0")], on: root)
        let change = try await bench.changed(source)
        #expect(!change.isComplete)
        #expect(change.obstacle?.hasPrefix("main was rewritten: ") == true)
        #expect(change.gone == ["b"])
        #expect(change.declared.map(\.application.release.version) == ["2.0"])
    }

    @Test func `with an empty disk, what the record took up elsewhere is not pruned`() async throws {
        let bench = try GitBench()
        let root = try await bench.commit(["a.yaml": GitBench.application("a", "1.0")])
        let lost = try await bench.commit(["b.yaml": GitBench.application("b", "1.0")])
        try await bench.commit(["a.yaml": GitBench.application("a", "2.0")], on: root)
        let record = Status(application: "b", observedRevision: lost.description)
        #expect(try await !bench.changed(try bench.manifests("empty", recorded: [record])).isComplete)
        let known = Status(application: "b", observedRevision: root.description)
        #expect(try await bench.changed(try bench.manifests("other", recorded: [known])).isComplete)
    }

    @Test func `a broken file holds what it declared and nothing else`() async throws {
        let bench = try GitBench()
        try await bench.commit([
            "a.yaml": GitBench.application("a", "1.0"), "b.yaml": GitBench.application("b", "1.0"),
        ])
        let source = try bench.manifests("one")
        _ = try await bench.changed(source)
        try await bench.commit([
            "a.yaml": "apiVersion: sluice.dev/v1\nkind: [", "b.yaml": GitBench.application("b", "1.1"),
        ])
        let change = try await bench.changed(source)
        #expect(change.held.keys.sorted() == ["a"])
        #expect(change.declared.map(\.application.name) == ["b"])
        #expect(change.gone.isEmpty && !change.isComplete)
    }

    @Test func `a branch and a repository that are not there are failures with a sentence`() async throws {
        let bench = try GitBench()
        let source = try bench.manifests("one")
        guard case .failed(let empty) = await source.fetch() else {
            Issue.record("an empty repository declares nothing")
            return
        }
        #expect(empty.kind == .notFound && empty.message.contains("no branch main"))
        try await bench.commit(["a.yaml": GitBench.application("a", "1.0")])
        #expect(try await bench.changed(source).isFull)
        try FileManager.default.removeItem(atPath: bench.path + "/refs/heads/main")
        guard case .failed(let gone) = await source.fetch() else {
            Issue.record("a deleted branch declares nothing")
            return
        }
        #expect(gone.message.contains("stays declared"))
    }
}
