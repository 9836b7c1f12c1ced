import Foundation
import Testing

/// What `sluice status` advises, pasted into a shell of a clone as it stands, and what comes of it.
@Suite struct AdviceTests {
    /// How somebody comes to be in need of advice.
    enum Situation: CaseIterable {
        case inFlight, superseded, darkToActive, suspended, strategyEdited, withAnother, moved, merged, served
        case servedAfterAnother, movedSinceServed, removed
    }

    /// What the shop declares after 1.0.0, one commit for each; a fleet whose rollouts stay at half.
    private static func prepare(_ scratch: VerbScratch, _ situation: Situation) throws {
        switch situation {
        case .inFlight, .served: try scratch.release("1.1.0")
        case .superseded, .servedAfterAnother:
            try scratch.release("1.1.0")
            #expect(try scratch.reconcile().code == 0)
            try scratch.release("1.2.0")
        case .darkToActive:
            try scratch.edit("shop.yaml") {
                $0.replacing("spec:\n  version: ", with: "spec:\n  activation: inactive\n  version: ")
            }
            try scratch.release("1.1.0")
            #expect(try scratch.reconcile().code == 0)
            try scratch.edit("shop.yaml") { $0.replacing("  activation: inactive\n", with: "") }
            try push(scratch, "Activate it")
        case .suspended:
            try scratch.release("1.1.0")
            #expect(try scratch.reconcile().code == 0)
            try scratch.edit("shop.yaml") {
                $0.replacing("spec:\n  version: ", with: "spec:\n  suspend: true\n  version: ")
            }
            try push(scratch, "Hold it")
        case .strategyEdited:
            try scratch.release("1.1.0")
            #expect(try scratch.reconcile().code == 0)
            try scratch.edit("shop.yaml") { $0.replacing("progressDeadline: 1000h", with: "progressDeadline: 2000h") }
            try push(scratch, "Give it time")
        case .withAnother:
            try scratch.edit("other.yaml") { $0.replacing("1.0.0", with: "1.0.1") }
            try scratch.release("1.1.0")
        case .moved, .movedSinceServed:
            try scratch.release("1.1.0")
            #expect(try scratch.reconcile().code == 0)
            try FileManager.default.createDirectory(
                atPath: scratch.path + "/fleet/elsewhere", withIntermediateDirectories: true)
            try scratch.git("mv", "shop.yaml", "elsewhere/shop.yaml")
            try push(scratch, "Move it")
        case .merged:
            try scratch.git("checkout", "-q", "-b", "proposed")
            try scratch.edit("shop.yaml") { $0.replacing("\"1.0.0\"", with: "\"1.1.0\"") }
            try scratch.commit("Propose 1.1.0")
            try scratch.git("checkout", "-q", "main")
            try scratch.git(
                "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "merge", "-q", "--no-ff", "--no-edit",
                "proposed")
            try scratch.git("push", "-q", "origin", "main")
        case .removed:
            try scratch.git("rm", "-q", "shop.yaml")
            try push(scratch, "Remove it")
        }
        #expect(try scratch.reconcile().code == 0)
    }

    private static func push(_ scratch: VerbScratch, _ message: String) throws {
        try scratch.commit(message)
        try scratch.git("push", "-q", "origin", "main")
    }

    /// Whether rollouts go through by themselves.
    private static func goesThrough(_ situation: Situation) -> Bool {
        [.served, .servedAfterAnother, .movedSinceServed].contains(situation)
    }

    private static func fleet(_ situation: Situation) throws -> VerbScratch {
        let scratch = try VerbScratch.quickFleet()
        let other = """
            apiVersion: sluice.dev/v1
            kind: Application
            metadata: {name: other}
            spec:
              version: "1.0.0"
              components:
                - {name: web, kind: service, replicas: 2, run: {simulated: {startTime: 5s}}}

            """
        try scratch.edit("other.yaml") { _ in other }
        if !goesThrough(situation) {
            try scratch.edit("shop.yaml") { text in
                text.replacing("name: full, weight: 100", with: "name: full, weight: 100, gates: [consent]")
                    .replacing(
                        "---\n",
                        with:
                            "---\napiVersion: sluice.dev/v1\nkind: Gate\nmetadata: {name: consent}\nspec: {approval: {count: 1}}\n---\n"
                    )
            }
        }
        try push(scratch, "Begin anew")
        #expect(try scratch.reconcile().code == 0)
        return scratch
    }

    /// The advice of a name, and the shell's answer to it.
    private static func follow(_ name: String, in scratch: VerbScratch) throws -> String {
        let status = try RequestVerbTests.status(scratch)
        let advice = try #require(status["advice"] as? [[String: Any]])
        let way = try #require(advice.first { $0["name"] as? String == name }, "\(advice)")
        let command = try #require(way["command"] as? String)
        // The text says the same, and nothing else stands on that line.
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.split(separator: "\n").contains { $0.hasSuffix(command) && $0.hasPrefix("  \(name) ") })
        let folder = URL(fileURLWithPath: VerbScratch.program).deletingLastPathComponent().path
        let variables = [
            "PATH": folder + ":/usr/bin:/bin", "XDG_CACHE_HOME": scratch.path + "/cache", "HOME": scratch.path,
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
        ]
        let answer = try scratch.run("/bin/sh", ["-c", "cd fleet && \(command)"], variables)
        #expect(answer.code == 0, "\(command): \(answer.complaint)")
        return command
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            (Situation.inFlight, "git revert"), (.superseded, "sluice abort"), (.darkToActive, "git revert"),
            (.suspended, "sluice abort"), (.strategyEdited, "sluice abort"), (.withAnother, "sluice abort"),
            (.moved, "sluice abort"), (.merged, "sluice abort"),
        ])
    func whatIsAdvisedStopsARolloutAndDoesNothingElse(_ situation: Situation, _ expected: String) throws {
        let scratch = try Self.fleet(situation)
        try Self.prepare(scratch, situation)
        let other = try Self.version(of: "other", in: scratch)
        #expect(other == (situation == .withAnother ? "1.0.1" : "1.0.0"))
        let command = try Self.follow("stop", in: scratch)
        #expect(command.hasPrefix(expected), "\(command)")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let status = try RequestVerbTests.status(scratch)
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
        #expect((status["stable"] as? [String: Any])?["weight"] as? Int == 100)
        #expect(status["stage"] == nil && status["rollback"] == nil, "\(status["phase"] ?? "")")
        #expect(try Self.version(of: "other", in: scratch) == other)
    }

    private static func version(of name: String, in scratch: VerbScratch) throws -> String? {
        let status = try scratch.json("status", name, "--repository", "fleet.git") as? [String: Any]
        // The one that comes, where one does.
        let place = (status?["candidate"] ?? status?["stable"]) as? [String: Any]
        let release = place?["release"] as? [String: Any]
        return (release?["release"] as? [String: Any])?["version"] as? String
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            (Situation.served, "git revert"), (.servedAfterAnother, "git revert"),
            (.movedSinceServed, "sluice rollback"),
        ])
    func whatIsAdvisedGoesBackToWhatServedBefore(_ situation: Situation, _ expected: String) throws {
        let scratch = try Self.fleet(situation)
        try Self.prepare(scratch, situation)
        let retained = try RequestVerbTests.status(scratch)["retained"] as? [String: Any]
        let place = try #require(retained?["placement"] as? [String: Any])
        let release = (place["release"] as? [String: Any])?["release"] as? [String: Any]
        let version = try #require(release?["version"] as? String)
        let command = try Self.follow("undo", in: scratch)
        #expect(command.hasPrefix(expected), "\(command)")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch) == version)
        // It was still there: nothing is deployed anew.
        let stable = try RequestVerbTests.status(scratch)["stable"] as? [String: Any]
        #expect(stable?["side"] as? String == place["side"] as? String)
    }

    @Test(.timeLimit(.minutes(5))) func aRejectedReleaseIsUndoneByWhatIsAdvised() throws {
        let scratch = try Self.fleet(.served)
        try scratch.edit("shop.yaml") { $0.replacing("{path: /health}", with: "{path: /health, expectStatus: 500}") }
        try scratch.release("1.1.0")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        // The commit changed a gate too, so a revert would do more than go back.
        #expect(try Self.follow("undo", in: scratch).hasPrefix("sluice rollback"))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let status = try RequestVerbTests.status(scratch)
        #expect(status["phase"] as? String == "Healthy")
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
    }

    @Test(.timeLimit(.minutes(5))) func aPausedRolloutGoesOnByWhatIsAdvised() throws {
        let scratch = try Self.fleet(.inFlight)
        try Self.prepare(scratch, .inFlight)
        #expect(try Self.follow("halt", in: scratch).hasPrefix("sluice pause shop --repository /"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try RequestVerbTests.status(scratch)["phase"] as? String == "Paused")
        #expect(try Self.follow("go on", in: scratch).hasPrefix("sluice resume shop"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.follow("approve", in: scratch).hasPrefix("sluice approve shop --gate consent"))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch) == "1.1.0")
    }

    @Test func wordsOfAHintAreTakenWholeByAShell() throws {
        let scratch = try VerbScratch()
        let folder = scratch.path + "/it's a fleet; $(touch no) \"so\""
        _ = try scratch.run("/usr/bin/git", ["init", "-q", "--bare", folder])
        let absent = try scratch.sluice("status", "--repository", folder)
        #expect(absent.code == 2)
        #expect(absent.complaint.contains("has no branch sluice/status/default"))
    }
}
