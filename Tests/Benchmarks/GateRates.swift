import ArgumentParser
import Core
import Evidence
import Foundation
import Simulator
import StudyKit

/// How often a comparison with the stable side calls a good release bad, and a bad one bad.
///
/// Each release walks the same ladder. Requests and failures are drawn, and looked at every 30 seconds, as a gate does.
/// The same seed gives the same table.
struct GateRates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gates", abstract: "Measure false alarms and detections of a comparison with the stable side.")

    @Option(help: "Releases of each kind.")
    var releases = 1000

    @Option(help: "The seed.")
    var seed: UInt64 = 1

    private struct Kind {
        var name: String
        var isBad: Bool
        /// Requests a second that the application is asked.
        var load = 1200.0
        /// Share that fails on the stable side, and on the candidate.
        var stable: Double
        var candidate: Double
        /// For a minute of each stage, this share fails on both sides.
        var outage = 0.0
        /// Once in each stage so many requests fail together, on either side by its weight.
        var burst = 0.0
    }

    private static let kinds = [
        Kind(name: "no errors on either side", isBad: false, stable: 0, candidate: 0),
        Kind(name: "0.1% errors on both", isBad: false, stable: 0.001, candidate: 0.001),
        Kind(name: "5% errors on both", isBad: false, stable: 0.05, candidate: 0.05),
        Kind(name: "0.1% on both, a tenth of the load", isBad: false, load: 120, stable: 0.001, candidate: 0.001),
        Kind(
            name: "0.1% on both, an outage of both for a minute", isBad: false, stable: 0.001, candidate: 0.001,
            outage: 0.3),
        Kind(name: "1% against 1.2%, which the tolerance allows", isBad: false, stable: 0.01, candidate: 0.012),
        Kind(name: "1% against 1.25%, the tolerance's very edge", isBad: false, stable: 0.01, candidate: 0.0125),
        Kind(
            name: "0.1% on both, 30 failures at once in each stage", isBad: false, stable: 0.001, candidate: 0.001,
            burst: 30),
        Kind(name: "0.1% against 0.6%", isBad: true, stable: 0.001, candidate: 0.006),
        Kind(name: "0.1% against 2.1%", isBad: true, stable: 0.001, candidate: 0.021),
        Kind(name: "0.1% against 20.1%", isBad: true, stable: 0.001, candidate: 0.201),
        Kind(name: "1% against 2%", isBad: true, stable: 0.01, candidate: 0.02),
        Kind(name: "0.1% against 2.1%, a tenth of the load", isBad: true, load: 120, stable: 0.001, candidate: 0.021),
    ]

    /// Weight in percent and looks, one every 30 seconds.
    private static let ladder = [(weight: 1.0, looks: 4), (10, 10), (50, 10)]

    private struct Tally {
        var failed = 0
        var naive = 0
        /// By stage, let through at its end.
        var passed = [0, 0, 0]
        var bad = 0.0
    }

    func run() throws {
        guard releases > 0 else { throw ValidationError("there has to be a release") }
        print(
            "| release | is | failed by the test | by a plain comparison | after (median) | its failures by then "
                + "| let through at the end of 1% | 10% | 50% |")
        print("|---|---|---|---|---|---|---|---|---|")
        for (index, kind) in Self.kinds.enumerated() {
            var generator = SeededGenerator(seed: seed &+ UInt64(index) << 32)
            var tally = Tally()
            var times: [Int] = []
            for _ in 0..<releases { release(kind, &tally, &times, &generator) }
            times.sort()
            let time = times.isEmpty ? "-" : "\(Span.seconds(Int64(times[times.count / 2]) * 30))"
            let bad = times.isEmpty ? "-" : String(format: "%.0f", tally.bad / Double(times.count))
            print(
                "| \(kind.name) | \(kind.isBad ? "bad" : "good") | \(percent(tally.failed)) | \(percent(tally.naive)) "
                    + "| \(time) | \(bad) | \(tally.passed.map(percent).joined(separator: " | ")) |")
        }
    }

    private func percent(_ count: Int) -> String { String(format: "%.1f%%", 100 * Double(count) / Double(releases)) }

    /// One release, until a look fails it or it is through.
    private func release(_ kind: Kind, _ tally: inout Tally, _ times: inout [Int], _ generator: inout SeededGenerator) {
        var (looks, isFailed, isNaive, met) = (0, false, false, 0.0)
        for (stage, (weight, count)) in Self.ladder.enumerated() {
            // The window begins anew when a weight is held.
            var comparison = ShareComparison(
                candidate: Share(bad: 0, total: 0), stable: Share(bad: 0, total: 0), tolerance: 1.25, detect: 0.01)
            for look in 0..<count {
                looks += 1
                let outage = look == 1 || look == 2 ? kind.outage : 0
                var candidate = Self.draw(kind.load * 30 * weight / 100, kind.candidate + outage, &generator)
                var stable = Self.draw(kind.load * 30 * (100 - weight) / 100, kind.stable + outage, &generator)
                if look == 1, kind.burst > 0 {
                    let burst = Share(bad: kind.burst, total: kind.burst)
                    if Double.random(in: 0..<100, using: &generator) < weight {
                        candidate = candidate + burst
                    } else {
                        stable = stable + burst
                    }
                }
                if !isFailed { met += candidate.bad }
                comparison.candidate = comparison.candidate + candidate
                comparison.stable = comparison.stable + stable
                // What is often written instead: each look for itself, a tenth more than the stable side and 1 in 1000.
                isNaive = isNaive || candidate.total >= 10 && candidate.rate > stable.rate * 1.1 + 0.001
                if !isFailed, comparison.outcome == .failed {
                    isFailed = true
                    times.append(looks)
                }
            }
            if !isFailed, comparison.outcome == .passed { tally.passed[stage] += 1 }
        }
        if isFailed {
            tally.failed += 1
            tally.bad += met
        }
        if isNaive { tally.naive += 1 }
    }

    private static func draw(_ mean: Double, _ rate: Double, _ generator: inout SeededGenerator) -> Share {
        let good = generator.poisson(mean * (1 - rate))
        let bad = generator.poisson(mean * rate)
        return Share(bad: bad, total: good + bad)
    }
}

extension Share {
    fileprivate static func + (a: Share, b: Share) -> Share { Share(bad: a.bad + b.bad, total: a.total + b.total) }
}
