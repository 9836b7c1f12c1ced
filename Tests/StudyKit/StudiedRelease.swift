package import Core
package import Simulator

/// One generated release: what it is, what it replaces, and the world that it arrives in.
package struct StudiedRelease: Sendable {
    /// What is wrong with it.
    package enum Kind: String, CaseIterable, Sendable, Encodable {
        case good
        case crashOnStart = "crash on start"
        case fewErrors = "errors +0.5%"
        case someErrors = "errors +2%"
        case manyErrors = "errors +20%"
        case slow = "latency up"
        case leak = "leak after 20 min"
        case capacity = "capacity regression"
        case historical = "bad for historical queries"
        case overload = "bad under load"
    }

    package static let name = "search"
    package static let component = "api"

    package var kind: Kind
    package var seed: UInt64
    package var stable: Release
    package var candidate: Release
    /// Replicas that carry 100 % of the load.
    package var full: Int
    package var load: LoadCurve
    /// From this long after the commit on, for two minutes, one request in twenty fails on either side, for something
    /// that both depend on. nil for no such incident.
    package var outage: Span?
    /// From this long after the commit on, for ten minutes, there is three tenths more load. nil for no such surge.
    package var surge: Span?

    /// Share of requests that fail on a good version.
    package static let ordinaryErrors = 0.001

    /// Every other release is good, and the kinds of bad ones take turns.
    package init(_ number: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed &* 0x9e37_79b9 &+ UInt64(number))
        let bad = Kind.allCases.dropFirst()
        kind = number.isMultiple(of: 2) ? .good : bad[bad.startIndex + number / 2 % bad.count]
        self.seed = generator.next()
        full = Int.random(in: 8...40, using: &generator)
        // One in four has a fifth of the traffic: gates have less to go by.
        let capacity = Int.random(in: 0..<4, using: &generator) == 0 ? 10 : 50
        load = LoadCurve(
            mean: Double(full * capacity) * Double.random(in: 0.45...0.6, using: &generator),
            swing: Double.random(in: 0...0.25, using: &generator),
            period: .hours(Int64.random(in: 6...24, using: &generator)))
        let run = SimulatedRun(
            startTime: .seconds(Int64.random(in: 5...40, using: &generator)), capacity: capacity,
            latency: .milliseconds(Int64.random(in: 10...30, using: &generator)),
            faults: [.errors(perMille: 1, after: .zero)])
        if Int.random(in: 0..<4, using: &generator) == 0 {
            outage = .seconds(Int64.random(in: 0...3600, using: &generator))
        }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            surge = .seconds(Int64.random(in: 0...3600, using: &generator))
        }
        stable = Self.release("1.0.0", run)
        candidate = Self.release("1.1.0", Self.worsened(run, kind, &generator))
    }

    private static func release(_ version: String, _ run: SimulatedRun) -> Release {
        Release(
            version: version, components: [Component(name: component, kind: .service, run: .simulated(run))])
    }

    private static func worsened(_ run: SimulatedRun, _ kind: Kind, _ generator: inout SeededGenerator) -> SimulatedRun
    {
        var run = run
        switch kind {
        case .good: break
        case .crashOnStart: run.faults.append(.crashOnStart)
        case .fewErrors: run.faults.append(.errors(perMille: 5, after: .zero))
        case .someErrors: run.faults.append(.errors(perMille: 20, after: .zero))
        case .manyErrors: run.faults.append(.errors(perMille: 200, after: .zero))
        case .slow: run.faults.append(.slow(percent: Int.random(in: 200...400, using: &generator), after: .zero))
        case .leak: run.faults.append(.leak(after: .minutes(20)))
        case .capacity: run.capacity = run.capacity * Int.random(in: 30...50, using: &generator) / 100
        case .historical: run.faults.append(.historical(perMille: Int.random(in: 10...50, using: &generator)))
        case .overload: run.faults.append(.overload(perMille: 100, above: 40))
        }
        return run
    }

    /// Requests a second that a good replica carries.
    package var capacity: Int {
        guard case .simulated(let run)? = stable.components.first?.run else { return 1 }
        return run.capacity
    }

    package func outage(at time: Span) -> Bool { outage.map { $0 <= time && time < $0 + .minutes(2) } ?? false }
}
