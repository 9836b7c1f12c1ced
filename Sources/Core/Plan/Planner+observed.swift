extension Planner {
    /// A daemon with no record of an application that runs: what serves is taken as it is found.
    mutating func reconstruct() {
        guard status.stable == nil, status.candidate == nil, status.removal == nil, let declaration else { return }
        guard let route = observation.route?.route else { return }
        let side: Side = route.weights.flip >= route.weights.flop ? .flip : .flop
        guard let observed = observation.sides[side] else { return }
        status.stable = found(observed, on: side, declaration)
        note("found \(observed.version) serving on \(side.rawValue)")
        if let other = observation.sides[side.other] {
            status.candidate = found(other, on: side.other, declaration)
            turnBack(.superseded, "found \(other.version) on \(side.other.rawValue) with no record of a rollout")
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
                    Component(
                        name: $0.name, kind: $0.active > 0 ? .consumer : .service, run: .simulated(SimulatedRun()))
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
