import Conformance
import Core
import Foundation
import Git
import Reconciler
import Repository
import Synchronization
import TestSupport
import Testing

/// What somebody who does not lead does to the status branch.
@Suite(.timeLimit(.minutes(5))) struct StatusBranchOthersTests {
    private static let branch = GitStatusStore.branch(of: "default")
    private static let shop = GitStatusStore.path(of: "shop")

    private let bench: GitBench
    private let store: GitStatusStore
    private let epoch: Int

    init() async throws {
        bench = try GitBench()
        store = try bench.statuses("one")
        epoch = try await store.lead().epoch
        #expect(await store.push(Self.updates("shop", "cart"), epoch: epoch) == .accepted)
    }

    private static func updates(_ names: String...) -> [StatusUpdate] {
        names.map { StatusUpdate(status: Status(application: $0, observedRevision: "r"), summary: "s") }
    }

    private func tip() async throws -> ObjectID { try #require(try await bench.repository.tip(of: Self.branch)) }

    private func text(_ path: String) async throws -> String? {
        guard let blob = try await bench.repository.blobID(at: path, in: try await tip()) else { return nil }
        return String(decoding: try await bench.repository.blob(blob, limit: 1 << 20), as: UTF8.self)
    }

    private func change(_ files: [String: String?]) async throws {
        var edit = TreeEdit()
        for (path, text) in files {
            if let text { edit.set(path, to: Array(text.utf8)) } else { edit.remove(path) }
        }
        let id = try await bench.repository.commit(
            edit, on: try await tip(), message: "tidy up",
            author: Signature(name: "Mallory", email: "m@example.org", time: 1_700_000_000))
        try await bench.repository.set("refs/heads/\(Self.branch)", to: id)
    }

    private func delete() throws {
        try FileManager.default.removeItem(atPath: "\(bench.path)/refs/heads/\(Self.branch)")
    }

    private var told: [String] { bench.notices.withLock { $0 } }

    @Test(
        arguments: [
            ["environment.yaml": "epoch: 1\nbranch: \"no branch\"\n"], ["environment.yaml": "epoch: 0\n"],
            ["environment.yaml": "epoch: 9223372036854775807\n"], ["environment.yaml": nil],
            [Self.shop: "- no\n"], [Self.shop: nil], [Self.shop + "/deeper.yaml": "x"],
            ["applications": "a file"],
            ["environment.yaml/a": "x", "applications/1c": "x", "applications/zz/new.yaml": "x"],
        ] as [[String: String?]])
    func `whatever it says is set right with the next look of whoever leads, and told once`(
        _ files: [String: String?]
    ) async throws {
        let paths = ["environment.yaml", Self.shop, GitStatusStore.path(of: "cart")]
        var before: [String?] = []
        for path in paths { before.append(try await text(path)) }
        try await change(files)
        for _ in 0..<3 { #expect(try await store.newerEpoch(than: epoch) == nil) }
        for (path, text) in zip(paths, before) { #expect(try await self.text(path) == text, "\(path)") }
        #expect(try await text("applications/zz/new.yaml") == nil)
        #expect(told.filter { $0.contains("was changed by somebody who does not lead") }.count == 1, "\(told)")
        #expect(told.contains { $0.contains("(\"tidy up\", by Mallory) counts for nothing") }, "\(told)")
        let commit = try await bench.repository.commit(try await tip())
        #expect(commit.summary.hasPrefix("Restore what was told: "))
        #expect(await store.push(Self.updates("shop"), epoch: epoch) == .accepted)
    }

    @Test func `what else stands on it is left alone`() async throws {
        try await change(["README": "a note"])
        let tip = try await tip()
        for _ in 0..<2 { #expect(try await store.newerEpoch(than: epoch) == nil) }
        #expect(try await self.tip() == tip && told.isEmpty)
        #expect(await store.push(Self.updates("shop"), epoch: epoch) == .accepted)
        #expect(try await text("README") == "a note")
    }

    @Test func `deleted, it is made again by whoever leads, with the next look or the next push`() async throws {
        let before = try await tip()
        for isLook in [true, false] {
            try delete()
            if isLook {
                #expect(try await store.newerEpoch(than: epoch) == nil)
                #expect(try await tip() == before)
            } else {
                #expect(await store.push(Self.updates("shop"), epoch: epoch) == .accepted)
            }
            #expect(try await text(GitStatusStore.path(of: "cart")) != nil)
        }
        #expect(
            told.filter { $0.contains("was deleted from") && $0.contains("it is made again") }.count == 2, "\(told)")
    }

    @Test func `who does not lead any more makes nothing again and sets nothing right`() async throws {
        let newer = try bench.statuses("newer")
        let second = try await newer.lead().epoch
        #expect(try await store.newerEpoch(than: epoch) == second)
        try delete()
        #expect(try await store.newerEpoch(than: epoch) == nil)
        #expect(try await bench.repository.tip(of: Self.branch) == nil)
        #expect(try await newer.newerEpoch(than: second) == nil)
        try await change([Self.shop: "- no\n"])
        let tip = try await tip()
        #expect(try await store.newerEpoch(than: epoch) == nil)
        #expect(try await self.tip() == tip)
    }

    @Test func `after the last epoch there is none, and what is advised takes that back`() async throws {
        try await change(["environment.yaml": "epoch: 9007199254740990\n"])
        #expect(try await store.newerEpoch(than: epoch) == 9_007_199_254_740_990, "somebody may lead under it")
        let failure = await PlatformConformance.refusal { _ = try await bench.statuses("two").lead() }
        let message = failure?.message ?? ""
        #expect(message.contains("no epoch can come after 9007199254740990"), "\(message)")
        #expect(message.contains("git revert --no-edit \(try await tip().short) "), "\(message)")
    }
}
