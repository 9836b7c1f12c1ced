package import Core
import Crypto
import Evidence
import Foundation
import Reconciler

/// Asks a URL whether a rollout may go on: a POST of what is rolled out, signed.
///
/// 2xx passes, 403 says no for good, 409 and 425 mean not yet, and anything else is an error that is asked again.
package struct WebhookEvaluator: GateEvaluator {
    /// What the body says.
    private struct Body: Encodable {
        var application: String
        var environment: String
        var version: String
        var digest: String
        var stage: String
        /// Percent on the candidate when it was asked.
        var weight: Int
        var side: String
        var gate: String
        var revision: String
    }

    package static let signatureHeader = "Sluice-Signature"
    /// Bytes of the file that holds the secret, at most.
    private static let secretLimit = 4096

    private let environment: String
    private let secretFile: String?

    /// - Parameters:
    ///   - environment: which one asks.
    ///   - secretFile: what signs, read anew each time so that it can be replaced; nil sends no signature.
    package init(environment: String, secretFile: String? = nil) {
        self.environment = environment
        self.secretFile = secretFile
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        guard case .webhook(let webhook) = run.gate.check else { return .unavailable(detail: "this is no webhook") }
        let answer: GateHTTP.Answer
        do {
            answer = try await GateHTTP.send(try ask(webhook, run, at: Int64(Date().timeIntervalSince1970)))
        } catch GateHTTP.Trouble.unreachable(let why), GateHTTP.Trouble.noAnswer(let why) {
            return .outcome(.error, detail: "\(host(webhook)): \(why)")
        } catch {
            return .outcome(.error, detail: GateReading("\(error)"))
        }
        let said = Figure.line(answer.body, limit: 100)
        let text = "\(host(webhook)) answered \(answer.status)\(said.isEmpty ? "" : ": \(said)")"
        switch answer.status {
        case 200..<300: return .outcome(.passed, detail: reading(text, answer))
        case 403: return .outcome(.failed, detail: reading("\(text), which means no", answer))
        case 409, 425: return .pending(detail: "\(text), which means not yet")
        default: return .outcome(.error, detail: reading(text, answer))
        }
    }

    private func reading(_ text: String, _ answer: GateHTTP.Answer) -> GateReading {
        GateReading(text, measured: "\(answer.status)", threshold: "2xx")
    }

    /// Without path and query, which may hold what is not for a status.
    private func host(_ webhook: Webhook) -> String { URL(string: webhook.url)?.host() ?? "the webhook" }

    private func ask(_ webhook: Webhook, _ run: GateRun, at time: Int64) throws -> GateHTTP.Ask {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = try encoder.encode(
            Body(
                application: run.application, environment: environment, version: run.version,
                digest: run.attempt.digest.description, stage: run.stage, weight: run.weight,
                side: run.candidate.rawValue, gate: run.gate.name, revision: run.revision))
        var headers = [(name: "Content-Type", value: "application/json"), (name: "User-Agent", value: "sluice")]
        if let secretFile {
            let signature = Self.signature(of: Array(body), at: time, secret: try secret(in: secretFile))
            headers.append((Self.signatureHeader, signature))
        }
        return GateHTTP.Ask(
            method: "POST", url: webhook.url, headers: headers, body: Array(body),
            timeout: .milliseconds(webhook.timeout.milliseconds))
    }

    /// `t=<unix time>,v1=<hex>`: HMAC-SHA256 over the time in decimal, a full stop and the body.
    package static func signature(of body: [UInt8], at time: Int64, secret: [UInt8]) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(time).".utf8) + body, using: SymmetricKey(data: secret))
        return "t=\(time),v1=\(code.map { String(format: "%02x", $0) }.joined())"
    }

    private struct SecretTrouble: Error, CustomStringConvertible {
        var description: String
    }

    /// The file's bytes without line ends at the end.
    private func secret(in path: String) throws -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw SecretTrouble(description: "\(path): the webhooks' secret cannot be read")
        }
        defer { try? handle.close() }
        var bytes = Array(try handle.read(upToCount: Self.secretLimit + 1) ?? Data())
        while let last = bytes.last, last == 10 || last == 13 { bytes.removeLast() }
        guard (16...Self.secretLimit).contains(bytes.count) else {
            throw SecretTrouble(description: "\(path): a webhooks' secret has 16 to \(Self.secretLimit) bytes")
        }
        return bytes
    }
}
