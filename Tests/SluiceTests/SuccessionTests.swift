import Foundation
import Testing

/// Daemons that follow one another, as processes on one simulator.
@Suite(.timeLimit(.minutes(5))) struct SuccessionTests {
    /// A simulator that is running, and how a daemon is attached to it; ended with the test.
    private static func simulator(_ scratch: VerbScratch, _ body: (_ address: String) throws -> Void) throws {
        var hasRun = false
        let arguments = [
            "simulator", "--listen", "127.0.0.1:0", "--state-directory", "world", "--time-scale", "1000",
        ]
        _ = try scratch.output(of: arguments) { text in
            guard let found = text.firstMatch(of: /simulator: (http:\S+),/) else { return false }
            hasRun = true
            try body(String(found.1))
            return true
        }
        #expect(hasRun)
    }

    private static func daemon(_ name: String, _ address: String) -> [String] {
        [
            "run", "--repository", "fleet.git", "--state-directory", name, "--simulator", address, "--interval",
            "200ms",
        ]
    }

    @Test func `a daemon that a single run replaced leads again once that has ended, and goes on`() throws {
        let scratch = try VerbScratch.quickFleet()
        try Self.simulator(scratch) { address in
            var passed: [String] = []
            let text = try scratch.output(of: Self.daemon("first", address)) { text in
                func once(_ word: String, _ body: () throws -> Void) rethrows {
                    guard text.contains(word), !passed.contains(word) else { return }
                    passed.append(word)
                    try body()
                }
                try once("shop: 1.0.0 serves on flip") {
                    let single = try scratch.sluice(Self.daemon("second", address) + ["--once"])
                    #expect(single.code == 0, "\(single.complaint)")
                    #expect(single.complaint.contains("takes the lead from "))
                    #expect(single.complaint.contains("epoch 1 since "))
                    #expect(
                        try scratch.run(
                            "/usr/bin/git", ["-C", "fleet.git", "show", "sluice/status/default:environment.yaml"]
                        ).output.contains("epoch: 2"))
                }
                try once("leading again, under epoch 3") { try scratch.release("1.1.0") }
                return text.contains("shop: 1.1.0 serves on flop")
            }
            #expect(text.contains("epoch 2 leads now; standing by until it has left"))
            // It was ended in good order.
            let status = try scratch.sluice("status", "--repository", "fleet.git").output
            #expect(status.contains("nobody leads since"), "\(status)")
        }
    }

    @Test func `of two daemons the older leads again when the newer is stopped`() throws {
        let scratch = try VerbScratch.quickFleet()
        try Self.simulator(scratch) { address in
            var hasPassed = false
            let text = try scratch.output(of: Self.daemon("first", address)) { text in
                if text.contains("shop: 1.0.0 serves on flip"), !hasPassed {
                    hasPassed = true
                    // Ended by SIGTERM, once it leads and acts.
                    var hasBegun = false
                    _ = try scratch.output(of: Self.daemon("second", address)) { text in
                        if text.contains("takes the lead from"), !hasBegun {
                            hasBegun = true
                            try scratch.release("1.1.0")
                        }
                        return text.contains("shop: 1.1.0 serves on flop")
                    }
                    try scratch.release("1.2.0")
                }
                return text.contains("shop: 1.2.0 serves on flip")
            }
            #expect(text.contains("leading again, under epoch 3"), "\(text)")
        }
    }
}
