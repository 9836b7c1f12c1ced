import Conformance
import Core
import Foundation
import Gates
import Glibc
import Platforms
import Reconciler
import Simulator
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SmokeTestEvaluatorTests {
    /// Files that a test holds in memory.
    private struct Files: ManifestFiles {
        var files: [String: String] = [:]

        func read(_ path: String, at revision: Revision, limit: Int) async throws(EffectFailure) -> [UInt8] {
            guard revision == "r1", let text = files[path] else {
                throw EffectFailure(.notFound, "\(path): no such file")
            }
            return Array(text.utf8)
        }
    }

    private func evaluate(
        _ test: SmokeTest, _ files: [String: String] = [:], attempt: Attempt = GateRuns.attempt,
        within deadline: Duration = .seconds(5)
    ) async -> GateResult {
        var limits = SmokeTestEvaluator.Limits()
        limits.request = deadline
        return await SmokeTestEvaluator(standardURL: nil, files: Files(files: files), limits: limits)
            .evaluate(GateRuns.run(.smokeTest(test), attempt: attempt))
    }

    private func test(
        _ server: LoopbackServer, _ requests: [SmokeTest.Request] = [.init(path: "/search?q=a")]
    ) -> SmokeTest {
        SmokeTest(url: server.url, requests: requests, rate: 1000)
    }

    @Test(arguments: [
        ([:], "replays/search.jsonl: no such file"),
        (["replays/search.jsonl": ""], "replays/search.jsonl holds no requests"),
        (["replays/search.jsonl": "\n \n"], "replays/search.jsonl holds no requests"),
    ])
    func `a replay that is not there, or holds nothing, is an error whoever would send it`(
        files: [String: String], detail: String
    ) async throws {
        struct Agreeable: GateEvaluator {
            func evaluate(_ run: GateRun) async -> GateResult { .outcome(.passed, detail: "all is well") }
        }
        let smoke = SmokeTest(requests: [.init(path: "/")], replay: "replays/search.jsonl")
        let run = GateRuns.run(.smokeTest(smoke))
        for fallback in [Agreeable(), nil] {
            let result = await SmokeTestEvaluator(
                standardURL: nil, files: Files(files: files), fallback: fallback
            ).evaluate(run)
            #expect(GateRuns.outcome(result) == .error && GateRuns.detail(result) == detail, "\(result)")
        }
    }

    @Test func `a request is sent as written`() async throws {
        let server = try LoopbackServer(status: "201 Created", body: "made it")
        let request = SmokeTest.Request(
            method: "PUT", path: "/a?b=c", headers: ["X-One": "1"], body: "{}", expectStatus: 201, expectBody: "made")
        var smoke = test(server, [request])
        smoke.url = "\(server.url)/{application}/{side}/{namespace}/{component}/{version}/"
        let result = await evaluate(smoke)
        #expect(GateRuns.outcome(result) == .passed, "\(result)")
        let seen = try #require(server.requests.first)
        #expect(seen.hasPrefix("PUT /search/flop/search-flop/api/4.2.0/a?b=c HTTP/1.1\r\n"))
        #expect(seen.lowercased().contains("x-one: 1\r\n") && seen.hasSuffix("\r\n\r\n{}"))
    }

    @Test(arguments: [
        (SmokeTest.Request(path: "/search?q=a"), "GET /search?q=a: 500, wanted 200: oh \u{fffd} no on flop"),
        (
            SmokeTest.Request(path: "/", expectStatus: 500, expectBody: "yes"),
            "GET /: the body has no \"yes\": oh \u{fffd} no on flop"
        ),
    ])
    func `a failure shows which request failed and how its answer differed`(
        request: SmokeTest.Request, detail: String
    ) async throws {
        let server = try LoopbackServer { client, _ in
            LoopbackServer.put(client, "HTTP/1.1 500 No\r\nContent-Length: 8\r\n\r\n")
            LoopbackServer.put(client, Array("oh \u{1}".utf8) + [0xff] + Array("\nno".utf8))
        }
        let result = await evaluate(test(server, [request]))
        #expect(GateRuns.outcome(result) == .failed)
        #expect(GateRuns.detail(result) == detail)
    }

    @Test func `an answer that takes too long fails`() async throws {
        let server = try LoopbackServer { client, _ in
            dawdle(milliseconds: 30)
            LoopbackServer.answer(client, "200 OK")
        }
        let result = await evaluate(test(server, [.init(path: "/", maxLatency: .milliseconds(5))]))
        #expect(GateRuns.outcome(result) == .failed)
        #expect(GateRuns.detail(result).contains("at most 5ms"))
    }

    enum Harm: String, CaseIterable {
        case hangs, dribbles, resets, closes, redirects, talksNonsense
    }

    @Test(arguments: Harm.allCases) func `a server that does harm fails the test in time`(harm: Harm) async throws {
        let server = try LoopbackServer { client, _ in
            switch harm {
            case .hangs: LoopbackServer.hang(client)
            case .dribbles:
                LoopbackServer.put(client, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while LoopbackServer.put(client, "0") { dawdle(milliseconds: 10) }
            case .resets: LoopbackServer.reset(client)
            case .closes: LoopbackServer.put(client, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive")
            case .redirects: LoopbackServer.answer(client, "302 Found", "Location: /\r\n")
            case .talksNonsense: LoopbackServer.put(client, "220 smtp.example.org ESMTP\r\n")
            }
        }
        // The suite's time limit is what a test that does not fail in time meets.
        let result = await evaluate(test(server), within: .milliseconds(500))
        #expect(GateRuns.outcome(result) == .failed, "\(result)")
        #expect(GateRuns.detail(result).hasPrefix("GET /search?q=a: "))
        // A connection that broke before an answer began may have been over before it was used again.
        #expect(server.requests.count == (harm == .resets ? 2 : 1))
    }

    @Test func `of a body without end no more is read than the limit`() async throws {
        let server = try LoopbackServer { client, _ in
            LoopbackServer.put(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
            while LoopbackServer.put(client, chunk) {}
        }
        let result = await evaluate(test(server))
        #expect(GateRuns.outcome(result) == .passed, "\(result)")
    }

    @Test func `where nobody listens is an error and no failure`() async throws {
        let port = try LoopbackServer(status: "200 OK").port
        let result = await evaluate(SmokeTest(url: "http://127.0.0.1:\(port)", requests: [.init(path: "/")]))
        #expect(GateRuns.outcome(result) == .error)
        #expect(GateRuns.detail(result).contains("nobody listens"))
    }

    @Test func `the answer of another version is an error`() async throws {
        let server = try LoopbackServer(status: "200 OK", headers: "Sluice-Version: 4.1.0\r\n")
        let result = await evaluate(test(server))
        #expect(GateRuns.outcome(result) == .error)
        #expect(GateRuns.detail(result).contains("version 4.1.0 answers, not 4.2.0"))
    }

    // MARK: Replays

    private func replay(_ lines: Int) -> String {
        (1...lines).map { "{\"method\": \"GET\", \"path\": \"/\($0)\"}\n" }.joined()
    }

    @Test func `the same attempt is tried with the same sample, another with another`() throws {
        let bytes = Array(replay(1000).utf8)
        func paths(_ introduced: String) throws -> [String] {
            let attempt = Attempt(digest: GateRuns.attempt.digest, introduced: introduced)
            return try Replay.sample("f", bytes, count: 20, for: attempt).map(\.path)
        }
        #expect(try paths("a") == paths("a"))
        #expect(try paths("a").count == 20)
        #expect(try Set(paths("a")) != Set(paths("b")))
        #expect(try paths("a") == paths("a").sorted { Int($0.dropFirst()) ?? 0 < Int($1.dropFirst()) ?? 0 })
    }

    @Test func `a release that is bad only for historical queries fails`() async throws {
        let server = try LoopbackServer { client, request in
            LoopbackServer.answer(client, request.hasPrefix("GET /7 ") ? "500 No" : "200 OK")
        }
        var smoke = test(server, [.init(path: "/healthz")])
        smoke.replay = "replays/a.jsonl"
        let result = await evaluate(smoke, ["replays/a.jsonl": replay(10)])
        #expect(GateRuns.detail(result).hasPrefix("GET /7: 500, wanted less than 500"))
        #expect(GateRuns.outcome(result) == .failed)
    }

    @Test(arguments: [
        ("{\"method\": \"get\", \"path\": \"/\"}", "a:1: the method"),
        ("\n{\"method\": \"GET\", \"path\": \"//e\\r\\nx\"}", "a:2: the path"),
        ("{\"method\": \"GET\", \"path\": \"/\", \"headers\": {\"a\": \"b\\r\\nc: d\"}}", "a:1: a header"),
        ("nonsense", "a:1: not a request"),
        ("\"" + String(repeating: "x", count: 70_000) + "\"", "a:1: this line is longer"),
        ("", "a holds no requests"),
    ])
    func `a replay that holds what is no request is an error with its line`(text: String, start: String) async {
        let result = await evaluate(SmokeTest(url: "http://127.0.0.1:1", requests: [], replay: "a"), ["a": text])
        #expect(GateRuns.outcome(result) == .error)
        #expect(GateRuns.detail(result).hasPrefix(start), "\(result)")
    }

    @Test func `requests are no more a second than allowed`() async throws {
        let server = try LoopbackServer(status: "200 OK")
        let start = ContinuousClock.now
        let result = await evaluate(
            SmokeTest(url: server.url, requests: [], replay: "a", rate: 100), ["a": replay(60)])
        #expect(GateRuns.outcome(result) == .passed, "\(result)")
        #expect(server.requests.count == 60)
        // 60 at 100 a second, less the few that may be made up for.
        #expect(ContinuousClock.now - start >= .milliseconds(420))
    }

    @Test func `a replay that is not there is an error`() async {
        let result = await evaluate(SmokeTest(url: "http://127.0.0.1:1", requests: [], replay: "b"))
        #expect(GateRuns.outcome(result) == .error)
    }

    // MARK: The simulator

    @Test(arguments: [(0, GateOutcome.passed), (1000, .failed)])
    func `the simulator's services answer as the version does`(perMille: Int, expected: GateOutcome) async throws {
        let release = Release(
            version: "4.2.0",
            components: [
                Component(
                    name: "api", kind: .service,
                    run: .simulated(
                        SimulatedRun(
                            startTime: .milliseconds(1), latency: .milliseconds(1),
                            faults: [.errors(perMille: perMille, after: .zero)])))
            ])
        var world = world()
        try world.perform(PlatformConformance.deploy(release, .flop), application: "search", epoch: 1, sequence: 1)
        world.advance(to: world.now + .minutes(1))
        try await withServer(SimulatedPlatform(world)) { url in
            let client = try await SimulatorClient(url)
            let smoke = SmokeTest(requests: [.init(path: "/search?q=a", expectBody: "\"path\":\"search\"")], rate: 1000)
            let result = await SmokeTestEvaluator(standardURL: client.serviceURL, files: Files())
                .evaluate(GateRuns.run(.smokeTest(smoke)))
            #expect(GateRuns.outcome(result) == expected, "\(result)")
        }
    }
}
