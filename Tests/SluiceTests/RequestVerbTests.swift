import Foundation
import Testing

/// The verbs that ask for something of a rollout, against what a daemon wrote and then makes of it.
@Suite struct RequestVerbTests {
    /// A fleet whose rollouts stop at two stages until somebody consents; 1.0.0 serves, and 1.1.0 waits at the first.
    static func waiting() throws -> VerbScratch {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") { text in
            text.replacing(
                "stages: [{name: half, weight: 50, gates: [answers]}, {name: full, weight: 100}]",
                with:
                    "stages: [{name: half, weight: 50, gates: [consent]}, {name: most, weight: 80, gates: [consent]}, {name: full, weight: 100}]"
            ).replacing("metadata: {name: answers}", with: "metadata: {name: consent}")
                .replacing("smokeTest: {requests: [{path: /health}]}", with: "approval: {count: 1}")
        }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        return scratch
    }

    static let fleet = ["--repository", "fleet.git"]

    static func status(_ scratch: VerbScratch, of name: String = "shop") throws -> [String: Any] {
        try #require(try scratch.json("status", "--repository", "fleet.git", name) as? [String: Any])
    }

    static func stage(_ scratch: VerbScratch) throws -> String? {
        (try status(scratch)["stage"] as? [String: Any])?["name"] as? String
    }

    /// Version and weight that serve.
    static func serving(_ scratch: VerbScratch, of name: String = "shop") throws -> String? {
        let stable = try status(scratch, of: name)["stable"] as? [String: Any]
        let release = (stable?["release"] as? [String: Any])?["release"] as? [String: Any]
        return release?["version"] as? String
    }

    /// Paths of all requests that stand.
    static func requests(_ scratch: VerbScratch) throws -> [String] {
        let branch = "sluice/requests/default"
        guard try !scratch.git("ls-remote", "origin", branch).isEmpty else { return [] }
        try scratch.git("fetch", "-q", "origin", branch)
        return try scratch.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").split(separator: "\n").map(String.init)
    }

    @Test func `what is no approval is not approved, and what cannot pass is not promoted`() throws {
        let scratch = try Self.waiting()
        let promoted = try scratch.sluice("promote", "shop", "--repository", "fleet.git")
        #expect(promoted.code == 1)
        #expect(promoted.complaint.contains("cannot pass yet: gate consent waits (0 of 1 approvals)"))
        #expect(
            promoted.complaint.contains("sluice approve shop --repository \(scratch.path)/fleet.git --gate consent"))
        try scratch.edit("shop.yaml") { text in
            text.replacing("weight: 80, gates: [consent]", with: "weight: 80, gates: [consent, errors]")
                + "---\napiVersion: sluice.dev/v1\nkind: Gate\nmetadata: {name: errors}\n"
                + "spec: {analysis: {metric: errorRate, max: 1%}}\n"
        }
        try scratch.release("1.2.0")
        #expect(try scratch.reconcile().code == 0)
        let approved = try scratch.sluice(
            "approve", "shop", "--gate", "errors", "--stage", "most", "--repository", "fleet.git")
        #expect(approved.code == 1, "\(approved.output)")
        #expect(approved.complaint.contains("gate errors of stage most is an analysis, which nobody consents to"))
        #expect(try Self.requests(scratch).isEmpty)
    }

    @Test func `a plan begins at what is live, where a clone has the status branch`() throws {
        let scratch = try Self.waiting()
        let settled = try scratch.sluice("plan", "fleet", "--from", "HEAD~1", "--to", "HEAD", "--settled")
        #expect(settled.code == 0 && settled.output.contains(", settled, to "))
        let unknown = try scratch.sluice("plan", "fleet")
        #expect(unknown.code == 2 && unknown.complaint.contains("git fetch origin"))
        try scratch.git("fetch", "-q", "origin")
        let live = try scratch.sluice("plan", "fleet")
        #expect(live.code == 0)
        #expect(live.output.hasPrefix("from what is live (sluice/status/default at "))
        #expect(live.output.contains("1.1.0 is on its way on flop, at stage half (50%)"))
        #expect(live.output.contains("gate consent: 1 approval, taken as given"))
        let stopped = try scratch.sluice("plan", "fleet", "--stop-at-approvals")
        #expect(stopped.code == 1 && stopped.output.contains("gate consent: 0 of 1 approvals"))
    }

    @Test func whileNobodyLeadsNothingIsPromisedOfWhatIsAsked() throws {
        let scratch = try Self.waiting()
        for words in [
            ["pause", "shop"], ["pause", "shop"], ["resume", "shop"], ["abort", "shop"], ["rollback", "shop"],
        ] {
            let asked = try scratch.sluice(words + Self.fleet)
            #expect(asked.code == 0, "\(asked.complaint)")
            #expect(
                asked.output.contains(
                    /\nnobody leads since [^;\n]+; nothing comes of it until somebody leads: start a daemon with sluice run/
                ),
                "\(asked.output)")
            #expect(!asked.output.contains("within its interval"))
        }
        let report = try #require(
            try scratch.json("pause", "--all", "--repository", "fleet.git") as? [String: Any])
        #expect((report["unled"] as? String)?.hasPrefix("nobody leads since ") == true)
        try FieldsTests.expectDocumented(["unled"])
        // As while a daemon leads that is on time.
        try scratch.editEnvironment { text in
            text.split(separator: "\n").filter { !$0.hasPrefix("left:") }.joined(separator: "\n") + "\n"
        }
        let asked = try scratch.sluice(["resume", "--all"] + Self.fleet)
        #expect(asked.output.contains("the daemon takes it up within its interval"), "\(asked.output)")
    }

    @Test func whereNothingIsInFlightEveryVerbSaysSo() throws {
        let scratch = try VerbScratch.quickFleet()
        let none = try scratch.sluice("pause", "shop", "--repository", "fleet.git")
        #expect(none.code == 2)
        #expect(none.complaint.contains("has no branch sluice/status/default"))
        #expect(try scratch.reconcile().code == 0)
        for (verb, words) in [
            (
                "pause",
                "no rollout of shop is in flight; 1.0.0 serves, and nothing moves\n  to halt what is to come declare suspend: true"
            ),
            ("promote", "no rollout of shop is in flight"),
            (
                "abort",
                "no rollout of shop is in flight; 1.0.0 serves, and nothing moves\n"
            ),
            ("retry", "no version of shop was rejected"),
            ("resume", "shop is not paused"),
            (
                "rollback",
                "shop has declared nothing but 1.0.0 that was not rejected or taken back; there is nothing to go back to"
            ),
        ] {
            let refused = try scratch.sluice(verb, "shop", "--repository", "fleet.git")
            #expect(refused.code == 1, "\(verb)")
            #expect(refused.complaint.hasPrefix("sluice: \(words)"), "\(verb): \(refused.complaint)")
            #expect(refused.output.isEmpty)
            let unknown = try scratch.sluice(verb, "shpo", "--repository", "fleet.git")
            #expect(unknown.code == 1, "\(verb)")
            #expect(unknown.complaint.hasSuffix("shpo; did you mean \"shop\"?\n"), "\(verb): \(unknown.complaint)")
            #expect(try scratch.sluice(verb, "shop", "--repository", "nowhere.git").code == 2, "\(verb)")
        }
        let approval = try scratch.sluice("approve", "shop", "--gate", "consent", "--repository", "fleet.git")
        #expect(approval.code == 1 && approval.complaint.contains("no rollout of shop is in flight"))
        #expect(try scratch.sluice("resume", "--all", "--repository", "fleet.git").code == 1)
        for arguments in [["pause"], ["pause", "shop", "--all"], ["resume"], ["approve", "shop"]] {
            let result = try scratch.sluice(arguments + Self.fleet)
            #expect(result.code == 2, "\(arguments)")
        }
        #expect(try Self.requests(scratch).isEmpty)
    }

    @Test func whomGitDoesNotKnowAsksNothing() throws {
        let scratch = try Self.waiting()
        let unknown = try scratch.sluice(as: nil, "pause", "shop", "--repository", "fleet.git")
        #expect(unknown.code == 2)
        #expect(unknown.complaint.contains("git does not know who you are"))
        #expect(unknown.complaint.contains("git config --global user.name"))
        #expect(try Self.requests(scratch).isEmpty)
    }

    @Test func aPauseHoldsUntilItIsTakenBackWhateverElseIsAsked() throws {
        let scratch = try Self.waiting()
        #expect(try Self.stage(scratch) == "half")
        let paused = try scratch.sluice("pause", "shop", "--repository", "fleet.git", "--reason", "checkout fails")
        #expect(paused.code == 0, "\(paused.complaint)")
        #expect(paused.output.hasPrefix("asked: pause shop 1.1.0 at 50% (stage 1/3 half), as Ada <Ada@example.org> ("))
        #expect(paused.output.contains("watch: sluice status shop --watch --repository \(scratch.path)/fleet.git\n"))
        let again = try scratch.sluice(as: "Ben", "pause", "shop", "--repository", "fleet.git")
        #expect(again.code == 0 && again.output.contains("nothing was pushed"))
        let approved = try scratch.sluice("approve", "shop", "--gate", "consent", "--repository", "fleet.git")
        #expect(approved.code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.stage(scratch) == "half")
        #expect(try Self.status(scratch)["phase"] as? String == "Paused")
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains("paused by Ada <Ada@example.org> (unverified): checkout fails"), "\(text)")
        let resumed = try scratch.sluice(as: "Ben", "resume", "shop", "--repository", "fleet.git")
        #expect(resumed.code == 0 && resumed.output.hasPrefix("asked: resume shop, as Ben"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.stage(scratch) == "most")
        try scratch.git("fetch", "-q", "origin", "sluice/requests/default")
        let log = try scratch.git("log", "--format=%an %s", "FETCH_HEAD").split(separator: "\n")
        #expect(log.first == "Ben resume shop")
        #expect(log.last == "Ada pause shop 1.1.0 at 50% (stage 1/3 half)")
    }

    @Test func aPauseOfTheFleetHoldsEverything() throws {
        let scratch = try Self.waiting()
        #expect(try scratch.sluice("pause", "--all", "--repository", "fleet.git").code == 0)
        #expect(try Self.requests(scratch) == ["pause.yaml"])
        #expect(try scratch.sluice("approve", "shop", "--gate", "consent", "--repository", "fleet.git").code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.stage(scratch) == "half")
        let wrong = try scratch.sluice("resume", "shop", "--repository", "fleet.git")
        #expect(wrong.code == 1)
        #expect(wrong.complaint.contains("the fleet is, by Ada <Ada@example.org> (unverified)\n  sluice resume --all"))
        #expect(try scratch.sluice("resume", "--all", "--repository", "fleet.git").code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.stage(scratch) == "most")
    }

    @Test(.timeLimit(.minutes(5))) func `twenty who ask at once are all heard`() throws {
        let scratch = try Self.waiting()
        // Nobody has asked from this machine before: all make the same mirror.
        let one =
            "env GIT_AUTHOR_NAME=P{} GIT_AUTHOR_EMAIL=p{}@example.org \(VerbScratch.program) approve shop --gate consent "
            + "--repository fleet.git"
        let answer = try scratch.run(
            "/bin/sh", ["-c", "rm -rf cache; seq 20 | xargs -P 20 -I{} \(one) > answers"],
            ["XDG_CACHE_HOME": scratch.path + "/cache", "HOME": scratch.path, "GIT_CONFIG_GLOBAL": "/dev/null"])
        #expect(answer.code == 0 && answer.output.isEmpty, "\(answer.output)\(answer.complaint)")
        #expect(try Self.requests(scratch).count == 20)
    }

    @Test func anApprovalIsForOneStageOfOneReleaseAndEndsWithIt() throws {
        let scratch = try Self.waiting()
        for (arguments, words) in [
            (["--gate", "consnet"], "stage half of shop has no gate consnet\n  it has: consent"),
            (["--gate", "consent", "--stage", "hal"], "shop has no stage hal\n  it has: half, most, full"),
            (["--gate", "consent", "--stage", "full"], "stage full of shop has no gate consent\n  it has none"),
        ] {
            let refused = try scratch.sluice(["approve", "shop"] + arguments + Self.fleet)
            #expect(refused.code == 1)
            #expect(refused.complaint == "sluice: \(words)\n")
        }
        let asked = try #require(
            try scratch.json("approve", "shop", "--gate", "consent", "--repository", "fleet.git", "--reason", "fine")
                as? [String: Any])
        #expect(asked["pushed"] as? Bool == true)
        #expect(asked["stage"] as? String == "half")
        try FieldsTests.expectDocumented(FieldsTests.fields(asked))
        let again = try #require(
            try scratch.json("approve", "shop", "--gate", "consent", "--repository", "fleet.git") as? [String: Any])
        #expect(again["pushed"] as? Bool == false)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.stage(scratch) == "most", "the first stage's consent is not the second's")
        let passed = try scratch.sluice(
            "approve", "shop", "--gate", "consent", "--stage", "half", "--repository", "fleet.git")
        #expect(passed.code == 1 && passed.complaint.contains("shop has passed stage half already"))
        #expect(try scratch.sluice("approve", "shop", "--gate", "consent", "--repository", "fleet.git").code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.serving(scratch) == "1.1.0")
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.requests(scratch).isEmpty)
    }

    @Test func aFullPromotionGoesToTheEnd() throws {
        let scratch = try Self.waiting()
        let promoted = try scratch.sluice("promote", "shop", "--full", "--repository", "fleet.git")
        #expect(promoted.code == 0)
        #expect(promoted.output.hasPrefix("asked: promote shop 1.1.0 at 50% (stage 1/3 half) to the end, as Ada"))
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.serving(scratch) == "1.1.0")
        #expect(try scratch.sluice("promote", "shop", "--repository", "fleet.git").code == 1)
        // Now there is something to go back to.
        let over = try scratch.sluice("abort", "shop", "--repository", "fleet.git")
        #expect(over.complaint.contains("\n  to go back from what serves: sluice rollback shop --repository /"))
    }

    @Test func anAbortIsRememberedUntilARetry() throws {
        let scratch = try Self.waiting()
        let aborted = try scratch.sluice("abort", "shop", "--repository", "fleet.git", "--reason", "wrong colour")
        #expect(aborted.code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.serving(scratch) == "1.0.0")
        #expect(try Self.stage(scratch) == nil)
        #expect(try Self.status(scratch)["phase"] as? String == "Degraded")
        #expect(try scratch.sluice("abort", "shop", "--repository", "fleet.git").code == 1)
        let retried = try scratch.sluice(as: "Ben", "retry", "shop", "--repository", "fleet.git")
        #expect(retried.code == 0)
        #expect(try scratch.reconcile().code == 0)
        #expect(try Self.stage(scratch) == "half")
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains("tried again, asked by Ben <Ben@example.org> (unverified)"), "\(text)")
        let again = try scratch.sluice("retry", "shop", "--repository", "fleet.git")
        #expect(again.code == 1)
        #expect(again.complaint.contains("shop 1.1.0 is tried again already, asked by Ben"))
    }

    @Test func whatNeverServedHasNothingToGoBackTo() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") { $0.replacing("  version:", with: "  activation: inactive\n  version:") }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        let refused = try scratch.sluice("abort", "shop", "--repository", "fleet.git")
        #expect(refused.code == 1)
        #expect(refused.complaint.contains("shop has nothing to go back to"))
        let dark = try scratch.sluice("rollback", "shop", "--repository", "fleet.git")
        #expect(dark.code == 1)
        #expect(dark.complaint.contains("shop 1.0.0 is declared inactive"))
    }

    @Test func aFirstDeploymentThatCrashesIsGivenUpWithItsCauseAndCanBeTriedAgain() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") {
            $0.replacing("startTime: 5s", with: "startTime: 5s, faults: [{crashOnStart: true}]")
                .replacing("1000h", with: "2m")
        }
        try scratch.release("1.0.0")
        _ = try scratch.reconcile()
        #expect(try Self.status(scratch)["phase"] as? String == "Degraded")
        let told = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(told.contains("its first deployment was not ready within 2m: web 0/4 ready on flip"), "\(told)")
        #expect(told.contains("sluice retry shop") && told.contains("was given up"), "\(told)")
        let waited = try scratch.sluice("status", "--repository", "fleet.git", "--wait", "healthy", "--timeout", "1h")
        #expect(waited.code == 1 && waited.complaint.contains("shop failed: "), "it does not wait for what is over")
        for verb in ["abort", "pause"] {
            let refused = try scratch.sluice(verb, "shop", "--repository", "fleet.git")
            #expect(refused.code == 1 && refused.complaint.contains("was given up already"), "\(refused.complaint)")
        }
        #expect(try scratch.sluice("retry", "shop", "--repository", "fleet.git").code == 0)
    }
}
