package import Core

/// Bad requests among all of them, on one side over a window.
package struct Share: Hashable, Sendable {
    package var bad: Double
    package var total: Double

    package init(bad: Double, total: Double) {
        self.total = max(0, total)
        self.bad = min(max(0, bad), self.total)
    }

    package var rate: Double { total > 0 ? bad / total : 0 }
}

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
    private var counts: (candidate: Int, both: Int) {
        let candidate = Int(candidate.bad.rounded())
        return (candidate, candidate + Int(stable.bad.rounded()))
    }

    /// How strongly the counts speak for a worse candidate; 1 where they say nothing.
    package var evidence: Double { hasData ? test.evidence(counts.candidate, of: counts.both) : 1 }

    /// Whether a candidate worse by `detect`, or by half where that is more, would have been called worse by now, four
    /// times in five.
    package var isPowered: Bool {
        guard hasData else { return false }
        let allowed = stable.rate * tolerance
        let expected = candidate.total * min(1, allowed + max(detect, allowed / 2))
        let count = Int(max(0, expected - expected.squareRoot()))
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
    package var reading: GateReading {
        let limit = "no worse than \(Figure.plain(tolerance)) times the stable side's \(Figure.percent(stable.rate))"
        let measured = "\(Figure.percent(candidate.rate)) of \(Figure.count(candidate.total))"
        let stableCounted = "stable \(Figure.percent(stable.rate)) of \(Figure.count(stable.total))"
        let finding =
            switch outcome {
            case .failed: "worse, evidence \(Figure.count(evidence)) of 1000"
            case .passed: "no worse"
            case .inconclusive, .error: hasData ? inconclusive : "too few requests to compare"
            }
        return GateReading("\(measured), \(stableCounted): \(finding)", measured: measured, threshold: limit)
    }

    private var inconclusive: String {
        if test.suspects(counts.candidate, of: counts.both) {
            return "suspicious, evidence \(Figure.count(evidence)) of 1000"
        }
        return "too few requests to rule out \(Figure.percent(max(detect, stable.rate * tolerance / 2))) more"
    }
}
