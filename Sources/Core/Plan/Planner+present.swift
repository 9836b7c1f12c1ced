extension Planner {
    /// What people are told: phase and conditions, derived from what was decided.
    mutating func present() {
        trackShortage()
        settleStates()
        status.phase = phase()
        if summary != nil || status.stage != nil {
            status.peakCapacity = max(status.peakCapacity ?? 0, capacityPercent)
        }
        if let obstacle = context.removalHeldBy {
            set(
                .declarationValid, false, Condition.notDeclared,
                "the head does not declare it any more, and its removal is held: \(obstacle)")
        } else if context.heldBy == nil, let unknown = declaration?.unknown {
            set(.declarationValid, true, "HistoryUnknown", "what was declared before is not all known: \(unknown)")
        } else {
            set(
                .declarationValid, context.heldBy == nil, context.heldBy == nil ? "Valid" : "Held",
                context.heldBy ?? "the head's declaration is in force")
        }
        let refusal = context.refusal
        set(
            .platformReachable, refusal == nil, refusal == nil ? "Observed" : "Unreachable",
            refusal ?? "the platform answers")
        presentServing()
    }

    /// Only of what serves, and takes what it is given, is it said that it does.
    private mutating func presentServing() {
        let isDeclared = status.stable != nil && status.stable?.release.digest == declaration?.serving?.digest
        guard let stable = status.stable, weight(of: stable.side) > 0 else {
            set(.ready, false, "NotServing", "the declared release does not serve")
            set(.stableHealthy, false, "NotServing", "nothing serves")
            return
        }
        let isDead = carryWell(stable) == 0
        // Where all that was declared is ready, those who take no messages are why.
        let idle = status.stage == nil && carry(stable) == 100 ? idleConsumers(on: stable.side) : nil
        let dead = idle ?? "\(shortage(of: stable, weight: 100)); what serves fails most of what it is given"
        set(
            .ready, isDeclared && status.rollback == nil && !isDead, isDeclared && !isDead ? "Serving" : "NotServing",
            isDead ? dead : isDeclared ? "the declared release serves" : "the declared release does not serve")
        if isShort || isDead, let idle {
            set(.stableHealthy, false, "ConsumersIdle", idle)
        } else if isDead {
            set(.stableHealthy, false, "CapacityShort", dead)
        } else if !isShort {
            set(.stableHealthy, true, "Enough", "the serving side is as large as declared")
        } else {
            set(.stableHealthy, false, "CapacityShort", "the serving side has been short of ready replicas")
        }
    }

    /// Whether the serving side lacks what it is to carry, for long enough to be said.
    private var isShort: Bool {
        if let stage = status.stage, let candidate = status.candidate, status.stable != nil {
            return isStableShort(stage, candidate)
        }
        return status.stable != nil && isShortForLong
    }

    private var isShortForLong: Bool { shortSince.map { now - $0 >= Self.shortTolerance } ?? false }

    /// A replica that restarts is no news; a side that stays short is, or whose consumers take no messages.
    static var shortTolerance: Span { .minutes(1) }

    private mutating func trackShortage() {
        guard lacksWhatItShould else {
            shortSince = nil
            return
        }
        let since = shortSince ?? now
        shortSince = since
        if now - since < Self.shortTolerance { wake(at: since + Self.shortTolerance) }
    }

    /// Whether the serving side, or else the dark one, lacks replicas or consumers now.
    private var lacksWhatItShould: Bool {
        if status.rollback != nil { return false }
        if let stable = status.stable {
            if let stage = status.stage, let candidate = status.candidate {
                return lacksShare(stage, candidate)
            }
            if carry(stable) < 100 || idleConsumers(on: stable.side) != nil { return true }
        }
        return dark.map { darkShortage($0) != nil } ?? false
    }

    /// What is declared dark and stands, or is to.
    private var dark: Placement? {
        guard status.stage == nil, status.rollback == nil, let candidate = status.candidate,
            candidate.release.digest == declaration?.dark?.digest
        else { return nil }
        return candidate
    }

    private func phase() -> Phase {
        if let removal = status.removal { return removal.doneAt == nil ? .removing : .removed }
        if status.stage?.failure != nil { return .degraded }
        if status.rollback != nil { return .progressing }
        if status.stage != nil, isShort { return .degraded }
        switch status.waiting?.reason {
        case .suspended, .paused, .until: return .paused
        case .failure: return .degraded
        case .dependency: return .pending
        default: break
        }
        if status.stage != nil { return .progressing }
        guard let declaration else { return status.phase }
        if let dark, status.stable == nil || status.stable?.release.digest == declaration.serving?.digest,
            darkShortage(dark) != nil
        {
            let isComing = now < dark.since + dark.strategy.progressDeadline
            if isComing || isShortForLong { return isComing && !isShort ? .progressing : .degraded }
        }
        guard status.stable != nil else {
            return declaration.serving == nil && status.appliedRevision != nil ? .healthy : .progressing
        }
        if status.stable?.release.digest != declaration.serving?.digest { return .progressing }
        if isShortForLong { return .degraded }
        if context.refusal != nil { return .degraded }
        return status.appliedRevision == nil ? .progressing : .healthy
    }

    private mutating func set(_ type: Condition.Kind, _ value: Bool, _ reason: String, _ message: String) {
        status.set(type, value, reason, message, at: now)
    }
}
