import Core
import Evidence
import Simulator

/// Gates that are measured by counts with chance in them, and judged as on a real platform.
struct SampledGates {
    private var heldSince: Instant?
    /// Counts at the last look of each gate.
    private var seen: [String: Meter.Counts] = [:]

    mutating func evaluate(_ run: GateRun, _ bench: inout Bench) -> GateResult {
        guard bench.digest(on: run.candidate) == run.attempt.digest else {
            return .outcome(.error, detail: "\(run.candidate.rawValue) does not hold the release")
        }
        switch run.gate.check {
        case .smokeTest(let test): return smokeTest(test, run, &bench)
        case .analysis(let analysis): return measure(analysis, run, &bench)
        case .webhook, .approval: return .unavailable(detail: "the study has nobody to ask")
        }
    }

    /// One answer that differs fails it. Ordinary failures are not of a kind that a test of a dark side meets.
    private func smokeTest(_ test: SmokeTest, _ run: GateRun, _ bench: inout Bench) -> GateResult {
        guard let service = bench.service(on: run.candidate), service.ready > 0 else {
            return .outcome(.error, detail: "nobody listens")
        }
        let rate = max(0, service.failing - StudiedRelease.ordinaryErrors)
        let written = bench.meter.failures(of: test.requests.count, rate: max(0, rate - service.failingHistorical))
        let replayed = bench.meter.failures(of: test.replay == nil ? 0 : test.sample, rate: rate)
        guard written + replayed == 0 else { return .outcome(.failed, detail: "\(written + replayed) answers differ") }
        return .outcome(.passed, detail: "\(test.planned) requests answered")
    }

    private mutating func measure(_ analysis: Analysis, _ run: GateRun, _ bench: inout Bench) -> GateResult {
        bench.count()
        if run.heldSince != heldSince {
            heldSince = run.heldSince
            seen = [:]
            bench.meter.reset()
        }
        let (own, other) = (bench.meter.counts[run.candidate], bench.meter.counts[run.candidate.other])
        let last = seen.updateValue(own, forKey: run.gate.name) ?? Meter.Counts()
        switch (analysis.criterion, analysis.metric) {
        case (.stable, .errorRate): return compare(own.errors, other.errors, analysis)
        case (.stable, .latency): return compare(own.latency, other.latency, analysis)
        case (.max, .errorRate), (.min, .errorRate):
            let held = run.heldSince.map { bench.now - $0 } ?? .zero
            let recent = ShareThreshold(
                share: Share(bad: own.failed - last.failed, total: own.requests - last.requests), analysis: analysis,
                window: min(analysis.interval, held))
            guard recent.isShort else { return recent.result }
            return ShareThreshold(
                share: Share(bad: own.failed, total: own.requests), analysis: analysis, window: held
            ).result
        default: return .unavailable(detail: "the study does not measure this")
        }
    }

    private func compare(_ candidate: Share, _ stable: Share, _ analysis: Analysis) -> GateResult {
        let comparison = ShareComparison(
            candidate: candidate, stable: stable, tolerance: Double(analysis.tolerance) / 100,
            detect: Double(analysis.detect) / 1000, minimum: Double(analysis.minimumSamples ?? 10))
        return .outcome(comparison.outcome, detail: comparison.reading())
    }
}
