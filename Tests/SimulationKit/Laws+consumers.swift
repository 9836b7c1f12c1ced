import Core
import Simulator

/// Law 3: no message is lost, and none is handed to a release that is not to take any. Of law 5 what is left of a
/// deactivated side's work, of law 11 what is said of it.
extension Laws {
    private static var handed: String { "law 3 (only the active are handed messages)" }
    private static var divided: String { "law 3 (active consumers are divided)" }

    // MARK: By what is true, after every event

    mutating func checkConsumers(_ name: ApplicationName, _ simulation: Simulation) {
        for counts in simulation.world.messages(of: name) {
            let known = counts.waiting + counts.held + counts.unacknowledged + counts.processed + counts.dead
            if known != counts.published {
                broken("law 3 (no message is lost)", simulation, "\(name): \(counts)")
            }
        }
        let actives = simulation.world.actives(of: name)
        for side in Side.allCases {
            let key = SideKey(application: name, side: side)
            guard let taken = pausedAt[key] else { continue }
            if actives.values.contains(where: { $0[side] > 0 }) {
                pausedAt[key] = nil
            } else if case let now = simulation.world.consumers(of: name, on: side).taken, now > taken {
                broken(Self.handed, simulation, "\(name): \(now - taken) went to \(side), which had said it was paused")
            }
        }
        for (component, partitions) in exclusives[name] ?? [:] {
            let both = Side.allCases.map { simulation.world.consumers(component, of: name, on: $0).active }
            if both.allSatisfy({ $0 > 0 }) {
                broken(
                    Self.divided, simulation, "\(component) of \(name) is exclusive: \(both[0]) and \(both[1]) active")
            }
            if both[0] + both[1] > partitions {
                broken(
                    Self.divided, simulation,
                    "\(component) of \(name): \(both[0] + both[1]) active for \(partitions) partitions")
            }
        }
    }

    /// What a report says now binds from now on.
    mutating func read(_ observation: Observation, of name: ApplicationName, _ simulation: Simulation) {
        checkConsumers(name, simulation)
        guard observation.readAt == simulation.world.platformTime else { return }
        let actives = simulation.world.actives(of: name)
        for side in Side.allCases {
            let key = SideKey(application: name, side: side)
            guard let components = observation.sides[side]?.components,
                !actives.values.contains(where: { $0[side] > 0 }),
                components.allSatisfy({ $0.active == 0 && $0.unheard == nil })
            else { continue }
            if pausedAt[key] == nil { pausedAt[key] = simulation.world.consumers(of: name, on: side).taken }
        }
    }

    /// Law 11: a release is said to be drained when none of its workers holds a message. No two are Current.
    mutating func judgeStates(_ name: ApplicationName, _ simulation: Simulation) {
        guard let status = simulation.engine.status(of: name) else { return }
        let actives = simulation.world.actives(of: name)
        let placements = [status.stable, status.candidate, status.retained?.placement].compactMap { $0 }
        for placement in placements where placement.state == .drained || placement.state == .inactive {
            let side = placement.side
            guard simulation.world.digest(of: name, on: side) == placement.release.digest,
                !actives.values.contains(where: { $0[side] > 0 })
            else { continue }
            let truth = simulation.world.consumers(of: name, on: side)
            if truth.held > 0 || truth.active > 0 {
                broken(
                    "law 11 (status states only what was observed)", simulation,
                    "\(name) says that \(side) is \(placement.state.rawValue): \(truth.active) active, \(truth.held) held"
                )
            }
        }
        if placements.count(where: { $0.state == .current && $0.release.release.hasConsumers }) > 1,
            status.rollback == nil
        {
            broken("law 11 (status states only what was observed)", simulation, "\(name) has two releases Current")
        }
    }

    // MARK: By what could be observed, when a route is issued

    mutating func judgeActives(
        _ route: Route, _ key: ActionKey, _ seen: Observation, _ simulation: Simulation
    ) {
        guard !route.actives.isEmpty else { return }
        let status = simulation.engine.status(of: key.application)
        let placements = [status?.stable, status?.candidate, status?.retained?.placement].compactMap { $0 }
        for (name, actives) in route.actives.sorted(by: { $0.key < $1.key }) {
            let isExclusive = exclusives[key.application]?[name] != nil
            func full(_ side: Side) -> Int {
                placements.first { $0.side == side }?.release.replicas[name] ?? 0
            }
            func active(_ side: Side) -> Int { seen.sides[side]?.component(name)?.active ?? 0 }
            let most = max(full(.flip), full(.flop))
            let least = min(full(.flip), full(.flop))
            var isLagging = false
            for side in Side.allCases {
                isLagging = isLagging || actives[side] > active(side)
                // Nothing is taken from where nothing runs.
                let running = seen.sides[side]?.component(name)?.ready ?? 0
                let asked = min(running, seen.route?.route.actives[name]?[side] ?? 0)
                let weight = route.weights[side]
                if actives[side] > asked, actives[side] > (seen.route?.route.actives[name]?[side] ?? 0) {
                    // One replica on the other side takes all or nothing, and so does what it takes it from.
                    let whole = (isExclusive || full(side.other) == 1) && weight >= 50 ? full(side) : 0
                    let share = isExclusive ? whole : max(whole, (weight * full(side) + 99) / 100)
                    if actives[side] > (weight == 0 ? 0 : max(1, share)) {
                        broken(
                            Self.divided, simulation,
                            "\(key): \(actives[side]) of \(name) on \(side), which has \(weight)% of \(full(side))")
                    }
                } else if actives[side] < asked, !isExclusive, status?.rollback == nil {
                    let needed = min(seen.sides[side]?.component(name)?.backlog?.needed ?? most, asked, least)
                    if actives[side] + active(side.other) < needed {
                        broken(
                            "law 3 (the backlog is kept up with)", simulation,
                            "\(key): \(actives[side]) of \(name) on \(side) and \(active(side.other)) on the other; "
                                + "it takes \(needed)")
                    }
                }
            }
            if actives.flip + actives.flop > most, isExclusive || !isLagging {
                broken(
                    Self.divided, simulation,
                    "\(key): \(actives.flip) and \(actives.flop) of \(name), which has \(most)")
            }
            let partitions = seen.sides.flip?.component(name)?.backlog?.partitions ?? .max
            if isExclusive, actives.flip + actives.flop > partitions {
                broken(Self.divided, simulation, "\(key): more of \(name) than its \(partitions) partitions")
            }
        }
    }

    // MARK: When an action reaches the platform

    /// Law 5: nothing is taken away from under a message. A late action that the platform refuses takes nothing away.
    func work(takenAwayBy action: Action, _ key: ActionKey, _ simulation: Simulation) -> String? {
        let standing: Side
        switch action {
        case .teardown(let side): standing = side
        case .deploy(let side, _, _, let digest, _):
            guard simulation.world.digest(of: key.application, on: side) != digest,
                simulation.engine.status(of: key.application)?.stable?.side != side
            else { return nil }
            standing = side
        case .scale, .route, .adopt: return nil
        }
        let truth = simulation.world.consumers(of: key.application, on: standing)
        guard truth.active > 0 || truth.held > 0 else { return nil }
        return "\(truth.active) consumers are active there and hold \(truth.held) messages"
    }

    // MARK: In the end

    mutating func checkConsuming(_ name: ApplicationName, on serving: Side, _ simulation: Simulation) {
        for (component, asked) in simulation.world.actives(of: name).sorted(by: { $0.key < $1.key }) {
            let here = simulation.world.consumers(component, of: name, on: serving)
            let there = simulation.world.consumers(component, of: name, on: serving.other)
            if here.active < asked[serving] || asked[serving] == 0 || there.active > 0 || there.held > 0 {
                broken(
                    "law 13 (the declared state is reached)", simulation,
                    "\(component) of \(name): \(here.active) of \(asked[serving]) are active on \(serving), and "
                        + "\(there.active) on the other, which hold \(there.held)")
            }
        }
        let status = simulation.engine.status(of: name)
        let isSaid = status?.retained.map { $0.placement.state == .drained } ?? true
        if status?.stable?.state != .current || !isSaid {
            broken(
                "law 13 (the declared state is reached)", simulation,
                "\(name) is \(status?.stable?.state.rawValue ?? "nothing"), beside what is "
                    + "\(status?.retained?.placement.state.rawValue ?? "nothing")")
        }
    }
}
