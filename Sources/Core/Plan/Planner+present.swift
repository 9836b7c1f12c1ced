extension Planner {
    /// What people are told: phase and conditions, derived from what was decided.
    mutating func present() {
        trackShortage()
        settleStates()
        status.phase = phase()
        if summary != nil || status.stage != nil {
            status.peakCapacity = max(status.peakCapacity ?? 0, capacityPercent)
        }
        if context.heldBy == nil, let unknown = declaration?.unknown {
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
        let isServing = status.stable != nil && status.stable?.release.digest == declaration?.serving?.digest
        set(
            .ready, isServing && status.rollback == nil, isServing ? "Serving" : "NotServing",
            isServing ? "the declared release serves" : "the declared release does not serve")
        let isShort = shortSince.map { now - $0 >= Self.shortTolerance } ?? false
        if isShort, let stable = status.stable, carry(stable) == 100, let idle = idleConsumers(on: stable.side) {
            set(.stableHealthy, false, "ConsumersIdle", idle)
        } else {
            set(
                .stableHealthy, !isShort, isShort ? "CapacityShort" : "Enough",
                isShort
                    ? "the serving side has been short of ready replicas" : "the serving side is as large as declared")
        }
    }

    /// A replica that restarts is no news; a side that stays short is, or whose consumers take no messages.
    static var shortTolerance: Span { .minutes(1) }

    private mutating func trackShortage() {
        guard let stable = status.stable, status.stage == nil, status.rollback == nil,
            carry(stable) < 100 || idleConsumers(on: stable.side) != nil
        else {
            shortSince = nil
            return
        }
        let since = shortSince ?? now
        shortSince = since
        if now - since < Self.shortTolerance { wake(at: since + Self.shortTolerance) }
    }

    private func phase() -> Phase {
        if let removal = status.removal { return removal.doneAt == nil ? .removing : .removed }
        if status.stage?.failure != nil { return .degraded }
        if status.rollback != nil { return .progressing }
        switch status.waiting?.reason {
        case .suspended, .paused, .until: return .paused
        case .failure: return .degraded
        case .dependency: return .pending
        default: break
        }
        if status.stage != nil { return .progressing }
        guard let declaration else { return status.phase }
        guard status.stable != nil else {
            return declaration.serving == nil && status.appliedRevision != nil ? .healthy : .progressing
        }
        if status.stable?.release.digest != declaration.serving?.digest { return .progressing }
        if let since = shortSince, now - since >= Self.shortTolerance { return .degraded }
        if context.refusal != nil { return .degraded }
        return status.appliedRevision == nil ? .progressing : .healthy
    }

    private mutating func set(_ type: Condition.Kind, _ value: Bool, _ reason: String, _ message: String) {
        status.set(type, value, reason, message, at: now)
    }
}
