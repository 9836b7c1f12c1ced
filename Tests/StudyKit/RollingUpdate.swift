import Core

/// Replicas are replaced a few at a time, each as soon as another is ready. Traffic follows the replicas.
struct RollingUpdate: Delivery {
    private(set) var turnedAt: Instant?
    private var hasBegun = false

    mutating func prepare(_ bench: inout Bench) { bench.serveStable() }

    mutating func release(_ bench: inout Bench) {
        hasBegun = true
        bench.deploy(bench.release.candidate, .flop, 1)
    }

    mutating func run(_ bench: inout Bench, to time: Instant) {
        // One autoscaler for both versions, as a Deployment has it.
        let full = bench.need(at: bench.now)
        if !hasBegun {
            bench.scale(.flip, full)
        } else if turnedAt == nil {
            replace(.flip, by: .flop, full, &bench)
            let isStuck = bench.now >= bench.committedAt + AllAtOnce.deadline && bench.ready(.flop) == 0
            if isStuck { goBack(&bench) }
        } else {
            replace(.flop, by: .flip, full, &bench)
        }
        bench.advance(to: time)
    }

    mutating func goBack(_ bench: inout Bench) { turnedAt = bench.now }

    /// A quarter more than is needed may exist, and no fewer than are needed are ready.
    private func replace(_ old: Side, by new: Side, _ full: Int, _ bench: inout Bench) {
        let granted = full + max(1, full / 4)
        bench.scale(new, max(bench.floor(new), min(full, granted - bench.replicas(old))))
        let ready = bench.ready(new)
        bench.scale(old, max(0, min(bench.floor(old), full - ready)))
        let all = ready + bench.ready(old)
        if all > 0 { bench.route(100 * ready / all, new) }
    }
}
