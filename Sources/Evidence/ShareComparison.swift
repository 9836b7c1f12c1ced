package import Core

/// The candidate's share of bad requests, compared with the stable side's since the weight is held.
package struct ShareComparison: Hashable, Sendable {
    package var candidate: Share
    package var stable: Share
    /// How many times the stable side's share still counts as no worse, at least 1.
    package var tolerance: Double
    /// The worsening, as a share, that has to have shown by now before the candidate passes.
    package var detect: Double
    /// Requests on the candidate below which it does not pass.
    package var minimum: Double

    package init(candidate: Share, stable: Share, tolerance: Double, detect: Double, minimum: Double = 10) {
        self.candidate = candidate
        self.stable = stable
        self.tolerance = tolerance
        self.detect = detect
        self.minimum = minimum
    }

    private var test: SequentialTest {
        let allowed = candidate.total * tolerance
        return SequentialTest(chance: allowed / (allowed + stable.total))
    }

    private var hasData: Bool { candidate.total >= 1 && stable.total >= 1 }
    private var counts: (candidate: Double, both: Double) {
        let candidate = candidate.bad.rounded()
        return (candidate, candidate + stable.bad.rounded())
    }

    /// How strongly the counts speak for a worse candidate; 1 where they say nothing.
    package var evidence: Double { hasData ? test.evidence(counts.candidate, of: counts.both) : 1 }

    /// Whether a candidate worse by `detect`, or by half where that is more, would have been called worse by now, four
    /// times in five.
    package var isPowered: Bool {
        guard hasData else { return false }
        let allowed = stable.rate * tolerance
        let expected = candidate.total * min(1, allowed + max(detect, allowed / 2))
        let count = max(0, expected - expected.squareRoot()).rounded(.down)
        return test.rejects(count, of: count + counts.both - counts.candidate)
    }

    /// `.failed` where the evidence is enough, whatever the number of requests; `.passed` where it is not, nor near it,
    /// and would be had the candidate been bad.
    package var outcome: GateOutcome {
        guard hasData else { return .inconclusive }
        if test.rejects(counts.candidate, of: counts.both) { return .failed }
        if test.suspects(counts.candidate, of: counts.both) { return .inconclusive }
        return isPowered && candidate.total >= minimum ? .passed : .inconclusive
    }

    /// In words, with the numbers that decided.
    ///
    /// - Parameter window: in which the requests were counted; nil where nobody knows.
    /// - Returns: the counts, and what they say.
    package func reading(in window: Core.Span? = nil) -> GateReading {
        let limit = "no worse than \(Figure.plain(tolerance)) times the stable side's \(Figure.rate(stable.rate))"
        let measured = "\(Figure.rate(candidate.rate)) of \(Figure.grouped(candidate.total))"
        let time = window.map { " in \(Figure.time($0))" } ?? ""
        let counted =
            "\(measured) requests failed\(time), stable \(Figure.rate(stable.rate)) of \(Figure.grouped(stable.total))"
        let text =
            switch outcome {
            case .failed: "\(counted): worse, evidence \(Figure.count(evidence)) of 1000"
            case .passed: "\(counted): no worse"
            case .inconclusive, .error: inconclusive(counted, window ?? .zero)
            }
        return GateReading(text, measured: measured, threshold: limit)
    }

    private func inconclusive(_ counted: String, _ window: Core.Span) -> String {
        if hasData, test.suspects(counts.candidate, of: counts.both) {
            return "\(counted): suspicious, evidence \(Figure.count(evidence)) of 1000"
        }
        let few = Figure.tooFew(candidate.total, of: needed, in: window)
        return hasData ? "\(few); \(counted)" : few
    }

    /// Requests on the candidate with which it would pass, about, were the shares to stay what they are; nil where
    /// nobody can say.
    package var needed: Double? {
        guard hasData else { return nil }
        var larger = self
        for _ in 0..<Self.enlargements {
            if larger.isPowered, larger.candidate.total >= minimum { return larger.candidate.total }
            larger = larger.enlarged
        }
        return minimum > candidate.total ? minimum : nil
    }

    /// To more requests than anybody has: a hundred million times as many.
    private static let enlargements = 196

    private var enlarged: ShareComparison {
        var larger = self
        for side in [\ShareComparison.candidate, \.stable] {
            let share = self[keyPath: side]
            larger[keyPath: side] = Share(bad: share.bad * 1.1, total: share.total * 1.1)
        }
        return larger
    }
}
