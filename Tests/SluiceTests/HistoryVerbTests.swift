import Foundation
import Testing

/// `sluice history` of what people asked, beside what came of it.
@Suite struct HistoryVerbTests {
    private static func told(_ entries: [[String: Any]]) -> [String] {
        entries.map { "\($0["kind"] ?? "?") \($0["version"] ?? "?") \($0["author"] ?? "?")" }
    }

    private static func history(_ scratch: VerbScratch, _ arguments: String...) throws -> [[String: Any]] {
        let result = try scratch.sluice(["history", "--repository", "fleet.git", "--output", "json"] + arguments)
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    }

    private static func ask(_ scratch: VerbScratch, _ name: String, _ arguments: String...) throws {
        let result = try scratch.sluice(
            as: name, list: [arguments[0], "shop", "--repository", "fleet.git"] + arguments.dropFirst())
        #expect(result.code == 0, "\(arguments): \(result.complaint)")
    }

    @Test(.timeLimit(.minutes(5)))
    func `what was asked stands at its own time, with who asked, after it has ended too`()
        throws
    {
        let scratch = try RequestVerbTests.waiting()
        try Self.ask(scratch, "Ben", "pause", "--reason", "checkout fails")
        #expect(try scratch.reconcile().code == 0)
        try Self.ask(scratch, "Cleo", "resume")
        try Self.ask(scratch, "Ada", "approve", "--gate", "consent", "--reason", "looks fine")
        #expect(try scratch.reconcile().code == 0)
        try Self.ask(scratch, "Dan", "promote", "--full")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.requests(scratch).isEmpty, "all have ended")

        let entries = try Self.history(scratch, "shop")
        #expect(
            Self.told(entries) == [
                "served 1.1.0 Ada", "promoted 1.1.0 Dan", "approved 1.1.0 Ada", "resumed 1.1.0 Cleo",
                "paused 1.1.0 Ben", "started 1.1.0 Ada", "served 1.0.0 Ada", "started 1.0.0 Ada",
            ])
        let times = entries.compactMap { $0["at"] as? String }
        #expect(times.count == entries.count && times == times.sorted(by: >))
        let approval = try #require(entries.first { $0["kind"] as? String == "approved" })
        #expect(approval["gate"] as? String == "consent" && approval["stage"] as? String == "half")
        #expect(approval["reason"] as? String == "looks fine")
        #expect(approval["revision"] != nil && approval["requestCommit"] != nil && approval["statusCommit"] == nil)
        try FieldsTests.expectDocumented(FieldsTests.fields(entries))
        let text = try scratch.sluice("history", "--repository", "fleet.git").output
        #expect(text.contains("asked: pause 1.1.0 (checkout fails)"), "\(text)")
        #expect(text.contains("asked: approve 1.1.0, gate consent, stage half (looks fine)"))
        // A limit cuts the oldest, whichever branch tells them.
        #expect(Self.told(try Self.history(scratch, "--limit", "3")).last == "approved 1.1.0 Ada")
    }

    @Test(.timeLimit(.minutes(5))) func `an abort, a retry and a pause of the fleet are told beside what came of them`()
        throws
    {
        let scratch = try RequestVerbTests.waiting()
        try Self.ask(scratch, "Ben", "abort", "--reason", "wrong colour")
        #expect(try scratch.reconcile().code == 0)
        try Self.ask(scratch, "Cleo", "retry")
        #expect(try scratch.reconcile().code == 0)
        #expect(try scratch.sluice(as: "Dan", "pause", "--all", "--repository", "fleet.git").code == 0)
        let told = Self.told(try Self.history(scratch, "shop"))
        for entry in ["aborted 1.1.0 Ben", "retried 1.1.0 Cleo", "paused ? Dan"] {
            #expect(told.filter { $0 == entry }.count == 1, "\(entry): \(told)")
        }
        // What was rejected before it was tried again was rejected when it was aborted.
        let entries = try Self.history(scratch, "shop")
        let retried = try #require(entries.firstIndex { $0["kind"] as? String == "retried" })
        #expect(!entries[..<retried].contains { $0["kind"] as? String == "rejected" }, "\(told)")
        // It is about everything.
        let pause = try Self.history(scratch, "shop").first { $0["kind"] as? String == "paused" }
        #expect(pause != nil && pause?["application"] == nil)
        let text = try scratch.sluice("history", "--repository", "fleet.git").output
        #expect(text.contains("(all)") && text.contains("asked: pause the fleet"), "\(text)")
    }

    @Test(.timeLimit(.minutes(5)))
    func `a dark release that is declared active is told as activated, with whose commit`()
        throws
    {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("  version:", with: "  activation: inactive\n  version:") }
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("  activation: inactive\n", with: "") }
        try scratch.commit("Activate it", by: "Ben")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile().code == 0)
        let entries = try Self.history(scratch, "shop")
        // What serves is told with the commit that made it serve.
        #expect(Self.told(entries).first == "served 1.1.0 Ben")
        #expect(Self.told(Array(entries.dropFirst())).prefix(2) == ["activated 1.1.0 Ben", "dark 1.1.0 Ada"])
        #expect(entries[1]["text"] as? String == "1.1.0 is activated, beside 1.0.0")
        #expect(entries[1]["subject"] as? String == "Activate it")
    }

    @Test(.timeLimit(.minutes(5)))
    func `a rollout that ends before it had any weight is told as ended, with why`() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") {
            $0.replacing("smokeTest: {requests: [{path: /health}]}", with: "when: before, approval: {count: 1}")
        }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        #expect(Self.told(try Self.history(scratch, "shop")).first == "started 1.1.0 Ada")
        try scratch.release("1.0.0", by: "Ben")
        #expect(try scratch.reconcile().code == 0)
        let entry = try #require(try Self.history(scratch, "shop").first)
        #expect(Self.told([entry]) == ["turnedBack 1.1.0 Ben"], "\(entry)")
        #expect(entry["text"] as? String == "back to 1.0.0 from 1.1.0: reverted to 1.0.0")
    }

    @Test func `what is no request, or was taken away by hand, harms no history`() throws {
        let scratch = try RequestVerbTests.waiting()
        try Self.ask(scratch, "Ben", "approve", "--gate", "consent")
        try scratch.git("fetch", "-q", "origin", "sluice/requests/default")
        try scratch.git("checkout", "-q", "-B", "requests", "FETCH_HEAD")
        try scratch.git("rm", "-q", "-r", "shop")
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/fleet/shop", withIntermediateDirectories: true)
        try scratch.edit("shop/nonsense.yaml") { _ in "verb: [\u{1b}[2J" }
        try scratch.commit("Not so", by: "Cleo")
        try scratch.git("push", "-q", "origin", "HEAD:sluice/requests/default")
        let result = try scratch.sluice("history", "--repository", "fleet.git", "shop")
        #expect(result.code == 0 && !result.output.contains("\u{1b}"))
        let told = Self.told(try Self.history(scratch, "shop"))
        let asked = told.filter { !$0.hasPrefix("started") && !$0.hasPrefix("served") }
        #expect(asked == ["withdrawn 1.1.0 Cleo", "approved 1.1.0 Ben"], "\(told)")
    }
}
