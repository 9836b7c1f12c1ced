import Foundation
import Testing

/// The fields of `--output json`: what a program may rely on, so they are listed here and told in `docs/cli.md`.
@Suite struct FieldsTests {
    static let page = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs/cli.md")

    /// Names of all fields in a value but of those whose names are other people's, or a manifest's.
    static func fields(_ value: Any, besides: Set<String> = []) -> Set<String> {
        var found: Set<String> = []
        if let list = value as? [Any] { for entry in list { found.formUnion(fields(entry, besides: besides)) } }
        for (key, inner) in value as? [String: Any] ?? [:] {
            found.insert(key)
            if !besides.contains(key) { found.formUnion(fields(inner, besides: besides)) }
        }
        return found
    }

    static func expectDocumented(_ fields: Set<String>) throws {
        let text = try String(contentsOf: page, encoding: .utf8)
        for field in fields { #expect(text.contains("`\(field)`"), "docs/cli.md does not tell of \(field)") }
    }

    @Test func findings() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") { $0.replacing("kind: service", with: "kin: service") }
        let fields = Self.fields(try scratch.json("validate", "fleet"), besides: ["documents"])
        #expect(
            fields == [
                "valid", "errors", "warnings", "files", "documents", "skipped", "others", "findings", "path", "line",
                "column", "severity", "code", "message", "suggestion",
            ])
        let committed = Self.fields(try scratch.json("validate", "fleet", "--revision", "HEAD"), besides: ["documents"])
        #expect(committed.contains("revision"))
        try Self.expectDocumented(fields.union(committed))
    }

    static let plan: Set<String> = [
        "from", "to", "settled", "disturbances", "applications", "name", "start", "serving", "servingSide", "retained",
        "retainedSide", "deploys", "steps", "at", "application", "kind", "text", "weights", "duration", "peakCapacity",
        "phase", "weight", "retainedUntil", "reached",
    ]

    @Test func plans() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.release("1.1.0")
        try scratch.release("1.0.0")
        let revert = try scratch.json("plan", "fleet", "--from", "HEAD~1", "--to", "HEAD")
        let fields = Self.fields(revert, besides: ["weights", "floors"])
        #expect(fields.isSuperset(of: Self.plan), "\(Self.plan.subtracting(fields))")
        try Self.expectDocumented(fields)
        let entry = try #require(((revert as? [String: Any])?["applications"] as? [[String: Any]])?.first)
        #expect(entry["deploys"] as? Bool == false)
        #expect((entry["start"] as? [String: Any])?["retainedSide"] as? String == "flip")
        #expect(entry["servingSide"] as? String == "flip")
        let simulated = try scratch.json("simulate", "fleet", "--from", "HEAD~2", "--to", "HEAD~1", "--seed", "3")
        let more = Self.fields(simulated, besides: ["weights", "floors"])
        #expect(more.isSuperset(of: ["seed", "requests", "failed", "floors", "side"]))
        try Self.expectDocumented(more)
    }

    @Test func statusesAndHistories() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        // A release and a strategy are as in the manifest.
        let status = Self.fields(
            try scratch.json("status", "--repository", "fleet.git"),
            besides: ["release", "strategy", "peakCapacity", "replicas"])
        #expect(
            status.isSuperset(of: [
                "application", "observedRevision", "appliedRevision", "phase", "stable", "side", "namespace", "release",
                "strategy", "revision", "weight", "state", "since", "retained", "conditions", "history",
            ]))
        try Self.expectDocumented(status)
        let history = Self.fields(try scratch.json("history", "--repository", "fleet.git"))
        #expect(
            history == [
                "at", "application", "kind", "text", "version", "former", "revision", "author", "email", "subject",
                "statusCommit",
            ])
        try Self.expectDocumented(history.union(["requestCommit", "stage", "gate", "reason"]))
    }
}
