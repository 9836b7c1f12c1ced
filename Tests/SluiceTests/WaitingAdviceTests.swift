import Foundation
import Testing

/// What is advised of what waits: for somebody, for another application, or dark.
extension AdviceTests {
    @Test(.timeLimit(.minutes(5))) func everyPauseIsToldAndTakenBackByWhatIsAdvised() throws {
        let scratch = try Self.fleet(.suspended)
        try Self.prepare(scratch, .inFlight)
        #expect(try scratch.sluice("pause", "shop", "--repository", "fleet.git").code == 0)
        #expect(try scratch.sluice("pause", "--all", "--repository", "fleet.git").code == 0)
        try scratch.edit("shop.yaml") {
            $0.replacing("spec:\n  version: ", with: "spec:\n  suspend: true\n  version: ")
        }
        try Self.push(scratch, "Hold it")
        #expect(try scratch.reconcile().code == 0)
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains("suspended, and it and the fleet are paused by Ada <"), "\(text)")
        #expect(text.contains("sluice resume shop") && text.contains("sluice resume --all"), "\(text)")
        #expect(try Self.follow("go on", in: scratch).contains("git revert"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.follow("go on", in: scratch).hasPrefix("sluice resume shop"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.follow("go on", in: scratch).hasPrefix("sluice resume --all"))
        #expect(try RequestVerbTests.requests(scratch).isEmpty)
    }

    @Test(.timeLimit(.minutes(5))) func whatWaitsDarkIsToldAndDroppedByWhatIsAdvised() throws {
        let scratch = try Self.fleet(.served)
        try scratch.edit("shop.yaml") {
            $0.replacing("spec:\n  version: ", with: "spec:\n  activation: inactive\n  version: ")
        }
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains(/doing +1\.0\.0 serves on flip; 1\.1\.0 waits dark on flop/), "\(text)")
        #expect(text.contains(/next +nothing, until a commit activates 1\.1\.0 or drops it/), "\(text)")
        #expect(text.contains(/activate +take activation: inactive out of its manifest, and push/), "\(text)")
        for verb in ["abort", "rollback"] {
            let refused = try scratch.sluice(verb, "shop", "--repository", "fleet.git")
            #expect(refused.code == 1)
            #expect(refused.complaint.contains("\n  to drop 1.1.0, in a clone: git fetch "), "\(refused.complaint)")
        }
        #expect(try Self.follow("drop", in: scratch).contains("git revert"))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let status = try RequestVerbTests.status(scratch)
        #expect(status["candidate"] == nil && status["phase"] as? String == "Healthy")
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
        let history = try scratch.sluice("history", "shop", "--repository", "fleet.git").output
        #expect(history.contains("1.1.0 does not wait dark any more"), "\(history)")
    }

    @Test(.timeLimit(.minutes(5))) func whatWaitsForARejectedDependencySaysWhomToSeeTo() throws {
        let scratch = try Self.fleet(.served)
        try scratch.edit("shop.yaml") { $0.replacing("{path: /health}", with: "{path: /health, expectStatus: 500}") }
        try scratch.edit("other.yaml") {
            $0.replacing("version: \"1.0.0\"", with: "version: \"1.0.1\"\n  dependsOn: [shop]")
        }
        try scratch.release("1.1.0")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let text = try scratch.sluice("status", "other", "--repository", "fleet.git").output
        #expect(text.contains(/next +nothing, until somebody sees to shop, for which it waits/), "\(text)")
        #expect(text.contains(/look +sluice status shop --repository/), "\(text)")
        let shop = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(
            shop.contains("serves already; once it serves as declared, other begins, which waits for it"), "\(shop)")
        #expect(try Self.follow("undo", in: scratch).hasPrefix("sluice rollback"))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try Self.version(of: "other", in: scratch) == "1.0.1")
    }

    @Test(.timeLimit(.minutes(5))) func whatNoCommandKeepsIsSaidWhereItWas() throws {
        let scratch = try Self.fleet(.served)
        try scratch.edit("shop.yaml") { $0.replacing("metadata: {name: shop}", with: "metadata: {name: store}") }
        try Self.push(scratch, "Call it otherwise")
        #expect(try scratch.reconcile().code == 0)
        let commit = try scratch.git("rev-parse", "--short=10", "HEAD").prefix(10)
        let advice = try #require(try RequestVerbTests.status(scratch)["advice"] as? [[String: Any]])
        let keep = try #require(advice.first { $0["name"] as? String == "keep" })
        #expect(
            keep["command"] != nil
                || (keep["text"] as? String)?.hasPrefix("\(commit) took it out of shop.yaml: ") == true,
            "\(keep)")
    }
}
