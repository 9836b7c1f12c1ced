import Foundation
import Testing

/// `sluice status` and `sluice history` on what a daemon wrote.
@Suite struct StatusVerbTests {
    @Test func statusTellsAllOrOne() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        let all = try scratch.sluice("status", "--repository", "fleet.git")
        #expect(all.code == 0)
        let lines = all.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[2].contains("nobody leads since "), "a single run is over when it has ended")
        #expect(lines[0].split(separator: " ") == ["APPLICATION", "PHASE", "STABLE", "CANDIDATE", "AGE", "WAITING"])
        #expect(lines[1].hasPrefix("shop         Healthy  1.0.0@flip 100%  -"))
        let one = try scratch.sluice("status", "--repository", "fleet.git", "shop")
        for part in ["doing   1.0.0 serves on flip, nothing moves", "next    nothing, until a commit changes it"] {
            #expect(one.output.contains(part), "\(part)")
        }
        let list = try #require(try scratch.json("status", "--repository", "fleet.git") as? [[String: Any]])
        var status = try #require(try scratch.json("status", "--repository", "fleet.git", "shop") as? [String: Any])
        // Worked out only for the one that is asked after.
        #expect((status.removeValue(forKey: "advice") as? [Any])?.isEmpty == true)
        #expect(list.count == 1 && NSDictionary(dictionary: list[0]) == NSDictionary(dictionary: status))
        #expect(status["application"] as? String == "shop")
        #expect(status["phase"] as? String == "Healthy")
        #expect((status["stable"] as? [String: Any])?["side"] as? String == "flip")
    }

    @Test func statusAfterARolloutSaysHowToUndoIt() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        let one = try scratch.sluice("status", "--repository", "fleet.git", "shop")
        #expect(one.output.contains("1.0.0 is still on flip for "))
        #expect(one.output.contains("undo    git fetch "))
    }

    @Test func whatHasNoStatusIsSaid() throws {
        let scratch = try VerbScratch.quickFleet()
        let none = try scratch.sluice("status", "--repository", "fleet.git")
        #expect(none.code == 2)
        #expect(none.complaint.contains("has no branch sluice/status/default"))
        #expect(try scratch.reconcile().code == 0)
        for verb in [["status"], ["history"], ["pause", "shop"]] {
            let wrong = try scratch.sluice(verb + ["--repository", "fleet.git", "--environment", "prd"])
            #expect(wrong.code == 2)
            #expect(wrong.complaint.hasSuffix("is --environment right? it has: default\n"), "\(wrong.complaint)")
        }
        for branch in ["main^", "main~1", "-x", "a..b", "a b", "HEAD@{1}"] {
            for verb in [["status"], ["run", "--once"]] {
                let wrong = try scratch.sluice(verb + ["--repository", "fleet.git", "--branch=\(branch)"])
                #expect(wrong.code == 2)
                #expect(wrong.complaint.contains("--branch takes a name as a branch has one"), "\(wrong.complaint)")
            }
        }
        let unknown = try scratch.sluice("status", "--repository", "fleet.git", "shoop")
        #expect(unknown.code == 2)
        #expect(unknown.complaint == "sluice: there is no status of shoop\n  known: shop\n")
        let waiting = try scratch.sluice("status", "--repository", "fleet.git", "shoop", "--wait", "healthy")
        #expect(waiting.code == 2)
        #expect(waiting.complaint == "sluice: main does not declare shoop\n  known: shop\n")
        let history = try scratch.sluice("history", "--repository", "fleet.git", "shoop")
        #expect(history.code == 2)
        #expect(history.complaint.contains("there is no status of shoop"))
    }

    @Test(.timeLimit(.minutes(5))) func waitingEndsWhenItIsSoOrTheTimeIsOver() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        let reached = try scratch.sluice(
            "status", "--repository", "fleet.git", "--wait", "healthy", "--interval", "1h")
        #expect(reached.code == 0)
        #expect(reached.output.contains("Healthy"))
        // Nobody takes this one up; the next look would come long after the time is over.
        try scratch.release("1.1.0")
        let late = try scratch.sluice(
            "status", "--repository", "fleet.git", "--wait", "healthy", "--interval", "1h", "--timeout", "100ms")
        #expect(late.code == 1)
        #expect(late.complaint.hasSuffix(" is not taken up\n"))
        let what =
            "sluice: not healthy within 100ms: shop: Healthy, 1.0.0@flip 100%; 1.1.0 is declared and not taken up yet; "
        #expect(late.complaint.contains(what + "nobody leads since "), "\(late.complaint)")
        #expect(late.output.isEmpty)
        // Nor is it Healthy to who only looks.
        let look = try scratch.sluice("status", "--repository", "fleet.git")
        #expect(look.output.contains("Progressing"))
        #expect(look.output.contains("1.1.0 is declared"))
        #expect(!look.output.contains("Healthy"))
        #expect(try scratch.sluice("status", "--repository", "fleet.git", "--timeout", "soon").code == 2)
    }

    @Test(.timeLimit(.minutes(5))) func watchingTellsWhatIsThereAndWhyNothingIs() throws {
        let scratch = try VerbScratch.quickFleet()
        let trouble = try scratch.firstLine("status", "--repository", "fleet.git", "--watch")
        #expect(trouble.hasSuffix("fleet.git has no branch sluice/status/default"))
        #expect(try scratch.reconcile().code == 0)
        let line = try scratch.firstLine("status", "--repository", "fleet.git", "--watch")
        #expect(line.hasSuffix(" shop: Healthy, 1.0.0@flip 100%"))
    }

    @Test(.timeLimit(.minutes(5))) func waitingEndsAtOnceWhereTheReleaseFailed() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        // What no release answers.
        try scratch.edit("shop.yaml") { $0.replacing("{path: /health}", with: "{path: /health, expectStatus: 500}") }
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        let failed = try scratch.sluice("status", "--repository", "fleet.git", "--wait", "healthy", "--interval", "1h")
        #expect(failed.code == 1)
        #expect(failed.complaint.contains("sluice: shop failed: "))
        let one = try scratch.sluice("status", "--repository", "fleet.git", "shop")
        #expect(
            one.output.contains("nothing, until it is retried, or a commit declares another version or this one anew"))
        // A head that is not taken up is no success, however well serves what was before.
        try scratch.edit("shop.yaml") { $0.replacing("kind: service", with: "kind: servise") }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        let held = try scratch.sluice("status", "--repository", "fleet.git", "--wait", "healthy", "--interval", "1h")
        #expect(held.code == 1)
        #expect(
            held.complaint.contains("what main declares of shop is not taken up: shop.yaml:7:25"), "\(held.complaint)")
        #expect(held.complaint.contains("servise"))
        let program = try scratch.json("status", "shop", "--repository", "fleet.git", "--wait", "healthy")
        let conditions = try #require((program as? [String: Any])?["conditions"] as? [[String: Any]])
        #expect(conditions.first { $0["type"] as? String == "DeclarationValid" }?["status"] as? Bool == false)
        let both = try scratch.sluice("status", "--repository", "fleet.git", "--wait", "healthy", "--watch")
        #expect(both.code == 2)
    }

    @Test func historyTellsDeploymentsRollbacksAndWhoMadeThem() throws {
        let scratch = try VerbScratch.quickFleet()
        for (version, name) in [("1.1.0", "Ben"), ("1.0.0", "Cleo")] {
            #expect(try scratch.reconcile().code == 0)
            try scratch.release(version, by: name)
        }
        #expect(try scratch.reconcile().code == 0)
        let entries = try #require(
            try scratch.json("history", "--repository", "fleet.git", "shop") as? [[String: Any]])
        let told = entries.map { "\($0["kind"] ?? "?") \($0["version"] ?? "?") \($0["author"] ?? "?")" }
        #expect(
            told == [
                "turnedBack 1.1.0 Cleo", "served 1.1.0 Ben", "started 1.1.0 Ben", "served 1.0.0 Ada",
                "started 1.0.0 Ada",
            ])
        #expect(entries.first?["former"] as? String == "1.0.0")
        #expect(entries.first?["subject"] as? String == "Release shop 1.0.0")
        let text = try scratch.sluice("history", "--repository", "fleet.git", "--limit", "1")
        #expect(text.code == 0)
        #expect(text.output.split(separator: "\n").count == 2)
        #expect(text.output.contains("back to 1.0.0 from 1.1.0: reverted from 1.1.0"))
        #expect(try scratch.sluice("history", "--repository", "fleet.git", "--limit", "0").code == 2)
    }
}
