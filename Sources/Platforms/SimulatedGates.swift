package import Core
import Foundation
package import Simulator

/// Gates, measured in a simulated world. Nothing passes without data.
package struct SimulatedGates {
    /// Requests that a measurement needs to say anything.
    static let minimumRequests = 10.0

    package var world: World

    package init(world: World) {
        self.world = world
    }

    /// What the gate says now.
    package mutating func evaluate(_ question: GateQuestion) -> GateResult {
        switch question.gate.check {
        case .smokeTest(let test): smokeTest(test, question)
        case .analysis(let analysis): measure(analysis, question)
        case .webhook: .unavailable(detail: "the simulator asks no webhooks")
        case .approval: .unavailable(detail: "the simulator asks nobody")
        }
    }

    /// A ready replica answers 200, an absent one 503. Bodies are not simulated and not compared.
    private mutating func smokeTest(_ test: SmokeTest, _ question: GateQuestion) -> GateResult {
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

    private mutating func measure(_ analysis: Analysis, _ question: GateQuestion) -> GateResult {
        let (name, side) = (question.application, question.candidate)
        guard world.digest(of: name, on: side) == question.digest else {
            return .outcome(.error, detail: "\(side.rawValue) does not hold the release that is to be measured")
        }
        guard let heldSince = question.heldSince else {
            return .outcome(.inconclusive, detail: "the weight is not held yet")
        }
        let window = min(analysis.interval, world.platformTime - heldSince)
        guard window > .zero else {
            return .outcome(.inconclusive, detail: "the weight is held for no time yet")
        }
        let measured = world.metrics(of: name, on: side, window: window)
        guard measured.requests >= Self.minimumRequests else {
            let count = "\(Int(measured.requests)) requests in \(window)"
            return .outcome(
                .inconclusive, detail: "\(count) are too few to judge; at least \(Int(Self.minimumRequests)) are needed"
            )
        }
        guard analysis.metric != .latency || measured.p99Milliseconds > 0 else {
            return .unavailable(detail: "nothing on \(side.rawValue) answers requests, so that there is no latency")
        }
        guard let value = value(analysis.metric, measured) else {
            return .unavailable(detail: "the simulator evaluates no queries")
        }
        switch analysis.criterion {
        case .max(let milli):
            let limit = Double(milli) / 1000
            return verdict(value <= limit, analysis.metric, value, "at most", limit, window)
        case .min(let milli):
            let limit = Double(milli) / 1000
            return verdict(value >= limit, analysis.metric, value, "at least", limit, window)
        case .stable:
            return compare(analysis, question, since: heldSince)
        }
    }

    /// By the same test as on a real platform, over all that was counted since the weight is held.
    private mutating func compare(_ analysis: Analysis, _ question: GateQuestion, since: Instant) -> GateResult {
        let (name, side, window) = (question.application, question.candidate, world.platformTime - since)
        let candidate = world.metrics(of: name, on: side, window: window)
        let stable = world.metrics(of: name, on: side.other, window: window)
        let comparison = ShareComparison(
            candidate: share(analysis.metric, candidate, slow: stable.p99Milliseconds),
            stable: share(analysis.metric, stable, slow: stable.p99Milliseconds),
            tolerance: Double(analysis.tolerance) / 100, detect: Double(analysis.detect) / 1000,
            minimum: analysis.minimumSamples.map(Double.init) ?? Self.minimumRequests)
        return .outcome(comparison.outcome, detail: comparison.reading)
    }

    /// Requests that failed, or that took longer than 99 in 100 do on the stable side: latencies are exponential here.
    private func share(_ metric: Analysis.Metric, _ measured: RequestMetrics, slow: Double) -> Share {
        guard metric == .latency else { return Share(bad: measured.failed, total: measured.requests) }
        let part = measured.p99Milliseconds > 0 ? pow(0.01, slow / measured.p99Milliseconds) : 0
        return Share(bad: measured.requests * part, total: measured.requests)
    }

    private func value(_ metric: Analysis.Metric, _ measured: RequestMetrics) -> Double? {
        switch metric {
        case .errorRate: measured.failed * 1000 / measured.requests
        case .latency: measured.p99Milliseconds
        case .query, .share: nil
        }
    }

    private func verdict(
        _ isPassed: Bool, _ metric: Analysis.Metric, _ value: Double, _ relation: String, _ limit: Double,
        _ window: Span
    ) -> GateResult {
        let (name, unit) =
            switch metric {
            case .errorRate: ("error rate", " per mille")
            case .latency: ("latency", " ms")
            case .query, .share: ("value", "")
            }
        let text = "\(name) \(tenths(value))\(unit) over \(window), required \(relation) \(tenths(limit))\(unit)"
        return .outcome(
            isPassed ? .passed : .failed,
            detail: GateReading(
                text, measured: "\(tenths(value))\(unit)", threshold: "\(relation) \(tenths(limit))\(unit)"))
    }

    /// With one decimal, without Foundation's formatters.
    private func tenths(_ value: Double) -> String {
        let tenths = Int(min(max(value * 10, -1e15), 1e15).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
