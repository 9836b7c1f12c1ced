import Foundation

/// Whether events fall on one of two sides more often than they should, however often one looks.
///
/// An e-process. Of the bad requests of two sides that are equally good, each is the candidate's with a known `chance`,
/// by what share of the requests it was given. Against that stand alternatives in which the odds are 1.2, 1.44, … up to
/// 79 times as high. The evidence is the mean of their likelihood ratios. If the candidate is no worse, the evidence is
/// a supermartingale that begins at 1, so that the chance of its *ever* reaching 1000, at whatever many looks, is at most
/// 1 in 1000 (Ville's inequality). The alternatives lie evenly on the logarithm of the odds, so that a candidate with 1 %
/// of the traffic is judged as well as one with 50 %.
package struct SequentialTest: Hashable, Sendable {
    /// The chance, over all looks together, of calling something worse that is not.
    package static let falseAlarm = 0.001
    /// Evidence from which a candidate is no longer let through, though it is not enough to fail it.
    package static let suspicion = 20.0

    /// Chance that an event is the candidate's where it is no worse, above 0 and below 1.
    package var chance: Double

    private static let logFactors = (1...24).map { Double($0) * log(1.2) }

    package init(chance: Double) {
        self.chance = min(max(chance, 1e-9), 1 - 1e-9)
    }

    /// How strongly the events speak for a worse candidate.
    ///
    /// - Parameters:
    ///   - count: events on the candidate.
    ///   - total: events on both sides.
    /// - Returns: the natural logarithm of the evidence; 0 before anything happened.
    package func logEvidence(_ count: Double, of total: Double) -> Double {
        guard total > 0, total.isFinite, count.isFinite else { return 0 }
        let odds = chance / (1 - chance)
        let ratios = Self.logFactors.map { factor in
            count * factor + total * (log1p(odds) - log1p(odds * exp(factor)))
        }
        let largest = ratios.max() ?? 0
        return largest + log(ratios.reduce(0) { $0 + exp($1 - largest) }) - log(Double(ratios.count))
    }

    /// The evidence that the candidate is worse: 1 says nothing, 1000 is enough. At most 10⁹.
    package func evidence(_ count: Double, of total: Double) -> Double {
        exp(min(logEvidence(count, of: total), log(1e9)))
    }

    /// Whether the evidence is enough to call the candidate worse.
    package func rejects(_ count: Double, of total: Double) -> Bool {
        logEvidence(count, of: total) >= -log(Self.falseAlarm)
    }

    /// Whether it is enough to let it through no longer.
    package func suspects(_ count: Double, of total: Double) -> Bool {
        logEvidence(count, of: total) >= log(Self.suspicion)
    }
}
