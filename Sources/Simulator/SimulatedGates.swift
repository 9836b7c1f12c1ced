package import Core
import Evidence

/// Gates, measured in a simulated world. Nothing passes without data.
///
/// The world is asked where it is: a copy of it would cost each answer what all applications cost, and not the one that
/// is asked about.
package enum SimulatedGates {
    /// Requests that a measurement needs to say anything.
    static let minimumRequests = 10.0

    /// What the gate says now.
    package static func evaluate(_ question: GateQuestion, in world: inout World) -> GateResult {
        switch question.gate.check {
        case .smokeTest(let test): smokeTest(test, question, in: &world)
        case .analysis(let analysis): measure(analysis, question, in: &world)
        case .webhook: .unavailable(detail: "the simulator asks no webhooks")
        case .approval: .unavailable(detail: "the simulator asks nobody")
        }
    }

    /// A ready replica answers 200, an absent one 503. Bodies are not simulated and not compared.
    private static func smokeTest(
        _ test: SmokeTest, _ question: GateQuestion, in world: inout World
    ) -> GateResult {
        let (name, side) = (question.application, question.candidate)
        guard let seen = world.observe(name).sides[side], seen.digest == question.digest else {
            return .outcome(.error, detail: "\(side.rawValue) does not hold the release that is to be tested")
        }
        let component =
            test.component.map { wanted in seen.components.first { $0.name == wanted } }
            ?? seen.components.first
        guard let component else {
            return .outcome(.error, detail: "\(seen.version) has no component \(test.component ?? "")")
        }
        guard !test.requests.isEmpty || test.replay != nil else {
            return .outcome(.inconclusive, detail: "the smoke test holds no requests")
        }
        let status = component.ready > 0 ? 200 : 503
        for request in test.requests where request.expectStatus != status {
            let asked = "\(request.method) \(request.path)"
            return .outcome(
                .failed, detail: "\(asked) answered \(status) on \(side.rawValue), not \(request.expectStatus)")
        }
        guard status == 200 else {
            return .outcome(.failed, detail: "\(component.name) has no ready replica on \(side.rawValue)")
        }
        if test.replay != nil, let service = world.service(component.name, of: name, on: side),
            service.failingHistorical * Double(test.sample) >= 1
        {
            let share = Figure.percent(service.failingHistorical)
            return .outcome(.failed, detail: "\(share) of the historical requests answered 500 on \(side.rawValue)")
        }
        let count = test.requests.count + (test.replay == nil ? 0 : test.sample)
        return .outcome(.passed, detail: "\(count) requests answered 200 on \(side.rawValue) (simulated)")
    }

    private static func measure(
        _ analysis: Analysis, _ question: GateQuestion, in world: inout World
    ) -> GateResult {
        let (name, side) = (question.application, question.candidate)
        guard world.digest(of: name, on: side) == question.digest else {
            return .outcome(.error, detail: "\(side.rawValue) does not hold the release that is to be measured")
        }
        switch analysis.metric {
        case .errorRate, .latency: break
        case .query, .share: return .unavailable(detail: "the simulator evaluates no queries")
        }
        guard let heldSince = question.heldSince else {
            return .outcome(.inconclusive, detail: "the weight is not held yet")
        }
        let held = world.platformTime - heldSince
        guard held > .zero else {
            return .outcome(.inconclusive, detail: "the weight is held for no time yet")
        }
        if analysis.criterion == .stable { return compare(analysis, question, since: heldSince, in: &world) }
        // The last interval, or all that was counted since the weight is held, where the interval had too few.
        var window = min(analysis.interval, held)
        var measured = world.metrics(of: name, on: side, window: window)
        if measured.requests < minimum(of: analysis), held > window {
            window = held
            measured = world.metrics(of: name, on: side, window: window)
        }
        guard analysis.metric == .latency else {
            let share = Share(bad: measured.failed, total: measured.requests)
            return ShareThreshold(share: share, analysis: analysis, window: window).result
        }
        return judge(latency: measured, analysis, window, side)
    }

    private static func minimum(of analysis: Analysis) -> Double {
        if analysis.metric == .errorRate { return ShareThreshold.minimum(of: analysis) }
        return analysis.minimumSamples.map(Double.init) ?? minimumRequests
    }

    private static func judge(
        latency measured: RequestMetrics, _ analysis: Analysis, _ window: Span, _ side: Side
    ) -> GateResult {
        guard measured.requests >= minimum(of: analysis) else {
            return .outcome(
                .inconclusive,
                detail: GateReading(Figure.tooFew(measured.requests, of: minimum(of: analysis), in: window)))
        }
        guard measured.p99Milliseconds > 0 else {
            return .unavailable(detail: "nothing on \(side.rawValue) answers requests, so that there is no latency")
        }
        let (isPassed, relation, milli, verb) =
            switch analysis.criterion {
            case .max(let milli): (measured.p99Milliseconds <= Double(milli) / 1000, "at most", milli, "allowed")
            case .min(let milli): (measured.p99Milliseconds >= Double(milli) / 1000, "at least", milli, "needed")
            case .stable: (false, "", 0, "")
            }
        let value = "\(Figure.plain((measured.p99Milliseconds * 10).rounded() / 10)) ms"
        let threshold = "\(relation) \(Figure.plain(Double(milli) / 1000)) ms"
        let text =
            "99 of 100 of \(Figure.grouped(measured.requests)) requests took \(value) or less in "
            + "\(Figure.time(window)); \(threshold) \(verb)"
        return .outcome(
            isPassed ? .passed : .failed, detail: GateReading(text, measured: value, threshold: threshold))
    }

    /// By the same test as on a real platform, over all that was counted since the weight is held.
    private static func compare(
        _ analysis: Analysis, _ question: GateQuestion, since: Instant, in world: inout World
    ) -> GateResult {
        let (name, side, window) = (question.application, question.candidate, world.platformTime - since)
        let candidate = world.metrics(of: name, on: side, window: window)
        let stable = world.metrics(of: name, on: side.other, window: window)
        guard analysis.metric != .latency || candidate.requests < 1 || candidate.p99Milliseconds > 0 else {
            return .unavailable(detail: "nothing on \(side.rawValue) answers requests, so that there is no latency")
        }
        let comparison = ShareComparison(
            candidate: share(analysis.metric, candidate, slow: stable.p99Milliseconds),
            stable: share(analysis.metric, stable, slow: stable.p99Milliseconds),
            tolerance: Double(analysis.tolerance) / 100, detect: Double(analysis.detect) / 1000,
            minimum: analysis.minimumSamples.map(Double.init) ?? minimumRequests)
        return .outcome(comparison.outcome, detail: comparison.reading(in: window))
    }

    /// Requests that failed, or that took longer than 99 in 100 do on the stable side.
    private static func share(_ metric: Analysis.Metric, _ measured: RequestMetrics, slow: Double) -> Share {
        guard metric == .latency else { return Share(bad: measured.failed, total: measured.requests) }
        return Share(slowerThan: slow, p99: measured.p99Milliseconds, total: measured.requests)
    }
}
