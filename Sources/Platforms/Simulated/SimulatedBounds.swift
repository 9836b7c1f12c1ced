import Core
import Simulator

/// What the simulated platform takes of numbers and names from outside: what no manifest, daemon or scenario can mean is
/// refused by name, so that no single request stops it or fills its memory.
enum SimulatedBounds {
    /// Replicas of one component.
    static let replicas = 0...SimulatedPlatform.floorLimit
    /// Replicas of all components of a side.
    static let sideReplicas = 0...20_000
    /// Milliseconds: ten years, as in manifests.
    private static let span = 0...Int(315_360_000_000)
    private static let components = 0...1000
    /// Bytes of a name.
    private static let name = 1...512

    /// - Throws: ``Core/EffectFailure`` where something lies beyond its bounds.
    static func check(_ action: Action, _ key: ActionKey) throws(EffectFailure) {
        try check(key.application.utf8.count, name, "bytes of the application's name")
        try check(key.epoch, 0...Int(SimulatorWire.largest), "epoch")
        try check(key.sequence, 0...Int(SimulatorWire.largest), "sequence")
        switch action {
        case .deploy(_, let namespace, let release, _, let floors):
            try check(namespace.utf8.count, name, "bytes of the namespace's name")
            try check(release)
            try check(floors)
            let all = release.components.reduce(0) { $0 + (floors[$1.name] ?? 1) }
            try check(all, sideReplicas, "replicas of all components")
        case .scale(_, let floors):
            try check(floors)
            try check(floors.values.reduce(0, +), sideReplicas, "replicas of all components")
        case .route(let route?):
            for (component, counts) in route.actives {
                for count in [counts.flip, counts.flop] { try check(count, replicas, "active \(component)") }
            }
        case .route(nil), .teardown, .adopt:
            break
        }
    }

    /// As in a scenario's file.
    ///
    /// - Parameters:
    ///   - disturbance: what is to happen.
    ///   - world: what it befalls.
    /// - Throws: ``Core/EffectFailure`` where something lies beyond its bounds.
    static func check(_ disturbance: Disturbance, in world: World) throws(EffectFailure) {
        switch disturbance {
        case .crash(_, _, let count): try check(count, 0...100_000, "count")
        case .quota(_, let replicas): try check(replicas, 0...100_000, "replicas")
        case .humanScales(let name, let side, let count):
            try check(count, replicas, "to")
            let all = count * world.components(of: name, on: side).count
            try check(all, sideReplicas, "replicas of all components")
        case .humanRoutes(_, let flip): try check(flip, 0...100, "flip")
        case .backlog(_, let messages): try check(messages, 0...1_000_000_000, "messages")
        case .surge(_, let percent, let until):
            try check(percent, 0...100_000, "percent")
            try check(until, "until")
        case .clockSet(let offset):
            try check(Int(offset.milliseconds), -span.upperBound...span.upperBound, "milliseconds of the clock")
        case .unready(_, _, let until), .neverReady(_, _, let until), .lie(_, _, let until), .freeze(_, let until),
            .nodesExhausted(_, let until), .sidecarDown(_, _, let until), .sidecarStale(_, _, let until),
            .reportsLost(_, _, let until), .sidecarSplit(_, _, let until), .deactivationIgnored(_, _, let until),
            .slowDrain(_, _, let until):
            try check(until, "until")
        case .humanDeletes: break
        }
    }

    private static func check(_ release: Release) throws(EffectFailure) {
        let names = release.components.map(\.name)
        guard Set(names).count == names.count else {
            throw EffectFailure(.refused, "the components' names are not unique")
        }
        try check(names.count, components, "components")
        for component in release.components {
            switch component.run {
            case .simulated(let run): try check(run, of: component.name)
            case .process:
                throw EffectFailure(
                    .refused,
                    "\(component.name) runs as a process, and this platform is simulated: start the daemon with "
                        + "--platform process")
            }
        }
    }

    private static func check(_ run: SimulatedRun, of component: String) throws(EffectFailure) {
        try check(run.capacity, 0...1_000_000, "capacity of \(component)")
        try check(run.startTime, "startTime of \(component)")
        try check(run.latency, "latency of \(component)")
        try check(run.drainTime, "drainTime of \(component)")
        try check(run.faults.count, 0...100, "faults of \(component)")
        for fault in run.faults {
            switch fault {
            case .crashOnStart: break
            case .errors(let perMille, let after):
                try check(perMille, 0...1000, "rate of errors")
                try check(after, "after")
            case .slow(let percent, let after):
                try check(percent, 0...100_000_000, "factor in percent")
                try check(after, "after")
            case .leak(let after): try check(after, "after")
            case .overload(let perMille, let above):
                try check(perMille, 0...1000, "rate of overload")
                try check(above, 0...100, "above")
            case .historical(let perMille): try check(perMille, 0...1000, "rate of historical requests")
            }
        }
    }

    private static func check(_ floors: [String: Int]) throws(EffectFailure) {
        for (name, floor) in floors { try check(floor, replicas, "the floor of \(name)") }
    }

    private static func check(_ time: Span, _ what: String) throws(EffectFailure) {
        try check(Int(time.milliseconds), span, "milliseconds of \(what)")
    }

    private static func check(_ value: Int, _ bounds: ClosedRange<Int>, _ what: String) throws(EffectFailure) {
        guard bounds.contains(value) else {
            throw EffectFailure(
                .refused, "\(what): \(value) does not lie in \(bounds.lowerBound)…\(bounds.upperBound)")
        }
    }
}
