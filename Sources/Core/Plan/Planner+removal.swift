extension Planner {
    /// Removal as a phase: rollout cancelled, grace, candidate then stable torn down, a tombstone.
    ///
    /// - Returns: whether this decision is about removal and nothing else.
    mutating func stepRemoval() -> Bool {
        guard context.isRemoved else {
            if context.isAbsent, let removal = status.removal, removal.doneAt == nil {
                if status.rollback != nil {
                    stepBack()
                } else {
                    waitForRemoval()
                }
                return true
            }
            if status.removal?.doneAt == nil {
                status.removal = nil
                note("declared again; removal cancelled")
                return false
            }
            return true
        }
        if status.removal?.doneAt != nil { return true }
        if status.removal == nil {
            status.removal = Removal(since: now, graceUntil: now + context.configuration.removalGrace)
            note("no longer declared; removal begins after \(context.configuration.removalGrace)")
        }
        guard let removal = status.removal else { return true }
        if status.stage != nil, status.stable != nil, status.candidate != nil, status.rollback == nil {
            turnBack(.removed, "no longer declared")
        }
        if status.rollback != nil {
            stepBack()
            return true
        }
        if let pause = context.fleetPause {
            status.waiting = nil
            wait(.paused, "no longer declared; nothing is torn down while the fleet is paused by \(pause.origin)")
            return true
        }
        if now < removal.graceUntil {
            if let stable = status.stable { keep(stable) }
            status.waiting = nil
            wait(.removal, "no longer declared; teardown begins when the grace period ends", until: removal.graceUntil)
            return true
        }
        tearDown()
        return true
    }

    private mutating func waitForRemoval() {
        let why = context.removalHeldBy ?? "it is not known to be gone"
        wait(.invalid, "no longer declared; its removal is held: \(why)")
    }

    /// Says at rest why what is no longer declared goes on; in a rollout its steps are told, and the condition beside them.
    mutating func tellOfHeldRemoval() {
        guard context.removalHeldBy != nil, proposal == nil, status.stage == nil, status.rollback == nil,
            status.removal == nil, status.adopting == nil, status.bringUp == nil
        else { return }
        waitForRemoval()
    }

    private mutating func tearDown() {
        let serving = status.stable?.side
        // Weight that somebody gave to another side by hand would keep it from ever being drained.
        if Side.allCases.contains(where: { $0 != serving && weight(of: $0) > 0 }) {
            propose(.route(nil), "no route", .forward)
            return
        }
        for side in Side.allCases where side != serving && observation.sides[side] != nil {
            tearDown(side)
            return
        }
        if observation.route != nil {
            propose(.route(nil), "no route", .forward)
            return
        }
        for side in Side.allCases where observation.sides[side] != nil {
            tearDown(side)
            return
        }
        status.removal?.doneAt = now
        status.stable = nil
        status.candidate = nil
        status.retained = nil
        status.stage = nil
        note("removed")
    }

    private mutating func tearDown(_ side: Side) {
        guard isDrained(side) else {
            isActive = true
            wait(.drain, unfinished(on: side) ?? "\(side.rawValue) still finishes work")
            return
        }
        propose(.teardown(side: side), "teardown \(side.rawValue)", .forward)
    }
}
