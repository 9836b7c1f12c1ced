package import Core
import Simulator

/// One release under one policy, for two hours after its commit.
///
/// Where the policy does not turn a bad release back, an operator does: quarter of an hour after it has become visible,
/// for a minute, in what users meet. The operator never errs, and never takes a good release for a bad one.
package struct Trial: Sendable {
    private static let tick = Span.seconds(5)
    private static let length = Span.hours(2)
    package static let operatorDelay = Span.minutes(15)
    /// How long a problem has to last to be seen.
    private static let visibleAfter = 12
    /// Share of all requests that fail by the release's fault, from which on it is seen.
    package static let visibleErrors = 0.0025

    package let kind: StudiedRelease.Kind
    /// Requests that failed by the release's fault.
    package private(set) var failed = 0.0
    /// Share of the requests that the candidate served, from the commit until it served none.
    package private(set) var exposure = 0.0
    /// From the commit until it began to go back; nil where it did not.
    package private(set) var decided: Span?
    /// Whether it took the operator.
    package private(set) var byOperator = false
    /// From then until the candidate served nothing.
    package private(set) var recovered: Span?
    /// Replicas in percent of what the stable version needs under the same load.
    package private(set) var peak = 0.0
    package private(set) var mean = 0.0
    /// Why it turned, where Sluice said so.
    package private(set) var reason: String?

    package init(_ release: StudiedRelease, _ policy: Policy) {
        kind = release.kind
        var bench = Bench(release, isAutoscaled: policy != .rollingUpdate)
        switch policy {
        case .allAtOnce: run(AllAtOnce(), &bench)
        case .rollingUpdate: run(RollingUpdate(), &bench)
        case .fixedSteps: run(FixedSteps(hasThresholds: false), &bench)
        case .thresholds: run(FixedSteps(hasThresholds: true), &bench)
        case .sluice: reason = run(SluiceDelivery(seed: release.seed), &bench).reason
        }
    }

    @discardableResult
    private mutating func run<D: Delivery>(_ policy: D, _ bench: inout Bench) -> D {
        var delivery = policy
        delivery.prepare(&bench)
        while bench.now < bench.committedAt { delivery.run(&bench, to: bench.now + Self.tick) }
        delivery.release(&bench)
        var before = PerSide(flip: bench.totals(on: .flip), flop: bench.totals(on: .flop))
        let rated = before.flip.p99Milliseconds
        var (served, met, ratios, bad, ticks) = (0.0, 0.0, 0.0, 0, 0)
        var seenAt: Instant?
        while bench.now < bench.committedAt + Self.length {
            delivery.run(&bench, to: bench.now + Self.tick)
            bench.count()
            ticks += 1
            let after = PerSide(flip: bench.totals(on: .flip), flop: bench.totals(on: .flop))
            let requests = Side.allCases.reduce(0) { $0 + after[$1].requests - before[$1].requests }
            let onCandidate = after.flop.requests - before.flop.requests
            let all = Side.allCases.reduce(0) { $0 + after[$1].failed - before[$1].failed }
            let usual = requests * StudiedRelease.ordinaryErrors
            // What is left of rounding is nobody's failure.
            let excess = all - usual > 1e-6 * requests ? all - usual : 0
            before = after
            failed += excess
            served += requests
            met += onCandidate
            if onCandidate > 0 { exposure = met / served }
            let need = (0...66).reduce(1) { max($0, bench.need(at: bench.now - Self.tick * Int64($1))) }
            let ratio = 100 * Double(bench.replicas(.flip) + bench.replicas(.flop)) / Double(need)
            peak = max(peak, ratio)
            ratios += ratio
            if decided != nil, recovered == nil, onCandidate == 0, let turned = delivery.turnedAt {
                recovered = bench.now - turned
            }
            if let turned = delivery.turnedAt, decided == nil { decided = turned - bench.committedAt }
            let isSlow = onCandidate > 0.05 * requests && after.flop.p99Milliseconds > 1.5 * rated
            let isBad = requests > 0 && excess > Self.visibleErrors * requests || isSlow
            bad = isBad ? bad + 1 : 0
            if bad >= Self.visibleAfter, seenAt == nil { seenAt = bench.now }
            if let seen = seenAt, kind != .good, decided == nil, bench.now >= seen + Self.operatorDelay {
                delivery.goBack(&bench)
                decided = bench.now - bench.committedAt
                byOperator = true
            }
        }
        mean = ratios / Double(ticks)
        return delivery
    }
}
