import Foundation
import Testing

/// Real daemons on one real simulator.
@Suite(.timeLimit(.minutes(5))) struct SharedSimulatorTests {
    @Test func `two environments keep their releases apart, and another fleet is refused by name`() throws {
        let scratch = try VerbScratch.quickFleet()
        let other = try VerbScratch.quickFleet()
        func daemon(_ environment: String, at url: String) -> [String] {
            [
                "run", "--repository", "fleet.git", "--simulator", url, "--environment", environment,
                "--state-directory", "state-\(environment)",
            ]
        }
        func version(_ key: String, at url: String) throws -> String? {
            let answer = try scratch.run("/usr/bin/env", ["curl", "-sf", "\(url)/applications/\(key)"]).output
            return try #require(answer.firstMatch(of: /"version":"([^"]*)"/)).1.description
        }
        let simulator = [
            "simulator", "--listen", "127.0.0.1:0", "--state-directory", "world", "--time-scale", "1000",
        ]
        // What staging follows stays as it is.
        try scratch.git("push", "-q", "origin", "main:staging")
        _ = try scratch.output(of: simulator) { text in
            guard let url = text.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/)?.0.description else { return false }
            let staging = try scratch.output(of: daemon("staging", at: url) + ["--branch", "staging"]) { staging in
                guard staging.contains("1.0.0 serves") else { return false }
                // The first goes on while the second comes, which is of the same names.
                try scratch.release("1.1.0")
                let production = try scratch.output(of: daemon("production", at: url)) { $0.contains("1.1.0 serves") }
                #expect(production.contains("1.1.0 serves"), "\(production)")
                return true
            }
            #expect(staging.contains("1.0.0 serves"), "\(staging)")
            #expect(try version("production%2Fshop", at: url) == "1.1.0")
            #expect(try version("staging%2Fshop", at: url) == "1.0.0")

            let stranger = try other.sluice(daemon("staging", at: url) + ["--once"])
            #expect(stranger.code == 4, "\(stranger)")
            let refusal = "shop of the environment staging is run on this platform by another fleet"
            #expect(stranger.complaint.contains(refusal), "\(stranger)")
            let status = try other.sluice(
                "status", "shop", "--repository", "fleet.git", "--environment", "staging")
            #expect(status.output.contains(refusal), "\(status)")
            #expect(status.output.contains("--environment NAME"), "\(status)")
            #expect(try version("staging%2Fshop", at: url) == "1.0.0")
            return true
        }
    }
}
