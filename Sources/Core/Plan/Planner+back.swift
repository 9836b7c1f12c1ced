extension Planner {
    /// Weight returns to the stable side: at once as far as that side's ready capacity goes, the rest as it grows.
    mutating func stepBack() {
        guard let stable = status.stable, let candidate = status.candidate, let rollback = status.rollback else {
            status.rollback = nil
            return
        }
        if isDeadForLong(stable.side), goesOnWithNewer(stable, candidate) { return }
        // A release that took the place of a dead one is recorded before it is brought up: it was never there before.
        if stable.since > rollback.since, ensureDeployed(stable, at: 100, .forward) { return }
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

    /// There is nothing to go back to, and something else is declared to serve, or the same one anew. What was rejected gets
    /// no more weight for that, and what it has is no reason to leave the rest to nobody: the release that is declared takes
    /// the place of what is dead, and then all weight as it becomes ready.
    private mutating func goesOnWithNewer(_ stable: Placement, _ candidate: Placement) -> Bool {
        guard status.removal == nil, declaration?.serving != nil else { return false }
        heedRetry()
        guard let declaration, let declared = declaration.serving, context.unmetDependency == nil else { return false }
        let desired = numbered(declared)
        guard desired.digest != stable.release.digest, desired.attempt != candidate.release.attempt,
            !status.rejected.contains(where: { $0.attempt == desired.attempt }), halt(of: desired.attempt) == nil
        else { return false }
        guard desired.digest != candidate.release.digest else {
            status.rollback = nil
            status.candidate?.release = desired
            status.candidate?.strategy = declaration.strategy
            status.candidate?.revision = declaration.revision
            enterStage(0)
            return true
        }
        var new = place(desired, on: stable.side, declaration)
        (new.weight, new.state) = (100, .ramping)
        status.stable = new
        note(
            "\(desired.release.version) takes the place of \(stable.release.release.version) on "
                + "\(stable.side.rawValue), of which nothing is ready")
        return true
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
