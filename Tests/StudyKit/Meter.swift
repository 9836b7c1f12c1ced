package import Core
package import Evidence
import Foundation
package import Simulator

/// Counts of requests as a metrics system would have them: the world's rates, with the chance that whole requests bring.
package struct Meter {
    /// Counts of one side since the last ``reset()``.
    package struct Counts: Sendable {
        package var requests = 0.0
        package var failed = 0.0
        /// Requests that took longer than 99 in 100 do on the other side.
        package var slow = 0.0
        /// Requests that took longer than half a second.
        package var verySlow = 0.0

        package var errors: Share { Share(bad: failed, total: requests) }
        package var latency: Share { Share(bad: slow, total: requests) }
        package var bounded: Share { Share(bad: verySlow, total: requests) }
    }

    package private(set) var counts = PerSide(flip: Counts(), flop: Counts())
    private var seen = PerSide(flip: (requests: 0.0, failed: 0.0), flop: (requests: 0.0, failed: 0.0))
    private var generator: SeededGenerator

    package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Counts what came since the last look; `outage` is the share of requests that fail besides, whatever the version.
    package mutating func look(at world: inout World, outage: Double) {
        let totals = PerSide(
            flip: world.totals(of: StudiedRelease.name, on: .flip),
            flop: world.totals(of: StudiedRelease.name, on: .flop))
        for side in Side.allCases {
            let requests = totals[side].requests - seen[side].requests
            let failed = totals[side].failed - seen[side].failed
            seen[side] = (totals[side].requests, totals[side].failed)
            guard requests > 0 else { continue }
            let bad = min(requests, failed + (requests - failed) * outage)
            let drawn = (good: generator.poisson(requests - bad), bad: generator.poisson(bad))
            let count = drawn.good + drawn.bad
            let own = totals[side].p99Milliseconds
            counts[side].requests += count
            counts[side].failed += drawn.bad
            counts[side].slow += slow(count, beyond: totals[side.other].p99Milliseconds, own)
            counts[side].verySlow += slow(count, beyond: 500, own)
        }
    }

    package mutating func reset() { counts = PerSide(flip: Counts(), flop: Counts()) }

    /// Latencies are exponential in the simulator.
    private mutating func slow(_ count: Double, beyond limit: Double, _ own: Double) -> Double {
        guard own > 0, limit > 0 else { return 0 }
        return min(count, generator.poisson(count * pow(0.01, limit / own)))
    }

    /// How many of `count` historical requests fail, each with the same chance.
    package mutating func failures(of count: Int, rate: Double) -> Int {
        (0..<count).count { _ in Double.random(in: 0..<1, using: &generator) < rate }
    }
}
