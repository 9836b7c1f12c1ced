import Foundation
import Testing

/// What `sluice status` advises, pasted into a shell of a clone as it stands, and what comes of it.
@Suite struct AdviceTests {
    /// How somebody comes to be in need of advice.
    enum Situation: CaseIterable {
        case inFlight, superseded, darkToActive, suspended, strategyEdited, withAnother, moved, merged, served
        case servedAfterAnother, movedSinceServed, renamed, renamedWithRelease, renamedSinceServed, removed
        case removedWithAnother, removedByMerge, dropped
    }

    /// What the shop declares after 1.0.0, one commit for each; a fleet whose rollouts stay at half.
    static func prepare(_ scratch: VerbScratch, _ situation: Situation) throws {
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
            try merge(scratch, "proposed")
        case .renamed, .renamedSinceServed:
            try scratch.release("1.1.0")
            #expect(try scratch.reconcile().code == 0)
            try scratch.edit("shop.yaml", rename)
            try push(scratch, "Rename it")
        case .renamedWithRelease:
            try scratch.edit("shop.yaml", rename)
            try scratch.release("1.1.0")
        case .removed:
            try scratch.git("rm", "-q", "shop.yaml")
            try push(scratch, "Remove it")
        case .removedWithAnother:
            try scratch.git("rm", "-q", "shop.yaml")
            try scratch.edit("other.yaml") { $0.replacing("1.0.0", with: "1.0.1") }
            try push(scratch, "Remove it, and release another")
        case .removedByMerge:
            try scratch.git("checkout", "-q", "-b", "proposed")
            try scratch.git("rm", "-q", "shop.yaml")
            try scratch.commit("Propose to remove it")
            try scratch.git("checkout", "-q", "main")
            try merge(scratch, "proposed")
        case .dropped:
            // As if it had never been declared.
            try scratch.git("reset", "-q", "--soft", "HEAD~1")
            try scratch.git("rm", "-q", "--cached", "shop.yaml")
            try FileManager.default.removeItem(atPath: scratch.path + "/fleet/shop.yaml")
            try scratch.commit("Begin otherwise")
            try scratch.git("push", "-q", "--force", "origin", "main")
        }
        #expect(try scratch.reconcile().code == 0)
    }

    private static func rename(_ text: String) -> String {
        text.replacing("metadata: {name: shop}", with: "metadata: {name: store, renamedFrom: shop}")
    }

    /// What the application is called in the end.
    private static func name(_ situation: Situation) -> String {
        [.renamed, .renamedWithRelease, .renamedSinceServed].contains(situation) ? "store" : "shop"
    }

    private static func merge(_ scratch: VerbScratch, _ branch: String) throws {
        try scratch.git(
            "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "merge", "-q", "--no-ff", "--no-edit", branch)
        try scratch.git("push", "-q", "origin", "main")
    }

    static func push(_ scratch: VerbScratch, _ message: String) throws {
        try scratch.commit(message)
        try scratch.git("push", "-q", "origin", "main")
    }

    /// Whether rollouts go through by themselves.
    private static func goesThrough(_ situation: Situation) -> Bool {
        [.served, .servedAfterAnother, .movedSinceServed, .renamedSinceServed].contains(situation)
    }

    static func fleet(_ situation: Situation) throws -> VerbScratch {
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
    static func follow(_ name: String, of application: String = "shop", in scratch: VerbScratch) throws
        -> String
    {
        let status = try RequestVerbTests.status(scratch, of: application)
        let advice = try #require(status["advice"] as? [[String: Any]])
        let way = try #require(advice.first { $0["name"] as? String == name }, "\(advice)")
        let command = try #require(way["command"] as? String)
        // The text says the same, and nothing else stands on that line.
        let text = try scratch.sluice("status", application, "--repository", "fleet.git").output
        #expect(text.split(separator: "\n").contains { $0.hasSuffix(command) && $0.hasPrefix("  \(name) ") })
        try paste(command, in: scratch)
        return command
    }

    /// Runs a command as it stands, in a clone.
    static func paste(_ command: String, in scratch: VerbScratch) throws {
        let folder = URL(fileURLWithPath: VerbScratch.program).deletingLastPathComponent().path
        let variables = [
            "PATH": folder + ":/usr/bin:/bin", "XDG_CACHE_HOME": scratch.path + "/cache", "HOME": scratch.path,
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
        ]
        let answer = try scratch.run("/bin/sh", ["-c", "cd fleet && \(command)"], variables)
        #expect(answer.code == 0, "\(command): \(answer.complaint)")
        // Whoever goes on working there brings the clone up to date.
        if try scratch.git("branch", "--show-current") == "main\n" {
            try scratch.git("pull", "-q", "--ff-only", "origin", "main")
        }
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            (Situation.inFlight, "git revert"), (.superseded, "sluice abort"), (.darkToActive, "git revert"),
            (.suspended, "sluice abort"), (.strategyEdited, "sluice abort"), (.withAnother, "sluice abort"),
            (.moved, "sluice abort"), (.merged, "sluice abort"), (.renamed, "sluice abort"),
            (.renamedWithRelease, "sluice abort"),
        ])
    func whatIsAdvisedStopsARolloutAndDoesNothingElse(_ situation: Situation, _ expected: String) throws {
        let scratch = try Self.fleet(situation)
        try Self.prepare(scratch, situation)
        let other = try Self.version(of: "other", in: scratch)
        #expect(other == (situation == .withAnother ? "1.0.1" : "1.0.0"))
        let name = Self.name(situation)
        let command = try Self.follow("stop", of: name, in: scratch)
        #expect(command.contains(expected), "\(command)")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let status = try RequestVerbTests.status(scratch, of: name)
        #expect(try RequestVerbTests.serving(scratch, of: name) == "1.0.0")
        #expect(try Self.running(scratch) == ["other", name])
        #expect((status["stable"] as? [String: Any])?["weight"] as? Int == 100)
        #expect(status["stage"] == nil && status["rollback"] == nil, "\(status["phase"] ?? "")")
        #expect(try Self.version(of: "other", in: scratch) == other)
    }

    static func version(of name: String, in scratch: VerbScratch) throws -> String? {
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
            (.movedSinceServed, "sluice rollback"), (.renamedSinceServed, "sluice rollback"),
        ])
    func whatIsAdvisedGoesBackToWhatServedBefore(_ situation: Situation, _ expected: String) throws {
        let scratch = try Self.fleet(situation)
        try Self.prepare(scratch, situation)
        let name = Self.name(situation)
        let retained = try RequestVerbTests.status(scratch, of: name)["retained"] as? [String: Any]
        let place = try #require(retained?["placement"] as? [String: Any])
        let release = (place["release"] as? [String: Any])?["release"] as? [String: Any]
        let version = try #require(release?["version"] as? String)
        let command = try Self.follow("undo", of: name, in: scratch)
        #expect(command.contains(expected), "\(command)")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch, of: name) == version)
        // It was still there: nothing is deployed anew, and there is no second copy.
        let stable = try RequestVerbTests.status(scratch, of: name)["stable"] as? [String: Any]
        #expect(stable?["side"] as? String == place["side"] as? String)
        #expect(try Self.running(scratch) == ["other", name])
    }

    /// Names of all that has something on a side.
    private static func running(_ scratch: VerbScratch) throws -> [String] {
        let all = try #require(try scratch.json("status", "--repository", "fleet.git") as? [[String: Any]])
        return all.filter { $0["stable"] != nil || $0["candidate"] != nil }.compactMap { $0["application"] as? String }
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            (Situation.removed, "git revert"), (.removedWithAnother, "git checkout"), (.removedByMerge, "git checkout"),
            (.dropped, "git checkout"),
        ])
    func whatIsAdvisedKeepsWhatIsDeclaredNoMore(_ situation: Situation, _ expected: String) throws {
        let scratch = try Self.fleet(.served)
        try Self.prepare(scratch, situation)
        let other = try Self.version(of: "other", in: scratch)
        let command = try Self.follow("keep", in: scratch)
        #expect(command.contains(expected), "\(command)")
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        let status = try RequestVerbTests.status(scratch)
        #expect(status["phase"] as? String == "Healthy" && status["removal"] == nil, "\(status)")
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
        #expect(try Self.version(of: "other", in: scratch) == other, "and nothing else")
    }

    @Test(.timeLimit(.minutes(5))) func whatARewrittenBranchDroppedIsSaidToBeKept() throws {
        let scratch = try Self.fleet(.served)
        try Self.prepare(scratch, .dropped)
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains("main was rewritten and does not declare shop any more; it is kept until a later commit"))
        #expect(
            text.contains("nothing, until a later commit builds on what the branch declares now; then it is"))
        #expect(!text.contains("goes on by itself"))
        let wait = try scratch.sluice("status", "--wait", "healthy", "--repository", "fleet.git")
        #expect(wait.code == 1 && wait.complaint.contains("main was rewritten"), "\(wait.complaint)")
    }

    @Test(.timeLimit(.minutes(5))) func whatCannotBeReadIsMendedWhereTheAdviceSays() throws {
        let scratch = try Self.fleet(.served)
        try scratch.edit("shop.yaml") { $0.replacing("replicas: 4", with: "replicas: four") }
        try Self.push(scratch, "Break it")
        #expect(try scratch.reconcile().code == 0)
        let advice = try #require(try RequestVerbTests.status(scratch)["advice"] as? [[String: Any]])
        #expect(advice.first?["name"] as? String == "mend")
        #expect(advice.first?["command"] as? String == "sluice validate .")
        let result = try scratch.run(
            "/bin/sh", ["-c", "cd fleet && \(VerbScratch.program) validate ."], ["HOME": scratch.path])
        #expect(result.code == 1 && result.output.contains("shop.yaml:7:"), "\(result.output)")
    }

    @Test(.timeLimit(.minutes(5))) func whatIsRemovedCannotBeAbortedAndIsSaidHowToBeHadAgain() throws {
        let scratch = try Self.fleet(.served)
        try Self.prepare(scratch, .removed)
        let refused = try scratch.sluice("abort", "shop", "--repository", "fleet.git")
        #expect(refused.code == 1)
        #expect(
            refused.complaint.contains("no rollout of it is in flight\n  to declare it again, in a clone: git fetch "))
        #expect(!refused.complaint.contains("sluice rollback"))
        let command = try #require(refused.complaint.firstMatch(of: /in a clone: (.*)\n/)?.1)
        try Self.paste(String(command), in: scratch)
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch) == "1.0.0")
    }

    @Test func aFormerNameSaysWhereItWentAndNothingElse() throws {
        let scratch = try Self.fleet(.renamed)
        try Self.prepare(scratch, .renamed)
        // Where it still has a status, whatever would be done to it is done to what runs under the new name.
        let all = try #require(try scratch.json("status", "--repository", "fleet.git") as? [[String: Any]])
        let former = all.filter { $0["application"] as? String == "shop" }
        #expect(former.allSatisfy { $0["stable"] == nil && $0["candidate"] == nil })
        guard !former.isEmpty else { return }
        let advice = try #require(try RequestVerbTests.status(scratch)["advice"] as? [[String: Any]])
        #expect(advice.map { $0["name"] as? String } == ["look"])
        #expect((advice.first?["command"] as? String)?.hasPrefix("sluice status store ") == true, "\(advice)")
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains(/doing +nothing: it is called store now/), "\(text)")
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
        #expect(try Self.follow("halt", in: scratch).hasPrefix("sluice pause shop --release 1.1.0 --repository /"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try RequestVerbTests.status(scratch)["phase"] as? String == "Paused")
        #expect(try Self.follow("go on", in: scratch).hasPrefix("sluice resume shop"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.follow("approve", in: scratch).hasPrefix("sluice approve shop --gate consent"))
        for _ in 0..<2 { #expect(try scratch.reconcile().code == 0) }
        #expect(try RequestVerbTests.serving(scratch) == "1.1.0")
    }

    @Test(.timeLimit(.minutes(5))) func aPauseOfTheFleetIsTakenBackByWhatIsAdvised() throws {
        let scratch = try Self.fleet(.inFlight)
        try Self.prepare(scratch, .inFlight)
        #expect(try scratch.sluice("pause", "--all", "--repository", "fleet.git").code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.follow("go on", in: scratch).hasPrefix("sluice resume --all --repository /"))
        #expect(try RequestVerbTests.requests(scratch).isEmpty)
    }

    @Test(.timeLimit(.minutes(5))) func wordsOfAHintAreTakenWholeByAShell() throws {
        let scratch = try Self.fleet(.inFlight)
        try Self.prepare(scratch, .inFlight)
        let folder = scratch.path + "/it's a fleet; $(touch no) `touch no` \"so\""
        _ = try scratch.run("/usr/bin/git", ["clone", "-q", "--bare", scratch.path + "/fleet.git", folder])
        let status = try #require(try scratch.json("status", "shop", "--repository", folder) as? [String: Any])
        let ways = try #require(status["advice"] as? [[String: Any]])
        let command = try #require(ways.first { $0["name"] as? String == "halt" }?["command"] as? String)
        let tools = URL(fileURLWithPath: VerbScratch.program).deletingLastPathComponent().path
        let variables = [
            "PATH": tools + ":/usr/bin:/bin", "XDG_CACHE_HOME": scratch.path + "/cache", "HOME": scratch.path,
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
        ]
        let answer = try scratch.run("/bin/sh", ["-c", command], variables)
        #expect(answer.code == 0, "\(command): \(answer.complaint)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/no"))
        let asked = try scratch.run(
            "/usr/bin/git", ["-C", folder, "log", "--format=%an %s", "sluice/requests/default"])
        #expect(asked.output.hasPrefix("Ada pause shop 1.1.0"))
    }
}
