import Core
import Evidence

/// The ladder of Sluice's default strategy by the clock: the next weight as soon as the time is over and the replicas
/// for it are ready. The old side stays whole until the last step.
struct FixedSteps: Delivery {
    private static let steps = Strategy.standard.stages
    /// How long the old side stays once all traffic has moved.
    private static let keep = Span.seconds(30)

    /// Whether a step is looked at each minute, and left on the second look that finds more than 1 % of requests failed
    /// or 1 % slower than half a second.
    let hasThresholds: Bool

    private(set) var turnedAt: Instant?
    private var step: Int?
    private var isHeldSince: Instant?
    private var lookedAt: Instant?
    private var badLooks = 0
    private var startedAt: Instant?

    init(hasThresholds: Bool) { self.hasThresholds = hasThresholds }

    mutating func prepare(_ bench: inout Bench) { bench.serveStable() }

    mutating func release(_ bench: inout Bench) {
        bench.deploy(bench.release.candidate, .flop, 1)
        enter(0, &bench)
    }

    private mutating func enter(_ next: Int, _ bench: inout Bench) {
        (step, isHeldSince, startedAt) = (next, nil, bench.now)
        let full = bench.need(at: bench.now)
        bench.scale(.flop, max(1, Capacity.need(weight: Self.steps[next].weight, of: full)))
    }

    mutating func run(_ bench: inout Bench, to time: Instant) {
        if let turnedAt {
            bench.returnToStable(since: turnedAt)
        } else if let step {
            climb(step, &bench)
        }
        bench.advance(to: time)
    }

    private mutating func climb(_ step: Int, _ bench: inout Bench) {
        let stage = Self.steps[step]
        guard let since = isHeldSince else {
            if bench.ready(.flop) >= bench.floor(.flop) {
                bench.route(stage.weight, .flop)
                (isHeldSince, lookedAt) = (bench.now, bench.now)
                bench.count()
                bench.meter.reset()
            } else if bench.now >= (startedAt ?? bench.now) + AllAtOnce.deadline {
                goBack(&bench)
            }
            return
        }
        if hasThresholds, !passes(&bench) {
            goBack(&bench)
            return
        }
        if stage.weight == 100 {
            if bench.now >= since + Self.keep, bench.digest(on: .flip) != nil {
                bench.perform(.teardown(side: .flip))
            }
            if bench.now >= since + stage.hold { self.step = nil }
        } else if bench.now >= since + stage.hold {
            enter(step + 1, &bench)
        }
    }

    private mutating func passes(_ bench: inout Bench) -> Bool {
        guard let last = lookedAt, bench.now >= last + .minutes(1) else { return true }
        bench.count()
        let counts = bench.meter.counts.flop
        bench.meter.reset()
        lookedAt = bench.now
        guard counts.requests >= 10 else { return true }
        if counts.errors.rate > 0.01 || counts.bounded.rate > 0.01 { badLooks += 1 }
        return badLooks < 2
    }

    mutating func goBack(_ bench: inout Bench) {
        turnedAt = bench.now
        if bench.digest(on: .flip) == nil { bench.deploy(bench.release.stable, .flip, bench.release.full) }
    }
}
