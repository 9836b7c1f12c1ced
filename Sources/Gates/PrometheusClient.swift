import Evidence
import Foundation

/// Asks a Prometheus, or what speaks its HTTP interface.
struct PrometheusClient: Sendable {
    /// Why there is no number.
    enum Trouble: Error, Hashable {
        /// It was not asked, or did not understand: to be asked again.
        case error(String)
        /// It answered, and not with one finite number.
        case inconclusive(String)
    }

    /// What is said where there is no series.
    static let noData = "no data"

    private let address: String
    private let timeout: Duration

    init(_ address: String, timeout: Duration = .seconds(10)) {
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        self.address = address
        self.timeout = timeout
    }

    private struct Reply: Decodable {
        struct Content: Decodable {
            var resultType: String
            var result: Result
        }
        /// A vector or matrix is a list of series, a scalar is a pair.
        enum Result: Decodable {
            case series([Series])
            case scalar(Sample)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let series = try? container.decode([Series].self) {
                    self = .series(series)
                } else {
                    self = .scalar(try container.decode(Sample.self))
                }
            }
        }
        struct Series: Decodable {
            var value: Sample?
            var values: [Sample]?
        }
        struct Sample: Decodable {
            var time: Double
            var value: Double?

            /// As Prometheus writes them: decimal, `NaN`, `+Inf`, `-Inf`.
            private static func number(_ text: String) -> Double? {
                let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
                return isDecimal || ["NaN", "+Inf", "-Inf", "Inf"].contains(text) ? Double(text) : nil
            }

            init(from decoder: any Decoder) throws {
                var pair = try decoder.unkeyedContainer()
                time = try pair.decode(Double.self)
                value = Self.number(try pair.decode(String.self))
            }
        }
        /// `vector` or `scalar` of a query at a time, `matrix` of one over a range; a `string` measures nothing.
        static let kinds = ["query": ["vector", "scalar"], "query_range": ["matrix"]]
        var status: String
        var data: Content?
        var error: String?
    }

    /// The one finite number that the query has, now or at a Unix time in seconds by Prometheus's own clock.
    func value(_ query: String, at moment: Double? = nil) async throws(Trouble) -> Double {
        let sample: Reply.Sample?
        let time = moment.map { [("time", String(format: "%.3f", $0))] } ?? []
        switch try await ask("query", [("query", query)] + time) {
        case .scalar(let value): sample = value
        case .series(let series): sample = try one(series)?.value
        }
        guard let value = sample?.value else { throw .inconclusive(Self.noData) }
        guard value.isFinite else { throw .inconclusive("the query's value is \(value)") }
        return value
    }

    /// What it takes for now, as a Unix time in seconds: its clock need not be ours, nor go as fast.
    func now() async throws(Trouble) -> Double { try await value("time()") }

    /// The query's finite values by time, in Unix seconds.
    func values(_ query: String, from start: Double, to end: Double, step: Double) async throws(Trouble) -> [Double:
        Double]
    {
        let range = [("start", start), ("end", end), ("step", step)].map { ($0.0, String(format: "%.3f", $0.1)) }
        guard case .series(let series) = try await ask("query_range", [("query", query)] + range) else {
            throw .inconclusive(Self.noData)
        }
        var found: [Double: Double] = [:]
        for sample in try one(series)?.values ?? [] {
            if let value = sample.value, value.isFinite { found[sample.time] = value }
        }
        return found
    }

    private func one(_ series: [Reply.Series]) throws(Trouble) -> Reply.Series? {
        guard series.count <= 1 else {
            throw .inconclusive("\(series.count) series; a query has to give one, for example by sum(…)")
        }
        return series.first
    }

    private func ask(_ what: String, _ fields: [(name: String, value: String)]) async throws(Trouble) -> Reply.Result {
        let form = fields.map { "\($0.name)=\(Self.escape($0.value))" }.joined(separator: "&")
        let answer: GateHTTP.Answer
        do throws(GateHTTP.Trouble) {
            answer = try await GateHTTP.send(
                GateHTTP.Ask(
                    method: "POST", url: "\(address)/api/v1/\(what)",
                    headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Array(form.utf8),
                    timeout: timeout))
        } catch {
            switch error {
            case .unreachable(let why), .noAnswer(let why): throw .error("Prometheus at \(host): \(why)")
            }
        }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(answer.body)) else {
            throw .error("what answers at \(host) is no Prometheus: \(answer.status) \(Figure.line(answer.body))")
        }
        guard reply.status == "success", let result = reply.data?.result else {
            throw .error("Prometheus: \(Figure.line((reply.error ?? "status \(answer.status)").utf8, limit: 150))")
        }
        guard let kind = reply.data?.resultType, Reply.kinds[what]?.contains(kind) ?? false else {
            let kind = Figure.line((reply.data?.resultType ?? "").utf8)
            throw .inconclusive("the query gives a \(kind), which is no measurement")
        }
        return result
    }

    /// What a status may say of the address: it may hold a name and a password.
    private var host: String { URL(string: address)?.host ?? "its address" }

    private static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
