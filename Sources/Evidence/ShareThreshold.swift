package import Core

/// A share of bad requests, held against a bound.
package struct ShareThreshold {
    package var share: Share
    package var analysis: Analysis
    /// In which the requests were counted.
    package var window: Core.Span

    package init(share: Share, analysis: Analysis, window: Core.Span) {
        self.share = share
        self.analysis = analysis
        self.window = window
    }

    /// Whether there are too few to judge by, so that a longer window may say more.
    package var isShort: Bool { share.total < Self.minimum(of: analysis) }

    /// Requests below which a bound says nothing: what was declared, or so few that a single bad one would break it.
    package static func minimum(of analysis: Analysis) -> Double {
        if let least = analysis.minimumSamples { return Double(least) }
        guard case .max(let milli) = analysis.criterion, milli > 0 else { return 10 }
        return max(10, (1_000_000 / Double(milli)).rounded(.up))
    }

    package var result: GateResult {
        switch analysis.criterion {
        case .max(let milli):
            let limit = Double(milli) / 1_000_000
            return verdict(share.rate <= limit, "at most", limit, "allowed", isHopeless: exceeds(limit))
        case .min(let milli):
            let limit = Double(milli) / 1_000_000
            return verdict(share.rate >= limit, "at least", limit, "needed", isHopeless: false)
        case .stable:
            return .outcome(.error, detail: "a share is compared with the stable side's, and held against no bound")
        }
    }

    /// Whether so many bad ones rule the bound out, however few requests there were.
    private func exceeds(_ limit: Double) -> Bool {
        SequentialTest(chance: limit).rejects(share.bad.rounded(), of: share.total.rounded())
    }

    private func verdict(
        _ isPassed: Bool, _ relation: String, _ limit: Double, _ verb: String, isHopeless: Bool
    ) -> GateResult {
        let what = analysis.metric == .errorRate ? "requests failed" : "were bad"
        let measured = "\(Figure.rate(share.rate)) of \(Figure.grouped(share.total))"
        let threshold = "\(relation) \(Figure.bound(limit))"
        let outcome: GateOutcome = !isShort ? (isPassed ? .passed : .failed) : isHopeless ? .failed : .inconclusive
        var text = "\(measured) \(what) in \(Figure.time(window)); \(threshold) \(verb)"
        if outcome == .inconclusive {
            text = Figure.tooFew(share.total, of: Self.minimum(of: analysis), in: window)
            if share.total >= 1 { text += " (\(Figure.rate(share.rate)) so far; \(threshold) \(verb))" }
        }
        return .outcome(outcome, detail: GateReading(text, measured: measured, threshold: threshold))
    }
}
