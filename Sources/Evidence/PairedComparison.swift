package import Core

/// Values of a query on both sides at the same instants, compared by a sign test: how often the candidate's was worse.
package struct PairedComparison: Hashable, Sendable {
    /// Pairs in which the candidate's value was worse than the stable side's with the tolerance.
    package var worse: Int
    package var pairs: Int
    /// Pairs below which the candidate does not pass.
    package var minimum: Int

    private static let test = SequentialTest(chance: 0.5)

    /// - Parameters:
    ///   - values: finite numbers, in the order of time.
    ///   - tolerance: how many times the stable side's value still counts as no worse, at least 1.
    ///   - direction: which values are worse.
    ///   - minimum: pairs below which the candidate does not pass, besides what the test needs.
    package init(
        _ values: [(candidate: Double, stable: Double)], tolerance: Double, worse direction: Analysis.Worse,
        minimum: Int = 0
    ) {
        worse = values.count { pair in
            // The tolerance widens what is allowed for negative values too.
            let slack = pair.stable.magnitude * (direction == .higher ? tolerance - 1 : 1 - 1 / tolerance)
            return direction == .higher ? pair.candidate > pair.stable + slack : pair.candidate < pair.stable - slack
        }
        pairs = values.count
        self.minimum = minimum
    }

    package var evidence: Double { Self.test.evidence(Double(worse), of: Double(pairs)) }

    /// Whether a candidate that had been worse each time would have been called worse by now: 12 pairs.
    package var isPowered: Bool { Self.test.rejects(Double(pairs), of: Double(pairs)) }

    package var outcome: GateOutcome {
        if Self.test.rejects(Double(worse), of: Double(pairs)) { return .failed }
        if Self.test.suspects(Double(worse), of: Double(pairs)) { return .inconclusive }
        return isPowered && pairs >= minimum ? .passed : .inconclusive
    }
}
