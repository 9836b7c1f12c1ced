import Foundation
import Testing

/// `sluice rollback`, and the commit that a strategy asks for.
@Suite struct RollbackVerbTests {
    @Test func aRollbackRestoresTheReleaseAndNothingElse() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("replicas: 4", with: "replicas: 6") }
        try scratch.edit("other.yaml") { _ in "# Something else of the same commit.\n" }
        try scratch.release("1.1.0", by: "Ben")
        #expect(try scratch.reconcile().code == 0)
        let reverted = try scratch.git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
        let done = try scratch.sluice("rollback", "shop", "--repository", "fleet.git", "--reason", "too slow")
        #expect(done.code == 0, "\(done.complaint)")
        #expect(done.output.hasPrefix("restored: shop 1.0.0 instead of 1.1.0, as Ada <Ada@example.org> ("))
        try scratch.git("pull", "-q", "origin", "main")
        let message = try scratch.git("log", "-1", "--format=%an%n%B")
        #expect(
            message.hasPrefix("Ada\nRestore shop 1.0.0\n\nTakes back 1.1.0: too slow\n\nSluice-Reverts: \(reverted)\n"))
        let changed = try scratch.git("show", "--format=", "--unified=0", "HEAD").split(separator: "\n")
            .filter { $0.hasPrefix("+ ") || $0.hasPrefix("- ") }
        #expect(changed == ["-  version: \"1.1.0\"", "+  version: \"1.0.0\""])
        // Somebody else on call does the same.
        let again = try scratch.sluice("rollback", "shop", "--repository", "fleet.git")
        #expect(again.code == 1)
        #expect(again.complaint.contains("declares shop 1.0.0 by a rollback already"), "\(again.complaint)")
        #expect(try scratch.reconcile().output.contains("1.0.0 serves alone on flip"))
        // And again, when it is over: what was taken back is none to go back to.
        let third = try scratch.sluice("rollback", "shop", "--repository", "fleet.git")
        #expect(third.code == 1)
        #expect(third.complaint.contains("there is nothing to go back to"), "\(third.complaint)")
    }

    @Test func whatWasDeclaredAnewByARevertAndRolledBackIsTakenBackToo() throws {
        let scratch = try VerbScratch.quickFleet()
        for version in ["1.0.0", "1.1.0", "1.2.0"] {
            if version != "1.0.0" { try scratch.release(version) }
            #expect(try scratch.reconcile().code == 0)
        }
        try scratch.git("pull", "-q", "origin", "main")
        try scratch.git("revert", "--no-edit", "HEAD")
        try scratch.git("push", "-q", "origin", "HEAD:main")
        // What goes back already is not turned round by whoever pastes the next command.
        let meanwhile = try scratch.sluice("rollback", "shop", "--repository", "fleet.git")
        #expect(meanwhile.code == 1)
        #expect(
            meanwhile.complaint.contains("declares shop 1.1.0 instead of 1.2.0, which was declared after it"),
            "\(meanwhile.complaint)")
        #expect(try scratch.reconcile().code == 0)
        let back = try scratch.sluice("rollback", "shop", "--repository", "fleet.git")
        #expect(back.output.hasPrefix("restored: shop 1.0.0 instead of 1.1.0"), "\(back.complaint)")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
        let again = try scratch.sluice("rollback", "shop", "--repository", "fleet.git")
        #expect(again.code == 1)
        #expect(again.complaint.contains("there is nothing to go back to"), "\(again.complaint)")
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(!text.contains("sluice rollback"), "\(text)")
    }

    @Test func aRejectedReleaseIsNoneToGoBackTo() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("{path: /health}", with: "{path: /health, expectStatus: 500}") }
        try scratch.release("1.1.0")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let done = try #require(
            try scratch.json("rollback", "shop", "--repository", "fleet.git") as? [String: Any])
        #expect(done["version"] as? String == "1.0.0")
        try FieldsTests.expectDocumented(FieldsTests.fields(done))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let again = try scratch.sluice("rollback", "shop", "--repository", "fleet.git")
        #expect(again.code == 1)
        #expect(again.complaint.contains("there is nothing to go back to"), "\(again.complaint)")
    }

    @Test func aBranchThatRefusesThePushIsARefusal() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.release("1.1.0")
        // The working tree has its branch checked out.
        let refused = try scratch.sluice("rollback", "shop", "--repository", "fleet")
        #expect(refused.code == 1)
        #expect(refused.complaint.contains("refuses the push to main"))
        #expect(refused.complaint.contains("sluice abort shop"))
        let unknown = try scratch.sluice("rollback", "shpo", "--repository", "fleet.git")
        #expect(unknown.complaint == "sluice: main does not declare shpo; did you mean \"shop\"?\n")
    }

    @Test func aStrategyThatAsksForItGetsOneCommitThatRestoresAndThenRests() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") { text in
            text.replacing("      stages:", with: "      onFailure: revert\n      stages:")
        }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("{path: /health}", with: "{path: /health, expectStatus: 500}") }
        try scratch.release("1.1.0")
        for _ in 0..<3 { #expect(try scratch.reconcile().code == 0) }
        try scratch.git("pull", "-q", "origin", "main")
        let log = try scratch.git("log", "--format=%an: %s").split(separator: "\n")
        #expect(log.prefix(2) == ["Sluice: Restore shop 1.0.0", "Ada: Release shop 1.1.0"])
        #expect(log.filter { $0.contains("Restore") }.count == 1)
        let status = try #require(
            try scratch.json("status", "--repository", "fleet.git", "shop") as? [String: Any])
        #expect(status["phase"] as? String == "Healthy")
        let rejected = try #require((status["rejected"] as? [[String: Any]])?.first)
        #expect(rejected["restoration"] as? String == "Pushed")
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains("a commit restores the release before"), "\(text)")
        // Declared anew, it is tried anew.
        try scratch.release("1.1.0")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        try scratch.git("pull", "-q", "origin", "main")
        #expect(
            try scratch.git("log", "--format=%s").split(separator: "\n").filter { $0.contains("Restore") }.count == 2)
    }
}
