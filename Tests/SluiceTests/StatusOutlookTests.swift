import Foundation
import Testing

/// What `sluice status` says of what is promised and does not come, and of what cannot be taken up.
@Suite(.timeLimit(.minutes(5))) struct StatusOutlookTests {
    private static let fleet = ["--repository", "fleet.git"]

    @Test func `what is long overdue is said, and so is that nobody leads`() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") { $0.replacing("weight: 50, gates: [answers]", with: "weight: 50, hold: 300h") }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        let led = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(led.contains(/next +nothing while nobody leads; then in [0-9dhms]+: 100% \(stage full\)/), "\(led)")
        // As a daemon leaves it that was killed an hour ago, by a clock that goes a thousand times as fast.
        try scratch.editEnvironment { text in
            text.split(separator: "\n").filter { !$0.hasPrefix("left:") }.map { line in
                line.hasPrefix("wall:") ? #"wall: "2026-01-01T00:00:00.000Z""# : String(line)
            }.joined(separator: "\n") + "\n"
        }
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(
            text.contains(/next +100% \(stage full\), which was due [0-9dhm]+ ago: does the daemon run, and reach/),
            "\(text)")
        #expect(text.contains(/The leader is [^\n]*epoch 2/))
        #expect(text.contains(/waiting +Hold: stage half holds 50% \(was due [0-9dhm]+ ago\)/), "\(text)")
        let list = try scratch.sluice("status", "--repository", "fleet.git").output
        #expect(list.contains(/what was due [0-9dhm]+ ago has not come: does the daemon run/), "\(list)")
        #expect(try RequestVerbTests.status(scratch)["overdue"] != nil)
        try FieldsTests.expectDocumented(["overdue"])
        // What stands still is not overdue.
        #expect(try scratch.sluice("pause", "shop", "--repository", "fleet.git").code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try RequestVerbTests.status(scratch)["overdue"] == nil)
    }

    @Test func `of a head that cannot be read everybody is told one sentence`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("replicas: 4", with: "replicas: four") }
        try scratch.commit("Break it")
        try scratch.git("push", "-q", "origin", "main")
        let sentence = "what main declares of shop is not taken up: shop.yaml:7:"
        // By the head itself, and by what the daemon makes of it.
        for isTold in [false, true] {
            if isTold { #expect(try scratch.reconcile().code == 0) }
            for arguments in [["status"], ["status", "shop"]] {
                let told = try scratch.sluice(arguments + Self.fleet)
                #expect(told.output.contains(sentence), "\(told.output)")
                #expect(!told.output.contains("nothing, until a commit changes it"))
                #expect(!told.output.contains("Healthy  1.0.0"))
            }
            let wait = try scratch.sluice(["status", "--wait", "healthy"] + Self.fleet)
            #expect(wait.code == 1 && wait.complaint.hasPrefix("sluice: \(sentence)"), "\(wait.complaint)")
            let status = try RequestVerbTests.status(scratch)
            let waiting = try #require(status["waiting"] as? [String: Any])
            #expect((waiting["message"] as? String)?.hasPrefix(sentence) == true)
            #expect(waiting["reason"] as? String == "InvalidDeclaration")
            #expect((status["notTakenUp"] as? String)?.hasPrefix(sentence) == true)
            #expect(status["phase"] as? String == "Degraded")
        }
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains(/next +nothing of what is declared, until a commit mends it/), "\(text)")
    }

    @Test func `what was never deployed and cannot be read says why, and nothing of going back`() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("ladder.yaml") { _ in
            "apiVersion: sluice.dev/v1\nkind: Strategy\nmetadata: {name: ladder}\nspec: {stages: [{name: a, weight: 100, hold: \"5m -\"}]}\n"
        }
        try scratch.edit("other.yaml") { _ in
            """
            apiVersion: sluice.dev/v1
            kind: Application
            metadata: {name: other}
            spec:
              version: "1.0.0"
              components:
                - {name: web, kind: service, replicas: 1, run: {simulated: {startTime: 1s}}}
              rollout: {strategy: ladder}

            """
        }
        try scratch.commit("Begin another")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile().code == 0)
        let text = try scratch.sluice("status", "other", "--repository", "fleet.git").output
        #expect(
            text.contains("InvalidDeclaration: what main declares of other is not taken up: ladder.yaml:4:"),
            "\(text)")
        let refused = try scratch.sluice("abort", "other", "--repository", "fleet.git")
        #expect(refused.code == 1)
        #expect(!refused.complaint.contains("rollback"), "\(refused.complaint)")
    }

    @Test func `advice needs nothing added, whoever prints it`() throws {
        let scratch = try RequestVerbTests.waiting()
        let command = "sluice approve shop --gate consent --repository \(scratch.path)/fleet.git"
        let waiting = try RequestVerbTests.status(scratch)["waiting"] as? [String: Any]
        #expect((waiting?["message"] as? String)?.contains(command) == true, "\(waiting ?? [:])")
        #expect(try scratch.sluice("status", "--repository", "fleet.git").output.contains(command))
        #expect(try scratch.sluice("status", "shop", "--repository", "fleet.git").output.contains(command))
        let wait = try scratch.sluice(["status", "--wait", "healthy", "--timeout", "1ms"] + Self.fleet)
        #expect(wait.complaint.contains(command), "\(wait.complaint)")
    }

    @Test func `whoever took an application away is named, and not who declared it`() throws {
        let scratch = try VerbScratch.quickFleet()
        let shop = try String(contentsOfFile: scratch.path + "/fleet/shop.yaml", encoding: .utf8)
        try scratch.edit("other.yaml") { _ in
            shop.replacing("name: shop", with: "name: other").replacing("name: answers", with: "name: others")
                .replacing("gates: [answers]", with: "gates: [others]")
        }
        try scratch.commit("Begin another")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile().code == 0)
        try scratch.git("rm", "-q", "other.yaml")
        try scratch.commit("Take the other away", by: "Ben")
        try scratch.git("push", "-q", "origin", "main")
        let remover = try scratch.git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
        try scratch.release("1.1.0", by: "Cy")
        var removed: [String: Any]?
        for _ in 0..<20 where removed == nil {
            #expect(try scratch.reconcile().code == 0)
            let entries = try #require(try scratch.json("history", "--repository", "fleet.git") as? [[String: Any]])
            removed = entries.first { $0["kind"] as? String == "removed" }
        }
        #expect(removed?["author"] as? String == "Ben", "\(removed ?? [:])")
        #expect(removed?["revision"] as? String == remover)
        #expect(removed?["subject"] as? String == "Take the other away")
    }

    /// A condition of the shop's, as the branch has it.
    private static func valid(_ scratch: VerbScratch) throws -> (message: String, since: String, status: Bool?) {
        let list = try #require(try scratch.json("status", "--repository", "fleet.git") as? [[String: Any]])
        let shop = try #require(list.first { $0["application"] as? String == "shop" })
        let conditions = try #require(shop["conditions"] as? [[String: Any]])
        let valid = try #require(conditions.first { $0["type"] as? String == "DeclarationValid" })
        return (
            try #require(valid["message"] as? String), try #require(valid["lastTransitionTime"] as? String),
            valid["status"] as? Bool
        )
    }

    @Test func `the finding that is told is the one that the head has now`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("shop.yaml") { $0.replacing("kind: service", with: "kind: servise") }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        let first = try Self.valid(scratch)
        #expect(first.status == false && first.message.hasPrefix("shop.yaml:7:"), "\(first)")
        try scratch.edit("shop.yaml") {
            $0.replacing("kind: servise", with: "kind: service").replacing("  version:", with: "  verison:")
        }
        try scratch.commit("Mend that, and break it otherwise")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile().code == 0)
        let second = try Self.valid(scratch)
        #expect(second.status == false && second.message.contains("verison"), "\(second)")
        #expect(second.since == first.since)
        // Mended, it is no reason any more, whether a daemon has seen it or not.
        try scratch.edit("shop.yaml") { $0.replacing("  verison:", with: "  version:") }
        try scratch.commit("Mend it")
        try scratch.git("push", "-q", "origin", "main")
        #expect(!(try scratch.sluice("status", "--repository", "fleet.git").output.contains("verison")))
    }

    /// The quick fleet, and beside its shop a cart of the same kind; both serve.
    private static func withCart() throws -> VerbScratch {
        let scratch = try VerbScratch.quickFleet()
        let shop = try String(contentsOfFile: scratch.path + "/fleet/shop.yaml", encoding: .utf8)
        try scratch.edit("cart.yaml") { _ in
            String(shop.prefix(upTo: shop.range(of: "---")?.lowerBound ?? shop.endIndex))
                .replacing("name: shop", with: "name: cart").replacing(", gates: [answers]", with: "")
        }
        try scratch.commit("Begin another")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile().code == 0)
        return scratch
    }

    @Test func `what is declared no more and stays says what it stays for`() throws {
        let scratch = try Self.withCart()
        try scratch.edit("cart.yaml") { $0.replacing("  version:", with: "  verison:") }
        try scratch.commit("Break the cart")
        try scratch.git("rm", "-q", "shop.yaml")
        try scratch.commit("Take the shop away")
        try scratch.git("push", "-q", "origin", "main")
        #expect(try scratch.reconcile().code == 0)
        let held = try Self.valid(scratch)
        #expect(held.status == false && held.message.contains("its removal is held: cart.yaml:5:3"), "\(held)")
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains("main does not declare shop any more, and its removal is held: cart.yaml:5:3"), "\(text)")
        #expect(text.contains(/keep +git fetch.*git revert/) && text.contains(/mend +sluice validate/), "\(text)")
        let wait = try scratch.sluice(["status", "shop", "--wait", "healthy"] + Self.fleet)
        #expect(wait.code == 1 && wait.complaint.contains("cart.yaml:5:3"), "\(wait.complaint)")
    }

    @Test func `what a rewritten branch dropped says so by itself, and goes with the next commit`() throws {
        let scratch = try Self.withCart()
        try scratch.git("checkout", "-q", "--orphan", "anew")
        try scratch.git("rm", "-q", "-f", "shop.yaml")
        try scratch.commit("Begin anew")
        try scratch.git("push", "-q", "--force", "origin", "anew:main")
        #expect(try scratch.reconcile().code == 0)
        let held = try Self.valid(scratch)
        #expect(held.message.contains("its removal is held: main was rewritten: "), "\(held)")
        let text = try scratch.sluice("status", "--repository", "fleet.git").output
        #expect(text.contains("main was rewritten and does not declare shop any more"), "\(text)")
        #expect(!text.contains("does a daemon run"))
        // The next commit that builds on it is not taken for one that is rewritten too.
        try scratch.edit("cart.yaml") { $0.replacing("replicas: 4", with: "replicas: 3") }
        try scratch.commit("Go on")
        try scratch.git("push", "-q", "origin", "anew:main")
        let next = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(next.contains("shop is not declared any more") && !next.contains("was rewritten and"), "\(next)")
        #expect(try scratch.reconcile().code == 0)
        let gone = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(gone.contains("emov") && !gone.contains("is held"), "\(gone)")
    }

    @Test func `a list of what is passed over that is a link is told by all, and lets nothing begin`() throws {
        let scratch = try VerbScratch.quickFleet()
        let shop = try String(contentsOfFile: scratch.path + "/fleet/shop.yaml", encoding: .utf8)
        #expect(try scratch.reconcile().code == 0)
        try scratch.edit("evil.yaml") { _ in
            String(shop.prefix(upTo: shop.range(of: "---")?.lowerBound ?? shop.endIndex))
                .replacing("name: shop", with: "name: evil").replacing(", gates: [answers]", with: "")
        }
        try scratch.edit("patterns") { _ in "evil.yaml\n" }
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/fleet/.sluiceignore", withDestinationPath: "patterns")
        try scratch.commit("Link the list")
        try scratch.git("push", "-q", "origin", "main")
        let finding = ".sluiceignore:1:1"
        for arguments in [["fleet"], ["fleet", "--revision", "HEAD"], ["fleet.git", "--revision", "main"]] {
            let result = try scratch.sluice(["validate"] + arguments)
            #expect(result.code == 1 && result.output.contains(finding), "\(arguments): \(result.output)")
        }
        let run = try scratch.reconcile()
        #expect((run.output + run.complaint).contains(finding))
        let list = try #require(try scratch.json("status", "--repository", "fleet.git") as? [[String: Any]])
        let evil = try #require(list.first { $0["application"] as? String == "evil" })
        #expect(evil["candidate"] == nil && evil["stable"] == nil, "\(evil)")
        #expect((evil["notTakenUp"] as? String)?.contains(finding) == true, "\(evil)")
    }
}
