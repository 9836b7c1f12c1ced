import Core
import Foundation
import Gates
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct WebhookEvaluatorTests {
    private static let secret = "0123456789abcdef"

    private func evaluate(
        _ url: String, timeout: Span = .seconds(5), secretFile: String? = nil
    ) async -> GateResult {
        await WebhookEvaluator(environment: "staging", secretFile: secretFile)
            .evaluate(GateRuns.run(.webhook(Webhook(url: url, timeout: timeout))))
    }

    private func withSecret(_ text: String, _ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "sluice-secret-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        try await body(path)
    }

    @Test func `a signature is the HMAC of the time and the body`() {
        let signature = WebhookEvaluator.signature(
            of: Array("{\"a\":1}".utf8), at: 1_767_225_600, secret: Array(Self.secret.utf8))
        #expect(
            signature
                == "t=1767225600,v1=539b0e21b535c5201ef7d1453c0a0de4ad132293226de9018be0cfbf0092faa6")
    }

    @Test func `the body says what is rolled out, and is signed`() async throws {
        let server = try LoopbackServer(status: "204 No Content")
        try await withSecret(Self.secret + "\n") { path in
            #expect(GateRuns.outcome(await evaluate("\(server.url)/check", secretFile: path)) == .passed)
        }
        let seen = try #require(server.requests.first)
        let parts = try #require(seen.range(of: "\r\n\r\n").map { (seen[..<$0.lowerBound], seen[$0.upperBound...]) })
        #expect(seen.hasPrefix("POST /check HTTP/1.1\r\n"))
        let said = try JSONSerialization.jsonObject(with: Data(parts.1.utf8)) as? [String: any Sendable]
        let expected: [String: String] = [
            "application": "search", "environment": "staging", "version": "4.2.0", "stage": "canary", "side": "flop",
            "gate": "gate", "revision": "r1", "digest": GateRuns.attempt.digest.description,
        ]
        for (key, value) in expected { #expect(said?[key] as? String == value, "\(key)") }
        #expect(said?["weight"] as? Int == 10)
        #expect(said?.count == 9)
        let header = try #require(parts.0.split(separator: "\r\n").first { $0.hasPrefix("Sluice-Signature: t=") })
        let time = try #require(Int64(header.dropFirst(20).prefix { $0 != "," }))
        let signature = WebhookEvaluator.signature(of: Array(parts.1.utf8), at: time, secret: Array(Self.secret.utf8))
        #expect(header == "Sluice-Signature: \(signature)")
    }

    @Test func `without a secret nothing is signed`() async throws {
        let server = try LoopbackServer(status: "200 OK")
        #expect(GateRuns.outcome(await evaluate(server.url)) == .passed)
        #expect(server.requests.first?.contains("Sluice-Signature") == false)
    }

    @Test func `a no is for good, and fails the gate at once`() async throws {
        let server = try LoopbackServer(status: "403 Forbidden", body: "the freeze lasts until Monday")
        let run = GateRuns.run(.webhook(Webhook(url: server.url)))
        let result = await WebhookEvaluator(environment: "staging").evaluate(run)
        #expect(GateRuns.outcome(result) == .failed)
        #expect(GateRuns.detail(result).contains("answered 403: the freeze lasts until Monday, which means no"))
        var progress = GateProgress(name: "gate")
        progress.record(result, of: run.gate, at: Instant(milliseconds: 0))
        #expect(progress.verdict == .failed && progress.nextAt == nil, "it is not asked again")
    }

    @Test(arguments: ["409 Conflict", "425 Too Early"]) func `not yet is awaited`(status: String) async throws {
        let server = try LoopbackServer(status: status, body: "the freeze ends at noon")
        guard case .pending(let detail) = await evaluate(server.url) else {
            Issue.record("not pending")
            return
        }
        #expect(detail.hasSuffix("the freeze ends at noon, which means not yet"))
    }

    @Test(arguments: ["500 No", "404 Not Found", "302 Found", "199 Odd"])
    func `anything else is an error, and a redirect is not followed`(status: String) async throws {
        let other = try LoopbackServer(status: "200 OK")
        let server = try LoopbackServer(status: status, headers: "Location: \(other.url)/\r\n")
        #expect(GateRuns.outcome(await evaluate(server.url)) == .error)
        #expect(other.requests.isEmpty)
    }

    @Test func `no answer in time is an error`() async throws {
        let server = try LoopbackServer { client, _ in LoopbackServer.hang(client) }
        let result = await evaluate(server.url, timeout: .milliseconds(200))
        #expect(GateRuns.outcome(result) == .error)
        #expect(GateRuns.detail(result) == "127.0.0.1: no whole answer within 200ms")
    }

    @Test(arguments: ["", "short"]) func `a secret that is none is an error, and nothing is sent`(text: String)
        async throws
    {
        let server = try LoopbackServer(status: "200 OK")
        try await withSecret(text) { path in
            #expect(GateRuns.outcome(await evaluate(server.url, secretFile: path)) == .error)
        }
        #expect(GateRuns.outcome(await evaluate(server.url, secretFile: "/nowhere/secret")) == .error)
        #expect(server.requests.isEmpty)
    }
}
