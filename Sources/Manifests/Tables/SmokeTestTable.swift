internal import Core

private struct SmokeTestDraft {
    var test = SmokeTest(requests: [])
    var url: Marked<String>?
}

extension Form where Value == SmokeTest {
    static let smokeTest = Table<SmokeTestDraft>(
        "smokeTest", "Requests sent to the new version and compared with what is expected.",
        [
            Field("component", .name, "The service that is asked; left out, the application's first.") {
                $0.test.component = $1
            },
            Field(
                "url", Form<String>.url.marked,
                "Where it answers, with the places `{application}`, `{side}`, `{namespace}`, `{component}` and `{version}`: "
                    + "`http://{component}.{namespace}.svc:8080`. Left out, where the platform says."
            ) { $0.url = $1 },
            Field("requests", request.list(0...100), "Written requests.", standard: "[]") { $0.test.requests = $1 },
            Field(
                "replay", .line(limit: 1024),
                "Path in the repository of a JSON Lines file of historical requests: "
                    + "`{\"method\": \"GET\", \"path\": \"/\", \"headers\": {}, \"body\": \"\", \"status\": 200}`, the last three as needed."
            ) { $0.test.replay = $1 },
            Field("sample", .integer(1...100_000), "How many of the replay's requests are sent.", standard: "100") {
                $0.test.sample = $1
            },
            Field("rate", .integer(1...10_000), "Requests a second, at most.", standard: "10") { $0.test.rate = $1 },
        ]
    ).form {
        SmokeTestDraft()
    } make: { draft, mark, reader in
        var test = draft.test
        test.url = draft.url?.value
        if test.requests.isEmpty, test.replay == nil {
            reader.add(.missingField, at: mark, "smokeTest needs \"requests\" or \"replay\"")
        }
        if let url = draft.url, !GateTemplate(url.value).isFilledByURLPlaces {
            reader.add(
                .invalidValue, at: url.mark,
                "the places of a URL are {application}, {side}, {namespace}, {component} and {version}")
        }
        if test.planned > test.rate * SmokeTest.longest {
            reader.add(
                .outOfRange, at: mark,
                "\(test.planned) requests at \(test.rate) a second take longer than the \(SmokeTest.longest) s that a "
                    + "test may take: lower \"sample\" or raise \"rate\"")
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
    /// The path of a request, with its query.
    static let path = line(words: "path", limit: 2048, pattern: "^/[!-~]*$") { bytes in
        bytes.first == UInt8(ascii: "/") && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
