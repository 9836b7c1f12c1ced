import Core

extension World {
    /// Most replicas that a component of a world that goes on may ask for.
    package static var replicaLimit: Int { 100_000 }

    /// Why a world that was kept cannot go on: what would have it fill the memory, or lie in a time that no clock says;
    /// nil where it can.
    package var fault: String? {
        if clockOffset.milliseconds.magnitude > 315_360_000_000 {
            return "its clock is set by \(clockOffset), and it can be by ten years"
        }
        for state in states {
            for side in Side.allCases {
                for component in state.sides[side]?.components ?? [] {
                    let most = max(component.floor, component.largestFloor, component.wanted, component.shrinkTo)
                    if most > Self.replicaLimit {
                        return "\(component.name) of \(state.name) on \(side.rawValue) asks for \(most) replicas"
                    }
                    if component.run.capacity > 1_000_000 {
                        return "\(component.name) of \(state.name) carries \(component.run.capacity) requests a second"
                    }
                    // Each pair is looked at together.
                    if component.kind == .consumer, component.workers.count != component.replicas.count {
                        return "\(component.name) of \(state.name) has workers without a replica"
                    }
                }
            }
        }
        return index.values.contains { !states.indices.contains($0) } ? "its list of applications does not fit" : nil
    }
}
