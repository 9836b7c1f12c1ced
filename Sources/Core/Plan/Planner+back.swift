extension Planner {
    /// Weight returns to the stable side: at once as far as that side's ready capacity goes, the rest as it grows.
    mutating func stepBack() {
        guard let stable = status.stable, let candidate = status.candidate, let rollback = status.rollback else {
            status.rollback = nil
            return
        }
        let current = weight(of: candidate.side)
        // Where a weight was lost at once, the route may still ask consumers to take messages that have none.
        let isAsked = observation.route?.route.actives.keys.contains { asked($0, on: candidate.side) > 0 } ?? false
        if current > 0 || isAsked || observation.route == nil {
            let rung = candidate.strategy.rollbackStages.first { $0 < current } ?? 0
            guard walk(to: 100 - rung, on: stable.side, .back) == .arrived else { return }
            if rung > 0 || weight(of: candidate.side) > 0 {
                isActive = true
                return
            }
        }
        guard isSettled else {
            isActive = true
            wait(.propagation, "readers have not acknowledged the weights yet: \(describeWeights())")
            return
        }
        if let missing = unstopped(on: candidate.side) {
            isActive = true
            wait(.drain, missing)
            return
        }
        finishBack(stable, candidate, rollback)
    }

    private mutating func finishBack(_ stable: Placement, _ candidate: Placement, _ rollback: RollbackProgress) {
        var old = candidate
        old.weight = 0
        old.state = drained(old.side, old)
        old.since = now
        status.stable?.weight = 100
        status.stable?.state = .current
        status.candidate = nil
        status.stage = nil
        status.rollback = nil
        status.retained = Retained(placement: old, until: now + old.strategy.retention.time, served: false)
        note("\(stable.release.release.version) serves alone on \(stable.side.rawValue) (\(rollback.message))")
    }

    /// The retained release serves again: a traffic switch, with nothing to deploy.
    mutating func startReturn(to retained: Retained, _ desired: DeclaredRelease, _ declaration: Declaration) {
        guard let leaving = status.stable else { return }
        var returning = retained.placement
        returning.release.introduced = desired.introduced
        returning.release.replicas = desired.replicas
        returning.revision = declaration.revision
        returning.strategy = declaration.strategy
        returning.state = .current
        returning.since = now
        status.stable = returning
        status.candidate = leaving
        status.retained = nil
        turnBack(.reverted, "reverted from \(leaving.release.release.version)")
    }
}
