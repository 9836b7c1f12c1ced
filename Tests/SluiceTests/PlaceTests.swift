import Foundation
import Testing

/// Which place a verb is about, and what is said of who writes there.
@Suite struct PlaceTests {
    /// Runs `sluice` by a shell that stands in a folder of the scratch.
    private static func sluice(
        _ scratch: VerbScratch, in folder: String, _ words: String, _ variables: [String: String] = [:]
    ) throws -> (code: Int32, output: String, complaint: String) {
        let base = [
            "XDG_CACHE_HOME": scratch.path + "/cache", "HOME": scratch.path, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
        return try scratch.run(
            "/bin/sh", ["-c", "cd \"$1\" && \"$2\" \(words)", "sh", folder, VerbScratch.program],
            base.merging(variables) { $1 })
    }

    @Test func `a clone that one stands in, its setting, and variables say which place is meant`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        let here = try Self.sluice(scratch, in: "fleet", "status")
        #expect(here.code == 0 && here.output.contains("1.0.0@flip 100%"), "\(here.complaint)")
        // Where the clone came from was asked, so this is no copy.
        #expect(!here.output.contains("copy"))
        try scratch.git("config", "sluice.environment", "staging")
        let staging = try Self.sluice(scratch, in: "fleet", "status")
        #expect(staging.code == 2 && staging.complaint.contains("has no branch sluice/status/staging"))
        let variable = try Self.sluice(scratch, in: "fleet", "status", ["SLUICE_ENVIRONMENT": "default"])
        #expect(variable.code == 0)
        let option = try Self.sluice(
            scratch, in: "fleet", "status --environment default", ["SLUICE_ENVIRONMENT": "other"])
        #expect(option.code == 0)

        let elsewhere = try Self.sluice(scratch, in: "/", "status")
        #expect(elsewhere.code == 2 && elsewhere.complaint.hasPrefix("sluice: which repository?"))
        let repository = ["SLUICE_REPOSITORY": scratch.path + "/fleet.git"]
        #expect(try Self.sluice(scratch, in: "/", "status", repository).code == 0)
        // The setting of a clone is about where the clone came from, and not about another repository.
        #expect(try Self.sluice(scratch, in: "fleet", "status", repository).code == 0)
        let wrong = try Self.sluice(
            scratch, in: "/", "status --repository nowhere.git", ["SLUICE_REPOSITORY": scratch.path + "/fleet.git"])
        #expect(wrong.code == 2 && wrong.complaint.contains("nowhere.git"))
    }

    @Test func `a clone's copy says how old it is, and where it came from`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        try scratch.git("fetch", "-q", "origin")
        let copy = try scratch.sluice("status", "--repository", "fleet")
        #expect(copy.code == 0)
        #expect(
            copy.output.contains(
                /this is a clone's copy of .*fleet\.git, fetched [0-9]+[sm].* ago: git fetch, or ask there/),
            "\(copy.output)")
        let asked = try scratch.sluice("status", "--repository", "fleet.git")
        #expect(!asked.output.contains("copy"))
    }

    @Test(.timeLimit(.minutes(5))) func `what is live stands beside what is wanted, and since when it waits`() throws {
        let scratch = try VerbScratch.quickFleet()
        try scratch.edit("shop.yaml") { text in
            text.replacing(
                "stages: [{name: half, weight: 50, gates: [answers]}, {name: full, weight: 100}]",
                with: "stages: [{name: quarter, weight: 25}, {name: half, weight: 50, gates: [consent]}, "
                    + "{name: full, weight: 100}]"
            ).replacing("metadata: {name: answers}", with: "metadata: {name: consent}")
                .replacing(
                    "spec: {smokeTest: {requests: [{path: /health}]}}", with: "spec: {when: before, approval: {}}")
        }
        try scratch.release("1.0.0")
        #expect(try scratch.reconcile().code == 0)
        try scratch.release("1.1.0")
        #expect(try scratch.reconcile().code == 0)
        for arguments in [["status"], ["status", "shop"]] {
            let text = try scratch.sluice(arguments + ["--repository", "fleet.git"]).output
            #expect(text.contains("1.1.0@flop 25% → 50%"), "\(text)")
        }
        let status = try RequestVerbTests.status(scratch)
        let live = try #require(status["live"] as? [String: Any])
        #expect(live["flop"] as? Int == 25 && live["flip"] as? Int == 75)
        #expect((status["candidate"] as? [String: Any])?["weight"] as? Int == 50)
        let waiting = try #require(status["waiting"] as? [String: Any])
        #expect(waiting["reason"] as? String == "Gate")
        let since = try #require(waiting["since"] as? String)
        let text = try scratch.sluice("status", "shop", "--repository", "fleet.git").output
        #expect(text.contains("since \(since.prefix(19))"), "\(text)")
    }

    @Test(.timeLimit(.minutes(5))) func `a stopped daemon says that nobody leads, until somebody does`() throws {
        let scratch = try VerbScratch.quickFleet()
        #expect(try scratch.reconcile().code == 0)
        // Who ends by itself leads no more either.
        #expect(try scratch.sluice("status", "--repository", "fleet.git").output.contains("nobody leads since "))
        try scratch.release("1.1.0")
        let told = try scratch.output(of: [
            "run", "--repository", "fleet.git", "--state-directory", "state", "--time-scale", "1000",
        ]) { text in
            guard text.contains("1.1.0 serves") else { return false }
            let led = try scratch.sluice("status", "--repository", "fleet.git").output
            #expect(!led.contains("nobody"))
            return true
        }
        #expect(told.contains("1.1.0 serves"), "\(told)")
        let status = try scratch.sluice("status", "--repository", "fleet.git")
        #expect(status.code == 0)
        #expect(status.output.contains(/nobody leads since [0-9T:.Z-]+: what stands here is what was told last/))
        let one = try RequestVerbTests.status(scratch)
        #expect((one["leader"] as? [String: Any])?["left"] != nil)
        try FieldsTests.expectDocumented(["left"])
    }

    @Test(.timeLimit(.minutes(5))) func `a run that ends has written every line, of a fleet at once too`()
        throws
    {
        let scratch = try VerbScratch.quickFleet()
        for number in 0..<40 {
            try scratch.edit("a\(number).yaml") { _ in
                """
                apiVersion: sluice.dev/v1
                kind: Application
                metadata: {name: a\(number)}
                spec:
                  version: "1.0.0"
                  components:
                    - {name: web, kind: service, replicas: 1, run: {simulated: {startTime: 1s}}}

                """
            }
        }
        try scratch.commit("Many")
        try scratch.git("push", "-q", "origin", "main")
        let run = try scratch.reconcile()
        #expect(run.code == 0)
        let last = Dictionary(
            run.output.split(separator: "\n").compactMap { line -> (Substring, Substring)? in
                guard let name = line.firstMatch(of: #/  ([a-z0-9]+): /#)?.1 else { return nil }
                return (name, line)
            }, uniquingKeysWith: { $1 })
        #expect(last.count == 41)
        #expect(last.values.allSatisfy { $0.contains("Healthy") }, "\(run.output)")
    }
}
