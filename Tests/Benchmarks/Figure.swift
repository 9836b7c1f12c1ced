/// One line of the table: a quantity that was measured several times.
struct Figure: Codable {
    /// A bound that the median is held against.
    struct Aim: Codable {
        /// In the figure's unit.
        let bound: Double
        let isUpper: Bool

        static func below(_ bound: Double) -> Aim { Aim(bound: bound, isUpper: true) }
        static func above(_ bound: Double) -> Aim { Aim(bound: bound, isUpper: false) }
    }

    enum CodingKeys: String, CodingKey {
        case name, applications, unit, samples, minimum, median, maximum, aim, isMet
    }

    let name: String
    let applications: Int
    /// `ns`, `ms`, `s`, `×`, `B`, `MB`, `/s`, or nothing for a count.
    let unit: String
    let samples: Int
    let minimum: Double
    let median: Double
    let maximum: Double
    let aim: Aim?
    /// Whether the median keeps to the aim; nil without one.
    let isMet: Bool?

    init(_ name: String, _ applications: Int, _ values: [Double], unit: String, aim: Aim? = nil) {
        self.name = name
        self.applications = applications
        self.unit = unit
        self.aim = aim
        let sorted = values.sorted()
        let middle = sorted.count / 2
        samples = sorted.count
        minimum = sorted.first ?? .nan
        maximum = sorted.last ?? .nan
        let upper = sorted.isEmpty ? .nan : sorted[middle]
        let median = sorted.count.isMultiple(of: 2) && !sorted.isEmpty ? (sorted[middle - 1] + upper) / 2 : upper
        self.median = median
        isMet = aim.map { $0.isUpper ? median <= $0.bound : median >= $0.bound }
    }
}

/// What was measured so far, told as it comes.
struct Report {
    private(set) var figures: [Figure] = []
    /// Called with each figure as soon as it is known.
    var progress: (Figure) -> Void = { _ in }

    mutating func add(
        _ name: String, _ applications: Int, _ values: [Double], unit: String, aim: Figure.Aim? = nil
    ) {
        let figure = Figure(name, applications, values, unit: unit, aim: aim)
        figures.append(figure)
        progress(figure)
    }

    /// Ratios of what was measured in the same round.
    mutating func add(ratio name: String, _ applications: Int, _ ours: [Double], to theirs: [Double], aim: Double?) {
        add(name, applications, zip(ours, theirs).map { $0 / $1 }, unit: "×", aim: aim.map { .below($0) })
    }

    /// Ratios of what was measured in the same round, where more is better.
    mutating func add(rate name: String, _ applications: Int, _ ours: [Double], to theirs: [Double], atLeast: Double) {
        add(name, applications, zip(ours, theirs).map { $0 / $1 }, unit: "×", aim: .above(atLeast))
    }

    /// A table in Markdown.
    var table: String {
        var lines = [
            "| measured | applications | min | median | max | n | aim | met |", "|---|--:|--:|--:|--:|--:|--:|---|",
        ]
        for figure in figures {
            let aim = figure.aim.map { "\($0.isUpper ? "≤" : "≥") \(text($0.bound, figure.unit))" } ?? ""
            let cells = [
                figure.name, "\(figure.applications)", text(figure.minimum, figure.unit),
                text(figure.median, figure.unit), text(figure.maximum, figure.unit), "\(figure.samples)", aim,
                figure.isMet.map { $0 ? "yes" : "**no**" } ?? "",
            ]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n")
    }

    private func text(_ value: Double, _ unit: String) -> String {
        guard value.isFinite else { return "?" }
        let digits = value.magnitude >= 100 || unit.isEmpty ? 0 : value.magnitude >= 10 ? 1 : 2
        var scaled = value
        for _ in 0..<digits { scaled *= 10 }
        let whole = Int(scaled.rounded())
        guard digits > 0 else { return unit.isEmpty ? "\(whole)" : "\(whole) \(unit)" }
        let base = digits == 1 ? 10 : 100
        let fraction = String(whole.magnitude % UInt(base))
        let padding = String(repeating: "0", count: digits - fraction.count)
        return "\(whole / base).\(padding)\(fraction) \(unit)"
    }
}

/// A watch for one thing at a time.
enum Watch {
    private static let clock = ContinuousClock()

    /// Seconds that `body` takes.
    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = clock.now
        try body()
        return (clock.now - start).inSeconds
    }

    /// Seconds that `body` takes.
    static func seconds(_ body: () async throws -> Void) async rethrows -> Double {
        let start = clock.now
        try await body()
        return (clock.now - start).inSeconds
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
