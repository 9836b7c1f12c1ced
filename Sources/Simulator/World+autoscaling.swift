import Core

extension World {
    /// One look of the autoscaler at an application; there is none while there is nothing to route.
    mutating func autoscale(_ application: Int) {
        guard let autoscaler = configuration.autoscaler,
            states[application].sides.flip != nil || states[application].sides.flop != nil
        else {
            states[application].scaleAt = nil
            return
        }
        states[application].scaleAt = now + autoscaler.interval
        let rate = loadRate(states[application])
        for side in Side.allCases {
            guard var state = states[application].sides[side] else { continue }
            let share = states[application].share(side)
            var changed = false
            for position in state.components.indices where state.components[position].kind == .service {
                let before = state.components[position].target
                state.components[position].scale(for: rate * share, by: autoscaler, at: now)
                changed = changed || state.components[position].target != before
            }
            states[application].sides[side] = state
            if changed { fit(application, side) }
        }
        let load = states[application].replicas
        states[application].load.peakReplicas = max(states[application].load.peakReplicas, load)
    }
}

extension ComponentState {
    /// Takes in what the load asks for now.
    mutating func scale(for load: Double, by autoscaler: Autoscaler, at now: Instant) {
        let each = Double(max(1, run.capacity)) * Double(max(1, autoscaler.target)) / 100
        let most = max(floor, largestFloor * autoscaler.limit / 100)
        let asked = min(most, Int((load / each).rounded(.up)))
        if asked >= wanted {
            wanted = asked
            shrinkAt = nil
        } else if let at = shrinkAt {
            shrinkTo = max(shrinkTo, asked)
            if at <= now {
                wanted = shrinkTo
                shrinkAt = nil
            }
        } else {
            shrinkAt = now + autoscaler.stabilisation
            shrinkTo = asked
        }
    }
}
