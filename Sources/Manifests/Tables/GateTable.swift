internal import Core

private struct GateDraft {
    var when: Gate.When?
    var check: Gate.Check?
}

extension Form where Value == Gate {
    /// A Gate's `spec`; the name comes with `metadata`.
    static let gate = Table<GateDraft>(
        "gate", "A check that must pass for a rollout to go on.",
        exclusive: [["smokeTest", "analysis", "webhook", "approval"]],
        [
            Field(
                "when", .choice,
                "`before` the stage's weight is given, or `during` its hold. Left out: smoke tests and approvals before, "
                    + "analyses and webhooks during."
            ) { $0.when = $1 },
            Field("smokeTest", .smokeTest, "Requests to the new version.") { $0.check = .smokeTest($1) },
            Field("analysis", .analysis, "A metric, measured again and again.") { $0.check = .analysis($1) },
            Field("webhook", webhook, "A question put to a URL.") { $0.check = .webhook($1) },
            Field("approval", approval, "A person's consent.") { $0.check = .approval($1) },
        ]
    ).form {
        GateDraft()
    } make: { draft in
        draft.check.map { Gate(name: "", when: draft.when ?? Gate.defaultWhen(for: $0), check: $0) }
    }

    private static let webhook = Table<Webhook>(
        "webhook", "A question put to a URL: 2xx passes.",
        [
            Field("url", .url, "An http or https URL.", required: true) { $0.url = $1 },
            Field("timeout", .duration(least: .milliseconds(1)), "How long to wait for the answer.", standard: "10s") {
                $0.timeout = $1
            },
        ]
    ).form { Webhook(url: "") }

    private static let approval = Table<Approval>(
        "approval", "A person's consent.",
        [Field("count", .integer(1...20), "Approvals needed.", standard: "1") { $0.count = $1 }]
    ).form { Approval() }
}

extension Form where Value == String {
    fileprivate static let url = line(words: "URL", limit: 2048, pattern: "^https?://[!-~]+$") { bytes in
        let scheme = bytes.starts(with: "https://".utf8) ? 8 : bytes.starts(with: "http://".utf8) ? 7 : Int.max
        return bytes.count > scheme && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension Form where Value == SmokeTest {
    static let smokeTest = Table<SmokeTest>(
        "smokeTest", "Requests sent to the new version and compared with what is expected.",
        [
            Field("component", .name, "The service that is asked; left out, the application's first.") {
                $0.component = $1
            },
            Field("requests", request.list(0...100), "Written requests.", standard: "[]") { $0.requests = $1 },
            Field(
                "replay", .line(limit: 1024), "Path in the repository of a JSON Lines file of historical requests."
            ) { $0.replay = $1 },
            Field("sample", .integer(1...100_000), "How many of the replay's requests are sent.", standard: "100") {
                $0.sample = $1
            },
            Field("rate", .integer(1...10_000), "Requests a second, at most.", standard: "10") { $0.rate = $1 },
        ]
    ).form {
        SmokeTest(requests: [])
    } make: { test, mark, reader in
        if test.requests.isEmpty, test.replay == nil {
            reader.add(.missingField, at: mark, "smokeTest needs \"requests\" or \"replay\"")
        }
        return test
    }

    private static let request = Table<SmokeTest.Request>(
        "request", "A written request and what is expected of the answer.",
        [
            Field("method", .method, "HTTP method.", standard: "GET") { $0.method = $1 },
            Field("path", .path, "Path and query.", required: true) { $0.path = $1 },
            Field(
                "headers", Form<String>.version.keying(.line(limit: 4096), limit: 32), "Headers.", standard: "{}"
            ) { $0.headers = $1.dictionary() },
            Field("body", .text, "What is sent.") { $0.body = $1 },
            Field("expectStatus", .integer(100...599), "HTTP status.", standard: "200") { $0.expectStatus = $1 },
            Field("expectBody", .text, "Text that the answer must contain.") { $0.expectBody = $1 },
            Field("maxLatency", .duration(least: .milliseconds(1)), "Longest time to the answer.") {
                $0.maxLatency = $1
            },
        ]
    ).form { SmokeTest.Request(path: "/") }
}

extension Form where Value == String {
    fileprivate static let method = line(words: "method", limit: 16, pattern: "^[A-Z]+$") { bytes in
        bytes.allSatisfy { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") } && !bytes.isEmpty
    }
    fileprivate static let path = line(words: "path", limit: 2048, pattern: "^/[!-~]*$") { bytes in
        bytes.first == UInt8(ascii: "/") && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
