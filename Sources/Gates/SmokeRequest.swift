import Core
import Evidence
import Foundation

/// One request of a smoke test, written or replayed, and what is expected of its answer.
struct SmokeRequest: Sendable {
    var method: String
    var path: String
    var headers: [String: String]
    var body: String?
    /// nil accepts any status below 500.
    var status: Int?
    var text: String?
    var latency: Span?

    init(_ written: SmokeTest.Request) {
        method = written.method
        path = written.path
        headers = written.headers
        body = written.body
        status = written.expectStatus
        text = written.expectBody
        latency = written.maxLatency
    }

    init(_ replayed: Replay.Request) {
        method = replayed.method
        path = replayed.path
        headers = replayed.headers ?? [:]
        body = replayed.body
        status = replayed.status
    }

    /// `GET /search?q=a`, cut short.
    var name: String { "\(method) \(Figure.line(path.utf8, limit: 80))" }

    func ask(at base: String, timeout: Duration) -> GateHTTP.Ask {
        GateHTTP.Ask(
            method: method, url: base + path, headers: headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
            body: body.map { Array($0.utf8) }, reusesConnection: ["GET", "HEAD", "OPTIONS"].contains(method),
            timeout: timeout)
    }

    /// How the answer differs from what is expected, in a few words; nil where it does not.
    func difference(of answer: GateHTTP.Answer) -> String? {
        if let status, answer.status != status { return "\(answer.status), wanted \(status)\(excerpt(answer))" }
        if status == nil, answer.status >= 500 { return "\(answer.status), wanted less than 500\(excerpt(answer))" }
        if let text, !answer.body.contains(text) {
            return "the body has no \"\(Figure.line(text.utf8, limit: 40))\"\(excerpt(answer))"
        }
        if let latency, answer.latency.milliseconds > latency.milliseconds {
            return "took \(answer.latency.text), at most \(latency)"
        }
        return nil
    }

    private func excerpt(_ answer: GateHTTP.Answer) -> String {
        let line = Figure.line(answer.body)
        return line.isEmpty ? "" : ": \(line)"
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool {
        text.isEmpty || Data(self).range(of: Data(text.utf8)) != nil
    }
}
