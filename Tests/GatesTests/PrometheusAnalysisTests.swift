import Core
import Foundation
import Gates
import Glibc
import Reconciler
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct PrometheusAnalysisTests {
    private struct FixedTime: TimeSource {
        var now: Instant { Instant(milliseconds: 1_000_000_000) }
        func sleep(until instant: Instant) async throws {}
    }

    private func evaluate(_ address: String, _ analysis: Analysis, held: Span = .seconds(120)) async -> GateResult {
        await PrometheusAnalysis(address: address, time: FixedTime())
            .evaluate(GateRuns.run(.analysis(analysis), heldSince: FixedTime().now - held))
    }

    private func vector(_ values: String...) -> String {
        let series = values.map { "{\"metric\":{},\"value\":[1700000000.1,\"\($0)\"]}" }.joined(separator: ",")
        return "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[\(series)]}}"
    }

    private func scripted(_ body: String, status: String = "200 OK") throws -> LoopbackServer {
        try LoopbackServer(status: status, body: body)
    }

    private static let hits = Analysis(
        metric: .query("hits{side=\"{side}\",v=\"{version}\"}"), criterion: .max(milli: 1500))

    @Test(
        arguments: [
            "1e300", "1e308", "1e400", "9223372036854775807", "9223372036854775808", "1e15", "1e18", "-1e300", "NaN",
            "0x10", "",
        ], [Analysis.Criterion.stable, .max(milli: 10_000), .min(milli: 10_000)])
    func `a count that nobody can have counted ends nothing, and passes nothing`(
        _ value: String, _ criterion: Analysis.Criterion
    ) async throws {
        let server = try scripted(vector(value))
        let analysis = Analysis(metric: .share(bad: "b", total: "t"), criterion: criterion)
        let result = await evaluate(server.url, analysis)
        let outcome = GateRuns.outcome(result)
        #expect(outcome == .inconclusive || outcome == .failed || value == "1e15", "\(result)")
    }

    @Test func `a text measures nothing`() async throws {
        let server = try scripted(#"{"status":"success","data":{"resultType":"string","result":[1,"1"]}}"#)
        let result = await evaluate(server.url, Self.hits)
        #expect(GateRuns.outcome(result) == .inconclusive)
        #expect(GateRuns.detail(result) == "the query gives a string, which is no measurement")
    }

    @Test func `a server that closes each connection without a word is asked all the same`() async throws {
        let body = vector("1")
        let server = try LoopbackServer { client, _ in
            LoopbackServer.put(client, "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        let analysis = Analysis(metric: .share(bad: "b", total: "t"), criterion: .max(milli: 10_000))
        for _ in 0..<20 {
            #expect(GateRuns.outcome(await evaluate(server.url, analysis)) != .error)
        }
    }

    @Test func `a value is held against its bound`() async throws {
        for (value, expected) in [("1.5", GateOutcome.passed), ("1.6", .failed)] {
            let server = try scripted(vector(value))
            let result = await evaluate(server.url, Self.hits)
            #expect(GateRuns.outcome(result) == expected)
            #expect(GateRuns.detail(result) == "\(value), at most 1.5")
            let asked = try #require(server.requests.first?.removingPercentEncoding)
            #expect(
                asked.hasPrefix("POST /api/v1/query HTTP/1.1") && asked.hasSuffix("hits{side=\"flop\",v=\"4.2.0\"}"))
        }
    }

    @Test func `no data, what is not finite and several series are inconclusive`() async throws {
        let bodies = [vector(), vector("NaN"), vector("+Inf"), vector("-Inf"), vector("1", "1")]
        for body in bodies {
            let server = try scripted(body)
            let result = await evaluate(server.url, Self.hits)
            #expect(GateRuns.outcome(result) == .inconclusive, "\(body): \(result)")
        }
    }

    @Test func `a text and a number in another notation are no measurements`() async throws {
        let text = "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1700000000,\"1\"]}}"
        for body in [text, vector("0x1"), vector("one")] {
            let server = try scripted(body)
            let outcome = GateRuns.outcome(await evaluate(server.url, Self.hits))
            #expect(outcome == .inconclusive || outcome == .error, "\(body)")
        }
    }

    @Test func `a count that nobody can have counted says nothing, and ends nothing`() async throws {
        for criterion in [Analysis.Criterion.max(milli: 10_000), .stable] {
            let counts = Analysis(metric: .share(bad: "bad", total: "total"), criterion: criterion)
            for value in ["1e300", "9223372036854775808", "1e16"] {
                let server = try LoopbackServer { client, request in
                    LoopbackServer.answer(
                        client, "200 OK", "", self.vector(request.contains("query=time") ? "1700000000" : value))
                }
                let result = await evaluate(server.url, counts)
                #expect(GateRuns.outcome(result) == .inconclusive, "\(value): \(result)")
            }
        }
    }

    @Test func `a count below nothing says nothing, however small the share that comes of it`() async throws {
        let counts = Analysis(metric: .share(bad: "bad", total: "total"), criterion: .max(milli: 10_000))
        for (bad, total) in [("-5", "1000"), ("0", "-1000"), ("-1", "-1")] {
            let server = try LoopbackServer { client, request in
                let value = request.contains("query=bad") ? bad : request.contains("query=total") ? total : "1700000000"
                LoopbackServer.answer(client, "200 OK", "", self.vector(value))
            }
            let result = await evaluate(server.url, counts)
            #expect(GateRuns.outcome(result) == .inconclusive, "\(bad) of \(total): \(result)")
        }
    }

    @Test func `a share looks back as far as the weight is held where an interval has too few`() async throws {
        let counts = Analysis(
            metric: .share(bad: "bad[{window}]", total: "total[{window}]"), criterion: .max(milli: 10_000),
            minimumSamples: 100)
        let server = try LoopbackServer { client, request in
            let isLong = request.removingPercentEncoding?.contains("[120s]") == true
            let value =
                request.contains("query=bad") ? "0" : request.contains("query=total") ? isLong ? "120" : "30" : "1"
            LoopbackServer.answer(client, "200 OK", "", self.vector(value))
        }
        let result = await evaluate(server.url, counts)
        #expect(GateRuns.outcome(result) == .passed)
        #expect(GateRuns.detail(result) == "0.0 % of 120 were bad in 2 m; at most 1 % allowed")
        let short = await evaluate(server.url, counts, held: .seconds(60))
        #expect(GateRuns.outcome(short) == .inconclusive)
        #expect(
            GateRuns.detail(short)
                == "not enough traffic yet: 30 of about 100 requests, ready in about 3 m (0.0 % so far; at most 1 % allowed)"
        )
    }

    @Test func `a bound on a query waits for as many values as are declared`() async throws {
        var few = Self.hits
        few.minimumSamples = 5
        let server = try LoopbackServer { client, request in
            let body =
                request.contains("query_range")
                ? "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
                    + "\"values\":[[1,\"1\"],[31,\"NaN\"],[61,\"1\"]]}]}}" : self.vector("1")
            LoopbackServer.answer(client, "200 OK", "", body)
        }
        let result = await evaluate(server.url, few)
        #expect(GateRuns.outcome(result) == .inconclusive)
        #expect(GateRuns.detail(result) == "not enough values yet: 2 of 5, ready in about 90 s")
        few.minimumSamples = 2
        #expect(GateRuns.outcome(await evaluate(server.url, few)) == .passed)
    }

    @Test func `a Prometheus that fails, or is none, is an error`() async throws {
        let answers = [
            ("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}", "400 Bad Request"),
            ("<html>", "200 OK"), ("", "503 No"), ("{}", "200 OK"),
        ]
        for (body, status) in answers {
            let server = try scripted(body, status: status)
            let result = await evaluate(server.url, Self.hits)
            #expect(GateRuns.outcome(result) == .error, "\(body): \(result)")
        }
        #expect(GateRuns.outcome(await evaluate("http://127.0.0.1:1", Self.hits)) == .error)
        let nowhere = await PrometheusAnalysis(address: nil, time: FixedTime())
            .evaluate(GateRuns.run(.analysis(Self.hits)))
        guard case .unavailable = nowhere else {
            Issue.record("\(nowhere)")
            return
        }
    }

    @Test func `a version cannot end the query that it stands in`() async throws {
        let server = try scripted(vector("1"))
        let run = GateRuns.run(.analysis(Self.hits), version: "1\"} or vector(0) #")
        _ = await PrometheusAnalysis(address: server.url, time: FixedTime()).evaluate(run)
        let asked = try #require(server.requests.first?.removingPercentEncoding)
        #expect(asked.hasSuffix("v=\"1\\x22} or vector(0) #\"}"))
    }

    // MARK: A real one

    /// A service's counters on both sides, a step further with each scrape.
    private static func exporter() throws -> LoopbackServer {
        let scrapes = Mutex(0)
        return try LoopbackServer { client, _ in
            let n = scrapes.withLock {
                $0 += 1
                return $0
            }
            var text = ""
            for (service, bad) in [("good", 1), ("bad", 100)] {
                text += """
                    requests_total{service="\(service)",namespace="search-flip",code="200"} \(9990 * n)
                    requests_total{service="\(service)",namespace="search-flip",code="500"} \(10 * n)
                    requests_total{service="\(service)",namespace="search-flop",code="200"} \((1000 - bad) * n)
                    requests_total{service="\(service)",namespace="search-flop",code="500"} \(bad * n)

                    """
            }
            text += "queue{namespace=\"search-flip\"} 1\nqueue{namespace=\"search-flop\"} 3\n"
            LoopbackServer.answer(client, "200 OK", "Content-Type: text/plain; version=0.0.4\r\n", text)
        }
    }

    private func share(_ service: String, _ criterion: Analysis.Criterion) -> Analysis {
        let name = "requests_total{service=\"\(service)\",namespace=\"{namespace}\""
        return Analysis(
            metric: .share(
                bad: "sum(increase(\(name),code=~\"5..\"}[{window}]))", total: "sum(increase(\(name)}[{window}]))"),
            criterion: criterion)
    }

    /// Asks until the server has scraped enough to say something else than that there is too little.
    private func settled(_ address: String, _ analysis: Analysis) async throws -> GateResult {
        var result = await evaluate(address, analysis)
        try await eventually("enough is scraped") {
            guard [.inconclusive, .error].contains(GateRuns.outcome(result)) else { return true }
            result = await evaluate(address, analysis)
            return false
        }
        return result
    }

    @Test func `a real Prometheus tells the good candidate from the bad one`() async throws {
        let exporter = try Self.exporter()
        try await RealPrometheus.run(scraping: exporter.port) { address in
            for (service, criterion, expected) in [
                ("good", Analysis.Criterion.stable, GateOutcome.passed), ("bad", .stable, .failed),
                ("good", .max(milli: 10_000), .passed), ("bad", .max(milli: 10_000), .failed),
            ] {
                let result = try await settled(address, share(service, criterion))
                #expect(GateRuns.outcome(result) == expected, "\(service) \(criterion): \(result)")
            }
            for (criterion, expected) in [
                (Analysis.Criterion.max(milli: 5000), GateOutcome.passed), (.max(milli: 2000), .failed),
            ] {
                let queue = Analysis(metric: .query("queue{namespace=\"{namespace}\"}"), criterion: criterion)
                #expect(GateRuns.outcome(try await settled(address, queue)) == expected)
            }
            let nothing = Analysis(metric: .query("nothing / nothing"), criterion: .max(milli: 1))
            #expect(GateRuns.outcome(await evaluate(address, nothing)) == .inconclusive)
            let undefined = Analysis(metric: .query("vector(0) / vector(0)"), criterion: .max(milli: 1))
            #expect(GateRuns.outcome(await evaluate(address, undefined)) == .inconclusive)
            let two = Analysis(metric: .query("queue"), criterion: .max(milli: 9000))
            #expect(GateRuns.outcome(await evaluate(address, two)) == .inconclusive)
            let broken = Analysis(metric: .query("sum("), criterion: .max(milli: 1))
            #expect(GateRuns.outcome(await evaluate(address, broken)) == .error)
            // Three times the stable side's, at each of twelve instants.
            let pairs = Analysis(
                metric: .query("queue{namespace=\"{namespace}\"}"), criterion: .stable, interval: .milliseconds(200))
            let paired = try await settled(address, pairs)
            #expect(GateRuns.outcome(paired) == .failed, "\(paired)")
        }
    }
}
