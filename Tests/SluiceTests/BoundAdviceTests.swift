import Foundation
import Testing

/// What is advised does what it says wherever and whenever it is pasted, or nothing.
@Suite(.timeLimit(.minutes(5))) struct BoundAdviceTests {
    @Test func `a revert that is advised takes along nothing of what a clone has besides`() throws {
        let scratch = try AdviceTests.fleet(.inFlight)
        try AdviceTests.prepare(scratch, .inFlight)
        try scratch.git("checkout", "-q", "-b", "unfinished")
        try scratch.edit("other.yaml") { $0.replacing("1.0.0", with: "9.9.9") }
        try scratch.commit("Not to be pushed")
        let own = try scratch.git("rev-parse", "HEAD")
        try scratch.edit("NOTES") { _ in "not even committed" }
        #expect(try AdviceTests.follow("stop", in: scratch).contains("git revert"))
        #expect(try scratch.git("branch", "--show-current") == "unfinished\n")
        #expect(try scratch.git("rev-parse", "HEAD") == own)
        #expect(try scratch.git("status", "--porcelain") == "?? NOTES\n")
        try scratch.git("fetch", "-q", "origin")
        let pushed = try scratch.git("diff", "--name-only", "origin/main~2", "origin/main")
        #expect(pushed.isEmpty, "a release and its revert, and nothing else: \(pushed)")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try AdviceTests.version(of: "other", in: scratch) == "1.0.0")
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
    }

    @Test func `a line that is pasted again later is for no other release and no other stage`() throws {
        let scratch = try AdviceTests.fleet(.suspended)
        try AdviceTests.prepare(scratch, .inFlight)
        let halt = try AdviceTests.follow("halt", in: scratch)
        #expect(halt.hasPrefix("sluice pause shop --release 1.1.0 --repository "), "\(halt)")
        try scratch.release("1.2.0")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        for verb in [
            ["pause", "shop"], ["abort", "shop"], ["promote", "shop"], ["approve", "shop", "--gate", "consent"],
        ] {
            let refused = try scratch.sluice(verb + ["--release", "1.1.0", "--repository", "fleet.git"])
            #expect(refused.code == 1)
            #expect(refused.complaint.contains("shop 1.1.0 is not what is in flight: 1.2.0 is"), "\(refused.complaint)")
        }
        let stage = try scratch.sluice("promote", "shop", "--stage", "nowhere", "--repository", "fleet.git")
        #expect(stage.code == 1 && stage.complaint.contains("is not at stage nowhere"), "\(stage.complaint)")
        let status = try RequestVerbTests.status(scratch)
        let release = (status["candidate"] as? [String: Any])?["release"] as? [String: Any]
        let digest = try #require(release?["digest"] as? String)
        let meant = try scratch.sluice(
            "abort", "shop", "--release", String(digest.prefix(12)), "--repository", "fleet.git")
        #expect(meant.code == 0, "\(meant.complaint)")
    }

    @Test func `what failed and is held is tried again by what is advised`() throws {
        let scratch = try AdviceTests.fleet(.served)
        try scratch.edit("shop.yaml") {
            $0.replacing("{path: /health}", with: "{path: /health, expectStatus: 500}")
                .replacing("progressDeadline: 1000h", with: "progressDeadline: 1000h\n      onFailure: hold")
        }
        try scratch.release("1.1.0")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains(/next +nothing rises until it is tried again, or another version is declared/), "\(text)")
        #expect(text.contains(/doing +1\.1\.0 on flop failed and stays at/), "\(text)")
        try scratch.edit("shop.yaml") { $0.replacing(", expectStatus: 500", with: "") }
        try AdviceTests.push(scratch, "Mend what asks")
        #expect(try scratch.reconcile().code == 0)
        #expect(try AdviceTests.follow("retry", in: scratch).hasPrefix("sluice retry shop --release 1.1.0 "))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch) == "1.1.0")
    }

    @Test(arguments: [("stop", "sluice rollback shop"), ("skip", "sluice abort shop --release 1.1.0")])
    func `of two releases one is stopped or both, as is advised`(_ way: String, _ expected: String) throws {
        let scratch = try AdviceTests.fleet(.suspended)
        try scratch.edit("shop.yaml") {
            $0.replacing("progressDeadline: 1000h", with: "progressDeadline: 1000h\n      onNewVersion: queue")
        }
        for version in ["1.1.0", "1.2.0"] {
            try scratch.release(version)
            #expect(try scratch.reconcile().code == 0)
        }
        let queued = try RequestVerbTests.status(scratch)["queued"] as? [String: Any]
        #expect(queued?["version"] as? String == "1.2.0")
        #expect(try AdviceTests.follow(way, in: scratch).hasPrefix(expected))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let status = try RequestVerbTests.status(scratch)
        #expect(try AdviceTests.version(of: "shop", in: scratch) == (way == "skip" ? "1.2.0" : "1.0.0"))
        #expect(status["queued"] == nil, "\(status)")
    }

    @Test func `what the head declares and nobody told of is no fact, and is stopped by what is advised`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        // As where a hook refuses whatever the daemon has to tell.
        try scratch.release("1.1.0")
        for verb in ["abort", "pause", "promote"] {
            let refused = try scratch.sluice(verb, "shop", "--repository", "fleet.git")
            #expect(refused.code == 1)
            #expect(
                refused.complaint.contains("no rollout of shop is in flight, as last told, "), "\(refused.complaint)")
            #expect(refused.complaint.contains("1.1.0 is declared, and what came of that is not told"))
            #expect(!refused.complaint.contains("nothing moves"))
            let command = try #require(refused.complaint.firstMatch(of: /whatever came of it, in a clone: (.*)\n/)?.1)
            guard verb == "promote" else { continue }
            try AdviceTests.paste(String(command), in: scratch)
        }
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
    }
}
