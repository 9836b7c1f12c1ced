extension Planner {
    /// A release that was found running, that no manifest declares, cannot be deployed again once it is gone.
    mutating func forgetLost() {
        // The digest of what stands is computed last: it costs more than all the rest of most decisions.
        guard let stable = status.stable, observation.sides[stable.side]?.digest != stable.release.digest,
            stable.release.release.digest != stable.release.digest
        else { return }
        status.stable = nil
        status.stage = nil
        status.rollback = nil
        note("\(stable.release.release.version) is gone from \(stable.side.rawValue), and nothing declares it")
    }

    /// What serves is stable, whatever the record says: a route that was set just before a crash, or before the
    /// declaration changed, or by a daemon whose record is lost, is taken as it is found.
    mutating func reconstruct() {
        guard status.stable == nil, status.removal == nil, !context.awaitsRename, let declaration,
            declaration.serving != nil, let route = observation.route?.route
        else { return }
        let side: Side = route.weights.flip >= route.weights.flop ? .flip : .flop
        guard let observed = observation.sides[side] else { return }
        if var candidate = status.candidate, candidate.side == side, candidate.release.digest == observed.digest {
            // Consumers of a first deployment have yet to say that they take messages.
            let isDeclared = candidate.release.digest == declaration.serving?.digest
            if isDeclared, halt(of: nil) == nil, idleConsumers(on: side) != nil { return }
            candidate.weight = 100
            candidate.state = .current
            candidate.since = now
            status.stable = candidate
            status.candidate = nil
            note("\(observed.version) serves on \(side.rawValue)")
            return
        }
        status.stable = found(observed, on: side, declaration)
        note("found \(observed.version) serving on \(side.rawValue)")
        if let other = observation.sides[side.other] {
            status.candidate = found(other, on: side.other, declaration)
            turnBack(.superseded, "found \(other.version) on \(side.other.rawValue) with no record of a rollout")
        } else {
            status.candidate = nil
        }
    }

    private func found(_ observed: SideObservation, on side: Side, _ declaration: Declaration) -> Placement {
        let known = [declaration.head, declaration.lastActive].compactMap { $0 }.first { $0.digest == observed.digest }
        var replicas: [String: Int] = [:]
        for component in observed.components { replicas[component.name] = max(1, component.floor) }
        let unknown = DeclaredRelease(
            release: Release(
                version: observed.version,
                components: observed.components.map {
                    let isConsumer = $0.active > 0 || $0.unheard != nil || $0.backlog != nil
                    return Component(
                        name: $0.name, kind: isConsumer ? .consumer : .service, run: .simulated(SimulatedRun()))
                }),
            digest: observed.digest, introduced: "", replicas: replicas)
        var placement = place(known ?? unknown, on: side, declaration)
        placement.state = .current
        placement.weight = weight(of: side)
        return placement
    }

    /// An attempt that an earlier daemon turned away from is rejected, even where its record was never pushed.
    mutating func heedRouteNote() {
        guard let attempt = observation.route?.route.rejecting, let candidate = status.candidate,
            candidate.release.attempt == attempt, status.rollback == nil, status.stage != nil
        else { return }
        reject(candidate.release, "rejected before a restart")
    }
}
