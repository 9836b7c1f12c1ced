import Core

/// A value of a scenario file, with its place in it, so that whatever is wrong with it is said with that place.
struct ScenarioValue {
    /// JSON as it is: a whole number is no fraction and no truth.
    indirect enum JSON: Decodable {
        case null, truth(Bool), whole(Int64), number(Double), text(String), list([JSON]), object([String: JSON])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .truth(value)
            } else if let value = try? container.decode(Int64.self) {
                self = .whole(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode([JSON].self) {
                self = .list(value)
            } else {
                self = .object(try container.decode([String: JSON].self))
            }
        }
    }

    typealias Malformed = SimulationScenario.Malformed

    let json: JSON
    /// `disturbances[0].crash`; empty for the file itself.
    let place: String

    init(_ json: JSON, at place: String) {
        self.json = json
        self.place = place
    }

    private func malformed(_ what: String) -> Malformed {
        Malformed(place.isEmpty ? "the file \(what)" : "\(place) \(what)")
    }

    // MARK: What it holds

    func whole(_ range: ClosedRange<Int64>) throws(Malformed) -> Int64 {
        guard case .whole(let value) = json, range.contains(value) else {
            throw malformed(
                range.upperBound == .max
                    ? "must be a whole number of at least \(range.lowerBound)"
                    : "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Replicas, or another small number of things.
    func count(_ range: ClosedRange<Int64> = 0...100_000) throws(Malformed) -> Int { Int(try whole(range)) }

    func number(_ range: ClosedRange<Double>) throws(Malformed) -> Double {
        var value: Double?
        if case .whole(let whole) = json { value = Double(whole) }
        if case .number(let number) = json { value = number }
        guard let value, range.contains(value) else {
            throw malformed("must lie between \(Int64(range.lowerBound)) and \(Int64(range.upperBound))")
        }
        return value
    }

    func text() throws(Malformed) -> String {
        guard case .text(let value) = json else { throw malformed("must be a text") }
        return value
    }

    func side() throws(Malformed) -> Side {
        guard case .text(let text) = json, let side = Side(rawValue: text) else {
            throw malformed("must be \"flip\" or \"flop\"")
        }
        return side
    }

    func span() throws(Malformed) -> Span {
        guard case .text(let text) = json, let span = Span(text) else {
            throw malformed("must be a duration such as \"90s\" or \"1h30m\"")
        }
        return span
    }

    func list() throws(Malformed) -> [ScenarioValue] {
        guard case .list(let values) = json else { throw malformed("must be a list") }
        return values.enumerated().map { ScenarioValue($1, at: "\(place)[\($0)]") }
    }

    /// Fields with names of the file's own choice, sorted.
    func named() throws(Malformed) -> [(name: String, value: ScenarioValue)] {
        guard case .object(let fields) = json else { throw malformed("must be an object") }
        return fields.sorted { $0.key < $1.key }.map { ($0.key, ScenarioValue($0.value, at: inner($0.key))) }
    }

    /// The values by name, where there are no others than these.
    func fields(_ known: Set<String>) throws(Malformed) -> [String: ScenarioValue] {
        let named = try named()
        if let stranger = named.first(where: { !known.contains($0.name) }) {
            throw Malformed(
                "\(place.isEmpty ? "" : place + ": ")there is no \"\(stranger.name)\" here; known are "
                    + known.sorted().joined(separator: ", "))
        }
        return Dictionary(uniqueKeysWithValues: named.map { ($0.name, $0.value) })
    }

    private func inner(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }
}
