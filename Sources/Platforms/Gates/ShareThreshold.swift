package import Core

/// A share of bad requests, held against a bound.
package struct ShareThreshold {
    package var share: Share
    package var analysis: Analysis

    package init(share: Share, analysis: Analysis) {
        self.share = share
        self.analysis = analysis
    }

    /// Requests below which a bound says nothing: with fewer, a single bad one would break it.
    private var minimum: Double {
        if let least = analysis.minimumSamples { return Double(least) }
        guard case .max(let milli) = analysis.criterion, milli > 0 else { return 10 }
        return max(10, (1_000_000 / Double(milli)).rounded(.up))
    }

    package var result: GateResult {
        switch analysis.criterion {
        case .max(let milli):
            let limit = Double(milli) / 1_000_000
            return verdict(share.rate <= limit, "at most \(Figure.percent(limit))", isHopeless: exceeds(limit))
        case .min(let milli):
            let limit = Double(milli) / 1_000_000
            return verdict(share.rate >= limit, "at least \(Figure.percent(limit))", isHopeless: false)
        case .stable:
            return .outcome(.error, detail: "a share is compared with the stable side's, and held against no bound")
        }
    }

    /// Whether so many bad ones rule the bound out, however few requests there were.
    private func exceeds(_ limit: Double) -> Bool {
        SequentialTest(chance: limit).rejects(Int(share.bad.rounded()), of: Int(share.total.rounded()))
    }

    private func verdict(_ isPassed: Bool, _ threshold: String, isHopeless: Bool) -> GateResult {
        let measured = "\(Figure.percent(share.rate)) of \(Figure.count(share.total))"
        let isEnough = share.total >= minimum
        let outcome: GateOutcome = isEnough ? (isPassed ? .passed : .failed) : isHopeless ? .failed : .inconclusive
        let few = outcome == .inconclusive ? "; fewer than \(Figure.count(minimum)) are too few to judge" : ""
        return .outcome(
            outcome, detail: GateReading("\(measured), \(threshold)\(few)", measured: measured, threshold: threshold))
    }
}
