package import Core
import Evidence
package import Reconciler

/// Analyses of what Prometheus knows. What the platform itself measures is left to the platform.
package struct PrometheusAnalysis: GateEvaluator {
    /// Points of a range that are asked for at most.
    private static let pointLimit: Int64 = 1000

    private let address: String?
    private let time: any TimeSource
    private let platform: (any GateEvaluator)?

    /// - Parameters:
    ///   - address: the Prometheus of gates that do not name one.
    ///   - time: what `heldSince` goes by.
    ///   - platform: measures `errorRate` and `latency`.
    package init(address: String?, time: any TimeSource, platform: (any GateEvaluator)? = nil) {
        self.address = address
        self.time = time
        self.platform = platform
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        guard case .analysis(let analysis) = run.gate.check else { return .unavailable(detail: "this is no analysis") }
        switch analysis.metric {
        case .errorRate, .latency:
            guard let platform else { return .unavailable(detail: "this platform measures no requests") }
            return await platform.evaluate(run)
        case .query, .share:
            break
        }
        guard let address = analysis.prometheus ?? address else {
            return .unavailable(detail: "no Prometheus is known: neither \"prometheus\" nor --prometheus names one")
        }
        let client = PrometheusClient(address)
        // Before a weight is held there is no window but the one between two measurements.
        let window = run.heldSince.map { time.now - $0 } ?? analysis.interval
        do throws(PrometheusClient.Trouble) {
            switch (analysis.metric, analysis.criterion) {
            case (.query(let query), .stable): return try await pairs(query, analysis, run, window, client)
            case (.query(let query), _):
                if let few = try await tooFew(query, analysis, run, window, client) { return few }
                let value = try await client.value(run.candidatePlaces(window: window).query(query))
                return Self.verdict(analysis.criterion, value)
            case (.share(let bad, let total), .stable):
                return try await shares(bad, total, analysis, run, window, client)
            case (.share(let bad, let total), _):
                return try await threshold(bad, total, analysis, run, window, client)
            case (.errorRate, _), (.latency, _): return .unavailable(detail: "Prometheus is not asked for this")
            }
        } catch {
            switch error {
            case .error(let why): return .outcome(.error, detail: GateReading(why))
            case .inconclusive(let why): return .outcome(.inconclusive, detail: GateReading(why))
            }
        }
    }

    private static func verdict(_ criterion: Analysis.Criterion, _ value: Double) -> GateResult {
        let (isPassed, threshold) =
            switch criterion {
            case .max(let milli): (value <= Double(milli) / 1000, "at most \(Figure.plain(Double(milli) / 1000))")
            case .min(let milli): (value >= Double(milli) / 1000, "at least \(Figure.plain(Double(milli) / 1000))")
            case .stable: (false, "")
            }
        let measured = Figure.plain(value)
        return .outcome(
            isPassed ? .passed : .failed,
            detail: GateReading("\(measured), \(threshold)", measured: measured, threshold: threshold))
    }

    /// Over the last interval, or over all of the time that the weight is held where the interval had too few requests.
    private func threshold(
        _ bad: String, _ total: String, _ analysis: Analysis, _ run: GateRun, _ window: Span,
        _ client: PrometheusClient
    ) async throws(PrometheusClient.Trouble) -> GateResult {
        let moment = try await client.now()
        let short = min(window, max(analysis.interval, .seconds(1)))
        let recent = ShareThreshold(
            share: try await share(bad, total, run.candidatePlaces(window: short), at: moment, client),
            analysis: analysis, window: short)
        guard recent.isShort, window > short else { return recent.result }
        return ShareThreshold(
            share: try await share(bad, total, run.candidatePlaces(window: window), at: moment, client),
            analysis: analysis, window: window
        ).result
    }

    /// Where a bound on a query needs several values: nil once there are enough since the weight is held, one for each
    /// interval.
    private func tooFew(
        _ query: String, _ analysis: Analysis, _ run: GateRun, _ window: Span, _ client: PrometheusClient
    ) async throws(PrometheusClient.Trouble) -> GateResult? {
        guard let least = analysis.minimumSamples else { return nil }
        let values = try await values(
            query, run.candidatePlaces(window: analysis.interval), analysis, window, until: try await client.now(),
            client)
        guard values.count < least else { return nil }
        let left = Double(analysis.interval.milliseconds) * Double(least - values.count)
        let text =
            "not enough values yet: \(values.count) of \(least), ready in about "
            + Figure.time(.milliseconds(Int64(min(left, 1e15))))
        return .outcome(
            .inconclusive, detail: GateReading(text, measured: "\(values.count)", threshold: "\(least) values"))
    }

    /// A query's values over a window, one for each interval.
    private func values(
        _ query: String, _ places: GatePlaces, _ analysis: Analysis, _ window: Span, until end: Double,
        _ client: PrometheusClient
    ) async throws(PrometheusClient.Trouble) -> [Double: Double] {
        let step = Double(max(analysis.interval, window.divided(by: Self.pointLimit)).milliseconds) / 1000
        let start = end - Double(window.milliseconds) / 1000
        return try await client.values(places.query(query), from: start, to: end, step: step)
    }

    /// Both counts as of one moment: where the second came later, more had gone wrong by then than belongs to the first.
    private func share(
        _ bad: String, _ total: String, _ places: GatePlaces, at moment: Double, _ client: PrometheusClient
    ) async throws(PrometheusClient.Trouble) -> Share {
        let all = try await client.value(places.query(total), at: moment)
        do throws(PrometheusClient.Trouble) {
            let wrong = try await client.value(places.query(bad), at: moment)
            guard all >= 0, wrong >= 0 else {
                throw .inconclusive("\(Figure.plain(wrong)) of \(Figure.plain(all)): what counts is not below nothing")
            }
            guard all <= Share.limit, wrong <= Share.limit else {
                throw .inconclusive("\(Figure.plain(wrong)) of \(Figure.plain(all)): nobody has so many requests")
            }
            return Share(bad: wrong, total: all)
        } catch .inconclusive(PrometheusClient.noData) {
            // A name that is misspelt looks the same as a status that no request had yet.
            throw .inconclusive("no data for \"bad\"; if there is none before the first, add: or vector(0)")
        }
    }

    private func shares(
        _ bad: String, _ total: String, _ analysis: Analysis, _ run: GateRun, _ window: Span,
        _ client: PrometheusClient
    ) async throws(PrometheusClient.Trouble) -> GateResult {
        guard let stable = run.stablePlaces(window: window) else {
            throw .inconclusive("nothing else serves to compare with")
        }
        let moment = try await client.now()
        let comparison = ShareComparison(
            candidate: try await share(bad, total, run.candidatePlaces(window: window), at: moment, client),
            stable: try await share(bad, total, stable, at: moment, client),
            tolerance: Double(analysis.tolerance) / 100, detect: Double(analysis.detect) / 1000,
            minimum: Double(analysis.minimumSamples ?? 10))
        return .outcome(comparison.outcome, detail: comparison.reading(in: window))
    }

    private func pairs(
        _ query: String, _ analysis: Analysis, _ run: GateRun, _ window: Span, _ client: PrometheusClient
    ) async throws(PrometheusClient.Trouble) -> GateResult {
        guard let stable = run.stablePlaces(window: analysis.interval) else {
            throw .inconclusive("nothing else serves to compare with")
        }
        let end = try await client.now()
        let mine = try await values(
            query, run.candidatePlaces(window: analysis.interval), analysis, window, until: end, client)
        let theirs = try await values(query, stable, analysis, window, until: end, client)
        let times = mine.keys.filter { theirs[$0] != nil }.sorted()
        let values = times.map { (candidate: mine[$0] ?? 0, stable: theirs[$0] ?? 0) }
        guard let last = values.last else { throw .inconclusive(PrometheusClient.noData) }
        let comparison = PairedComparison(
            values, tolerance: Double(analysis.tolerance) / 100, worse: analysis.worse,
            minimum: analysis.minimumSamples ?? 0)
        let measured = Figure.plain(last.candidate)
        let threshold =
            "no worse than \(Figure.plain(Double(analysis.tolerance) / 100)) times the stable side's "
            + Figure.plain(last.stable)
        let text =
            "\(measured), stable \(Figure.plain(last.stable)); worse in \(comparison.worse) of "
            + "\(comparison.pairs) pairs, evidence \(Figure.count(comparison.evidence)) of 1000"
        return .outcome(
            comparison.outcome, detail: GateReading(text, measured: measured, threshold: threshold))
    }
}

extension Span {
    fileprivate func divided(by count: Int64) -> Span { Span(milliseconds: milliseconds / count) }
}
