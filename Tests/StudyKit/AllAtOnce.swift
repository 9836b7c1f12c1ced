import Core

/// Two full sides: the new version is deployed beside the old one, and takes all traffic as soon as it is ready.
struct AllAtOnce: Delivery {
    /// How long a deployment may take before it is given up: what Kubernetes has as `progressDeadlineSeconds`.
    static let deadline = Span.minutes(10)
    /// How long the old side stays after the switch.
    private static let keep = Span.hours(1)

    private(set) var turnedAt: Instant?
    private var isReleased = false
    private var switchedAt: Instant?

    mutating func prepare(_ bench: inout Bench) { bench.serveStable() }

    mutating func release(_ bench: inout Bench) {
        isReleased = true
        bench.deploy(bench.release.candidate, .flop, bench.need(at: bench.now))
    }

    mutating func run(_ bench: inout Bench, to time: Instant) {
        if let turnedAt {
            bench.returnToStable(since: turnedAt)
        } else if let switchedAt {
            if bench.now >= switchedAt + Self.keep, bench.digest(on: .flip) != nil {
                bench.perform(.teardown(side: .flip))
            }
        } else if isReleased, bench.ready(.flop) >= bench.floor(.flop) {
            bench.route(100, .flop)
            switchedAt = bench.now
        } else if isReleased, bench.now >= bench.committedAt + Self.deadline {
            goBack(&bench)
        }
        bench.advance(to: time)
    }

    mutating func goBack(_ bench: inout Bench) {
        turnedAt = bench.now
        if bench.digest(on: .flip) == nil { bench.deploy(bench.release.stable, .flip, bench.release.full) }
    }
}
