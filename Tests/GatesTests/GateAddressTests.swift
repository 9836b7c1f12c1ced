import Core
import Foundation
import Gates
import Reconciler
import TestSupport
import Testing

/// A name and a password in a gate's address go to whom it asks, and nowhere else.
@Suite(.timeLimit(.minutes(5))) struct GateAddressTests {
    private struct NoFiles: ManifestFiles {
        func read(_ path: String, at revision: Revision, limit: Int) async throws(EffectFailure) -> [UInt8] { [] }
    }

    private struct FixedTime: TimeSource {
        var now: Instant { Instant(milliseconds: 1_000_000_000) }
        func sleep(until instant: Instant) async throws {}
    }

    enum Asker: CaseIterable {
        case webhook, smokeTest, prometheus

        func ask(_ url: String) async -> GateResult {
            switch self {
            case .webhook:
                await WebhookEvaluator(environment: "default").evaluate(GateRuns.run(.webhook(Webhook(url: url))))
            case .smokeTest:
                await SmokeTestEvaluator(standardURL: nil, files: NoFiles()).evaluate(
                    GateRuns.run(.smokeTest(SmokeTest(url: url, requests: [.init(path: "/")], rate: 1000))))
            case .prometheus:
                await PrometheusAnalysis(address: url, time: FixedTime()).evaluate(
                    GateRuns.run(
                        .analysis(Analysis(metric: .query("up"), criterion: .max(milli: 1000))),
                        heldSince: Instant(milliseconds: 1)))
            }
        }
    }

    /// What is asked, and the form in which it would be seen.
    private static let login = "robot:hunter%402"
    private static let secrets = ["robot", "hunter"]

    @Test(
        arguments: Asker.allCases,
        ["200 OK", "500 Oops", "302 Found\r\nLocation: http://robot:hunter@elsewhere/", "200 OK\r\nSluice-Version: 9"])
    func `they are sent, and stand in nothing that is told`(_ asker: Asker, _ status: String) async throws {
        let server = try LoopbackServer(status: status, body: "hello")
        let result = await asker.ask("http://\(Self.login)@127.0.0.1:\(server.port)")
        let told = "\(result)"
        for secret in Self.secrets { #expect(!told.contains(secret), "\(told)") }
        let asked = try #require(server.requests.first)
        let shown = Data("robot:hunter@2".utf8).base64EncodedString()
        #expect(asked.lowercased().contains("authorization: basic \(shown)".lowercased()), "\(asked)")
        #expect(asked.lowercased().contains("host: 127.0.0.1:\(server.port)\r\n"))
        for secret in Self.secrets { #expect(!asked.contains(secret)) }
    }

    @Test(arguments: Asker.allCases) func `nor where nobody answers`(_ asker: Asker) async throws {
        for place in [
            "127.0.0.1:1", "no-such-host.invalid", "[::1", "127.0.0.1:99999", "127.0.0.1:0", "127.0.0.1:-1", "",
        ] {
            let told = "\(await asker.ask("http://\(Self.login)@\(place)/?token=hunter"))"
            for secret in Self.secrets { #expect(!told.contains(secret), "\(place): \(told)") }
        }
    }
}
