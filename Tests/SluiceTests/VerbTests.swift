import Foundation
import Testing

/// The built program, on repositories that git made.
@Suite struct VerbTests {
    @Test func whatInitWritesValidates() throws {
        let scratch = try VerbScratch()
        #expect(try scratch.sluice("init", "fleet").code == 0)
        let validated = try scratch.sluice("validate", "fleet")
        #expect(validated.code == 0)
        #expect(validated.output.contains("2 Applications"))
    }

    @Test func initTakesAnEmptyFolderOnly() throws {
        let scratch = try VerbScratch.quickFleet()
        let refused = try scratch.sluice("init", "fleet")
        #expect(refused.code == 2)
        #expect(refused.complaint.contains("fleet is not empty: it has shop.yaml; nothing was written"))
        try scratch.git("rm", "-q", "-f", "shop.yaml")
        // A fresh clone holds .git alone.
        #expect(try scratch.sluice("init", "fleet").code == 0)
        #expect(try scratch.sluice("init", "fleet/README.md").code == 2)
    }

    @Test func aFindingNamesItsPlaceAndMakesTheAnswerNo() throws {
        let scratch = try VerbScratch.fleet()
        try scratch.edit("applications/shop.yaml") { $0.replacing("replicas: 8", with: "replica: 8") }
        let result = try scratch.sluice("validate", "fleet")
        #expect(result.code == 1)
        #expect(result.output.contains("applications/shop.yaml:16:7: error: "))
        // What was committed is still right.
        #expect(try scratch.sluice("validate", "fleet", "--revision", "HEAD").code == 0)
    }

    @Test func argumentsThatMakeNoSenseAreCodeTwo() throws {
        let scratch = try VerbScratch()
        #expect(try scratch.sluice("validate").code == 2)
        #expect(try scratch.sluice("validate", "nowhere").code == 2)
        #expect(try scratch.sluice("status", "--repository", "nowhere").code == 2)
        #expect(try scratch.sluice("run", "--repository", ".", "--prometheus", "localhost:9090").code == 2)
        #expect(try scratch.sluice("run", "--repository", ".", "--webhook-secret-file", "nowhere").code == 2)
    }

    @Test func aPlanOfARevertSaysWhatStandsAndThatNothingIsDeployed() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.release("1.1.0")
        try scratch.release("1.0.0")
        let plan = try scratch.sluice("plan", "fleet", "--from", "HEAD~1", "--to", "HEAD")
        #expect(plan.code == 0)
        #expect(plan.output.contains("before: 1.1.0 serves on flop, 1.0.0 is retained on flip"))
        #expect(plan.output.contains("only traffic moves: flip still holds 1.0.0, nothing is deployed"))
        #expect(!plan.output.contains("stage 1/2"))
        // With a first deployment before it, there is nothing to go back to.
        let rollout = try scratch.sluice("plan", "fleet", "--from", "HEAD~2", "--to", "HEAD~1")
        #expect(rollout.output.contains("before: 1.0.0 serves on flip\n"))
        #expect(rollout.output.contains("deploy 1.1.0 on flop"))
    }

    @Test func aPlanClimbsItsStagesInOrder() throws {
        let scratch = try VerbScratch.fleet()
        #expect(try scratch.sluice("plan", "fleet", "--from", "HEAD").output.contains("nothing to do"))
        try scratch.edit("applications/shop.yaml") { $0.replacing("\"1.0.0\"", with: "\"1.1.0\"") }
        let plan = try scratch.sluice("plan", "fleet", "--from", "HEAD")
        #expect(plan.code == 0)
        var rest = plan.output[...]
        for step in [
            "deploy 1.1.0 on flop", "flop 1% (stage 1/5", "flop 10% (stage 2/5", "flop 100% (stage 5/5", "1.1.0 serves",
        ] {
            let found = try #require(rest.range(of: step), "\(step) is missing or too early in:\n\(plan.output)")
            rest = rest[found.upperBound...]
        }
        #expect(plan.output.contains("peak capacity 125%"))
    }

    @Test func aBadVersionDoesNotServeInTheEndAndTheSameSeedTellsTheSame() throws {
        let scratch = try VerbScratch.fleet()
        try scratch.edit("applications/shop.yaml") {
            $0.replacing("\"1.0.0\"", with: "\"1.1.0\"").replacing("# faults:", with: "faults:")
        }
        let first = try scratch.sluice("simulate", "fleet", "--from", "HEAD", "--seed", "3")
        #expect(first.code == 1)
        #expect(first.output.contains("gate errors-no-worse: Failed"))
        #expect(first.output.contains("1.0.0 serves 100% on flip"))
        #expect(try scratch.sluice("simulate", "fleet", "--from", "HEAD", "--seed", "3").output == first.output)
    }

    @Test func aScenarioThatIsWrongSaysWhere() throws {
        let scratch = try VerbScratch.fleet()
        try scratch.edit("scenario.json") { _ in #"{"disturbances": [{"at": "5", "crash": {}}]}"# }
        let result = try scratch.sluice("simulate", "fleet", "--scenario", "fleet/scenario.json")
        #expect(result.code == 2)
        #expect(result.complaint.contains("disturbances[0].at"))
    }

    @Test func aPassIsMadeAndThenNothingIsLeftToDo() throws {
        let scratch = try VerbScratch.quickFleet()
        let first = try scratch.reconcile()
        #expect(first.code == 0)
        #expect(first.output.contains("shop: 1.0.0 serves on flip"))
        let second = try scratch.reconcile()
        #expect(second.code == 0)
        #expect(second.output.split(separator: "\n").count == 1)
        let missing = try scratch.sluice(
            "run", "--repository", "nowhere.git", "--state-directory", "other", "--once", "--time-scale", "1000")
        #expect(missing.code == 4)
        #expect(missing.complaint.contains("nowhere.git"))
    }

    @Test(arguments: [
        ["--repository", "http://127.0.0.1:99999/x.git"], ["--repository", "ssh://git@127.0.0.1:0/x.git"],
        ["--repository", "fleet.git", "--simulator", "http://127.0.0.1:99999"],
        ["--repository", "fleet.git", "--prometheus", "http://127.0.0.1:99999/"],
    ])
    func `a port that there cannot be is a mistake in what was asked`(_ arguments: [String]) throws {
        let scratch = try VerbScratch()
        let run = try scratch.sluice(["run", "--state-directory", "state", "--once"] + arguments)
        #expect(run.code != 0 && run.complaint.contains("1 to 65535") && run.complaint.contains("Usage:"), "\(run)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/state"))
    }

    @Test func `what opens a repository is told by no verb`() throws {
        let scratch = try VerbScratch()
        let address = "http://bot:s3cret@127.0.0.1:1/fleet.git?token=s3cret"
        for verb in [["status"], ["history", "shop"], ["pause", "shop"]] {
            let told = try scratch.sluice(verb + ["--repository", address])
            #expect(told.code == 2 && !told.complaint.isEmpty, "\(told)")
            #expect(!(told.output + told.complaint).contains("s3cret"), "\(told)")
        }
        let run = try scratch.sluice(
            "run", "--repository", address, "--state-directory", "state", "--once", "--time-scale", "1000")
        #expect(run.code == 4 && !(run.output + run.complaint).contains("s3cret"), "\(run)")
    }

    @Test func whatIsNoManifestIsPassedOverOrTold() throws {
        let scratch = try VerbScratch.quickFleet()
        func link(_ name: String) throws {
            let path = scratch.path + "/fleet/" + name
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "../fleet")
        }
        try link("deep/loop")
        #expect(mkfifo(scratch.path + "/fleet/pipe.yaml", 0o600) == 0)
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/fleet/folder.yaml", withIntermediateDirectories: true)
        let clean = try scratch.sluice("validate", "fleet")
        #expect(clean.code == 0)
        #expect(clean.output.hasPrefix("1 file in the working tree"))
        #expect(try scratch.sluice("validate", "fleet/pipe.yaml").code == 2)
        try scratch.edit("chart.yaml") { _ in "{{- if .Values.on }}\nkind: Service" }
        let others = try scratch.sluice("validate", "fleet")
        #expect(others.code == 0 && others.output.contains("1 other file passed over"))
        try link("loop.yaml")
        try scratch.edit("nul.yaml") { _ in "kind: \0 # sluice.dev/v1" }
        try scratch.edit("deep.yaml") { _ in "# sluice.dev/v1\n" + String(repeating: "[", count: 100_000) }
        try scratch.edit("large.yaml") { _ in String(repeating: "#", count: 2 << 20) + "sluice.dev/" }
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/fleet/team\\web\u{1b}[31m", withIntermediateDirectories: true)
        let bad = try scratch.sluice("validate", "fleet")
        #expect(bad.code == 1)
        for finding in [
            "nul.yaml:1:7: error:", "[too-deep]", "[file-too-large]", "loop.yaml:1:1: error:", "[not-followed]",
            "team\\\\web\\033[31m:1:1: error:", "[unusable-name]",
        ] {
            #expect(bad.output.contains(finding), "\(finding)")
        }
    }
}
