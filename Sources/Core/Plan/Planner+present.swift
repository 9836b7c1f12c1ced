extension Planner {
    /// What people are told: phase and conditions, derived from what was decided.
    mutating func present() {
        // What is to be adopted is still under its former name: of that nothing is seen under this one.
        let isSeen = status.adopting == nil
        if isSeen {
            trackShortage()
            settleStates()
        }
        status.queued = queuedRelease()
        if isSeen { status.phase = phase() }
        if summary != nil || status.stage != nil {
            status.peakCapacity = max(status.peakCapacity ?? 0, capacityPercent)
        }
        tellOfDeclaration()
        let refusal = context.refusal
        set(
            .platformReachable, refusal == nil, refusal == nil ? "Observed" : "Unreachable",
            refusal ?? "the platform answers")
        if isSeen { presentServing() }
    }

    private mutating func tellOfDeclaration() {
        let told = status.conditions.first { $0.type == .declarationValid }
        let excess = context.heldBy == nil && context.removalHeldBy == nil ? quotaExcess : nil
        if let obstacle = context.removalHeldBy {
            set(
                .declarationValid, false, Condition.notDeclared,
                "the head does not declare it any more, and its removal is held: \(obstacle)",
                rewrittenTo: context.rewrittenTo)
        } else if let excess {
            let message = "the head's declaration is in force, and what serves stays; \(excess)"
            if told?.message != message { note(excess) }
            set(.declarationValid, true, "QuotaExceeded", message)
        } else if context.heldBy == nil, let unknown = declaration?.unknown {
            set(.declarationValid, true, "HistoryUnknown", "what was declared before is not all known: \(unknown)")
        } else if context.heldBy == nil, let unfinished = context.unfinishedRename {
            set(.declarationValid, true, "RenameNotDone", unfinished)
        } else {
            set(
                .declarationValid, context.heldBy == nil, context.heldBy == nil ? Condition.valid : "Held",
                context.heldBy ?? "the head's declaration is in force")
        }
    }

    /// Only of what serves, and takes what it is given, is it said that it does.
    private mutating func presentServing() {
        // While nobody knows what is declared, what was so of it is.
        let wasReady = status.conditions.contains { $0.type == .ready && $0.status }
        let isDeclared = declaration.map { status.stable?.release.digest == $0.serving?.digest } ?? wasReady
        guard let stable = status.stable, weight(of: stable.side) > 0 else {
            set(.ready, false, "NotServing", "the declared release does not serve")
            set(.stableHealthy, false, "NotServing", "nothing serves")
            return
        }
        let isDead = isServingDead
        // Where all that was declared is ready, those who take no messages are why.
        let idle = status.stage == nil && carry(stable) == 100 ? idleConsumers(on: stable.side) : nil
        let failing = isFailing(stable.side) ? "\(stable.side.rawValue) fails most of what it is given" : nil
        let dead =
            idle
            ?? [lacking(of: stable, weight: 100), failing].compactMap { $0 }.joined(separator: "; ")
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

    var isShortForLong: Bool { isShort(for: Self.shortTolerance) }

    /// Whether what serves has been short of what it should have for so long.
    func isShort(for span: Span) -> Bool { shortSince.map { now - $0 >= span } ?? false }

    /// What serves carries nothing of what it is given.
    private var isServingDead: Bool {
        guard let stable = status.stable, weight(of: stable.side) > 0 else { return false }
        return carryWell(stable) == 0
    }

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

    /// Whether the serving side lacks replicas or consumers now. On the way back it grows; then only one of which nothing is
    /// ready does.
    private var lacksWhatItShould: Bool {
        guard let stable = status.stable else { return false }
        if status.rollback != nil { return isDead(stable.side) }
        if let stage = status.stage, let candidate = status.candidate {
            // Whatever its share is by now, how long it has been dead counts once something newer is declared.
            return lacksShare(stage, candidate) || carriesReady(stable) == 0
        }
        return carry(stable) < 100 || idleConsumers(on: stable.side) != nil
    }

    /// What is declared and has to wait until what is in flight is over.
    private func queuedRelease() -> QueuedRelease? {
        guard let declaration, !context.isAbsent, status.removal == nil, status.stage != nil || status.rollback != nil
        else { return nil }
        let standing = [status.candidate, status.stable].compactMap { $0?.release.digest }
        guard
            let next = [declaration.serving, declaration.dark].compactMap({ $0 }).first(where: { release in
                !standing.contains(release.digest) && status.rejection(of: release) == nil
            })
        else { return nil }
        return QueuedRelease(
            version: next.release.version, introduced: next.introduced,
            activation: next.digest == declaration.dark?.digest ? .inactive : .active)
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
        if status.rollback != nil { return isShortForLong ? .degraded : .progressing }
        if status.stage != nil, isShort { return .degraded }
        switch status.waiting?.reason {
        case .suspended, .paused, .until: return .paused
        case .failure: return .degraded
        case .dependency: return .pending
        default: break
        }
        if status.stage != nil { return .progressing }
        guard let declaration else { return status.phase }
        guard status.stable != nil else {
            if let missing = phaseOfDark(declaration) { return missing }
            return declaration.serving == nil && status.appliedRevision != nil ? .healthy : .progressing
        }
        if status.stable?.release.digest != declaration.serving?.digest { return .progressing }
        if isShortForLong || isServingDead || context.refusal != nil { return .degraded }
        // What was read of the route counts, and not what was asked for: it may be nobody's here to set.
        if let stable = status.stable, weight(of: stable.side) == 0 {
            return proposal == nil ? .degraded : .progressing
        }
        return phaseOfDark(declaration) ?? (status.appliedRevision == nil ? .progressing : .healthy)
    }

    /// What is to be told of a dark release that does not stand; nil where it does, or only just lost something.
    private func phaseOfDark(_ declaration: Declaration) -> Phase? {
        guard let dark, darkShortage(dark) != nil else { return nil }
        if let clock = status.bringUp, clock.isOver(at: now) { return .degraded }
        return status.appliedRevision == declaration.revision ? nil : .progressing
    }

    private mutating func set(
        _ type: Condition.Kind, _ value: Bool, _ reason: String, _ message: String, rewrittenTo head: Revision? = nil
    ) {
        status.set(type, value, reason, message, rewrittenTo: head, at: now)
    }
}
