extension Planner {
    /// A rollout with a stable side to come from: decides whether it still is what is wanted, then climbs.
    mutating func stepForward() {
        guard let stable = status.stable, var candidate = status.candidate else { return }
        if status.rejected.contains(where: { $0.attempt == candidate.release.attempt }) {
            turnBack(.rejected, "\(candidate.release.release.version) is rejected")
            return
        }
        if heedAbort(candidate) { return }
        if let declaration {
            guard let desired = declaration.serving else {
                turnBack(.deactivated, "nothing is declared to serve")
                return
            }
            if desired.digest == candidate.release.digest {
                adoptInPlace(&candidate, desired, declaration)
                status.candidate = candidate
            } else if desired.digest == stable.release.digest {
                let isDark = declaration.dark?.digest == candidate.release.digest
                turnBack(
                    isDark ? .deactivated : .reverted,
                    isDark
                        ? "\(candidate.release.release.version) was declared inactive"
                        : "reverted to \(stable.release.release.version)")
                return
            } else if takesOver(candidate, from: stable) {
                return
            } else if candidate.strategy.onNewVersion == .replace || status.stage?.failure != nil {
                turnBack(.superseded, "superseded by \(desired.release.version)")
                return
            } else if let gate = undeclaredGate(candidate, declaration) {
                turnBack(
                    .superseded,
                    "superseded by \(desired.release.version), whose strategy does without gate \(gate)")
                return
            }
        }
        climb()
    }

    /// A gate that the candidate still has before it and that the head's strategy no longer names: a version that waits in
    /// a queue brings its own strategy, and nothing could judge the one before it to its end.
    private func undeclaredGate(_ candidate: Placement, _ declaration: Declaration) -> String? {
        guard let stage = status.stage, candidate.strategy.stages.indices.contains(stage.index) else { return nil }
        return candidate.strategy.stages[stage.index...].lazy.flatMap(\.gates)
            .first { declaration.gates[$0] == nil }
    }

    /// Takes over what applies in place: replicas, strategy, the commits.
    private mutating func adoptInPlace(
        _ candidate: inout Placement, _ desired: DeclaredRelease, _ declaration: Declaration
    ) {
        candidate.release.introduced = desired.introduced
        candidate.release.replicas = desired.replicas
        candidate.revision = declaration.revision
        guard candidate.strategy != declaration.strategy else { return }
        candidate.strategy = declaration.strategy
        reseat(&candidate)
    }

    /// Position is a weight, not an index: the rollout stands at the new ladder's last stage not above its weight,
    /// runs that stage's gates again and starts its hold again. The weight does not jump.
    private mutating func reseat(_ candidate: inout Placement) {
        guard let old = status.stage else { return }
        let stages = candidate.strategy.stages
        let standing = min(candidate.weight, max(weight(of: candidate.side), 0))
        let index = stages.lastIndex { $0.weight <= standing && standing > 0 } ?? 0
        var stage = newStage(index, of: candidate)
        if standing > 0, stages[index].weight <= standing { stage.weight = standing }
        stage.pausedAt = old.pausedAt
        stage.haltedAt = old.haltedAt
        // What failed is not tried again by an edit of its strategy.
        stage.failure = old.failure
        status.stage = stage
        candidate.weight = stage.weight
        status.stable?.weight = 100 - stage.weight
        note("strategy changed at \(standing)%: stage \(index + 1)/\(stages.count) \(stage.name)")
    }

    func newStage(_ index: Int, of candidate: Placement) -> StageProgress {
        let stage = candidate.strategy.stages[index]
        return StageProgress(
            index: index, name: stage.name, weight: stage.weight, enteredAt: now,
            deadline: now + candidate.strategy.progressDeadline,
            gates: stage.gates.map { GateProgress(name: $0, kind: declaration?.gates[$0]?.check.kind) })
    }

    mutating func enterStage(_ index: Int) {
        guard var candidate = status.candidate else { return }
        let stage = newStage(index, of: candidate)
        status.stage = stage
        candidate.weight = stage.weight
        candidate.state = .ramping
        status.candidate = candidate
        status.stable?.weight = 100 - stage.weight
        note(
            "\(candidate.side.rawValue) to \(stage.weight)% (stage \(index + 1)/\(candidate.strategy.stages.count) "
                + "\(stage.name), \(candidate.release.release.version))")
    }

    // MARK: One stage

    private mutating func climb() {
        guard let candidate = status.candidate, let stage = status.stage else { return }
        if protect(candidate) { return }
        if halt(of: candidate.release.attempt) == nil, let stable = status.stable, restoreFloors(of: stable) { return }
        if relieve(candidate, stage) { return }
        if heedRetryOfHeld() { return }
        if let failure = stage.failure {
            wait(.failure, "\(failure); held by onFailure: hold until it is retried, aborted or replaced")
            return
        }
        guard declaration != nil else {
            wait(.invalid, "no valid declaration has been read; the rollout stays where it is")
            return
        }
        let halt = halt(of: candidate.release.attempt)
        pauseHold(halt != nil)
        if let halt {
            wait(halt.reason, "\(weight(of: candidate.side))% on \(candidate.side.rawValue): \(halt.message)")
            return
        }
        heedPromotion(candidate)
        if skipStages(candidate) { return }
        if giveBack(candidate) { return }
        guard let stage = status.stage else { return }
        if stage.heldSince == nil {
            makeWeight(candidate)
        } else {
            hold(candidate)
        }
    }

    /// Gives weight back that the candidate can no longer carry, as far as the stable side can.
    private mutating func protect(_ candidate: Placement) -> Bool {
        let current = weight(of: candidate.side)
        let carried = carry(candidate)
        guard isSettled, current > carried, let stable = status.stable else { return false }
        let spare = carry(stable) - (100 - current)
        guard spare > 0 || carried == 0 else { return false }
        restartHold(candidate)
        if status.stage?.failure == nil, isOverdue() {
            fail("\(shortage(of: candidate, weight: current)) for longer than \(candidate.strategy.progressDeadline)")
            return true
        }
        return walk(to: 100 - carried, on: stable.side, .back) == .underWay && proposal != nil
    }

    /// The weight of a stage is to be made, or made anew: its hold begins when it stands.
    mutating func restartHold(_ candidate: Placement) {
        guard status.stage?.heldSince != nil else { return }
        status.stage?.heldSince = nil
        status.stage?.holdUntil = nil
        status.stage?.passed = false
        status.stage?.clock = StageClock(deadline: now + candidate.strategy.progressDeadline)
    }

    private mutating func makeWeight(_ candidate: Placement) {
        guard let stage = status.stage else { return }
        if isOverdue() {
            let missing = cause(candidate, weight: max(stage.weight, candidate.strategy.prescale))
            fail("stage \(stage.name) made no progress within \(candidate.strategy.progressDeadline): \(missing)")
            return
        }
        let target = due(in: stage, candidate)
        let prescaled = min(candidate.strategy.prescale, 100)
        if ensureDeployed(candidate, at: max(prescaled, min(stage.weight, prescaled)), .forward)
            || weight(of: candidate.side) == 0 && !hasStarted(candidate, atLeast: prescaled)
        {
            return
        }
        if !gatesPass(.before, candidate) { return }
        guard walk(to: target, on: candidate.side, .forward) == .arrived else { return }
        guard carry(candidate) >= target else {
            isActive = true
            wait(.capacity, shortage(of: candidate, weight: target))
            return
        }
        let hold = stage.promotion == nil ? candidate.strategy.stages[stage.index].hold : .zero
        status.stage?.heldSince = now
        status.stage?.holdUntil = now + hold
        status.stage?.clock = StageClock(deadline: now + hold + candidate.strategy.progressDeadline)
        note(
            "\(candidate.side.rawValue) \(target)% (stage \(stage.index + 1)/"
                + "\(candidate.strategy.stages.count) \(stage.name), \(candidate.release.release.version))")
    }

    /// Whether the prescaled replicas stand ready, within what the surge allows.
    private mutating func hasStarted(_ candidate: Placement, atLeast prescale: Int) -> Bool {
        guard let side = observation.sides[candidate.side] else { return false }
        let isUp = side.components.allSatisfy { $0.ready >= $0.floor && $0.ready > 0 }
        if !isUp {
            isActive = true
            // Somebody took its replicas away, or there was no room for them when it was deployed.
            if let floors = growth(of: candidate, from: status.stable, to: prescale, at: 0, .forward).grow {
                propose(
                    .scale(side: candidate.side, floors: floors),
                    "scale \(candidate.side.rawValue) \(describe(floors))", .forward)
            }
            wait(.capacity, shortage(of: candidate, weight: prescale))
        }
        return isUp
    }

    private mutating func hold(_ candidate: Placement) {
        guard let stage = status.stage, let holdUntil = stage.holdUntil else { return }
        let target = due(in: stage, candidate)
        if weight(of: candidate.side) != target {
            restartHold(candidate)
            return
        }
        if walk(to: target, on: candidate.side, .forward) == .underWay {
            if proposal == nil, !stage.passed, isOverdue(), !isOthersTime {
                fail(
                    "\(status.waiting?.message ?? "no progress") for longer than \(candidate.strategy.progressDeadline)"
                )
            }
            return
        }
        if !stage.passed {
            if isOverdue() {
                let open = openGates(.during).map { ": \($0)" } ?? ""
                fail(
                    "the gates of stage \(stage.name) did not pass within \(candidate.strategy.progressDeadline)\(open)"
                )
                return
            }
            if now < holdUntil {
                let measured = stage.gates.compactMap { words($0).map { "; \($0)" } }
                wait(.hold, "stage \(stage.name) holds \(target)%\(measured.joined())", until: holdUntil)
            }
            let passed = gatesPass(.during, candidate)
            guard status.stage != nil, status.rollback == nil, status.stage?.failure == nil else { return }
            if now < holdUntil { return }
            guard passed else { return }
            status.stage?.passed = true
        }
        if stage.index == candidate.strategy.stages.count - 1 {
            complete(candidate)
        } else if stage.index >= ceiling(of: candidate) {
            wait(.until, "until: \(stage.name) is reached; a commit that raises it goes on")
        } else {
            enterStage(stage.index + 1)
        }
    }

    /// The last stage that `until` lets the rollout reach. A name that the ladder does not have stops it where it is.
    func ceiling(of candidate: Placement) -> Int {
        guard let declaration, declaration.digest == candidate.release.digest,
            let until = declaration.application.until
        else { return candidate.strategy.stages.count - 1 }
        return candidate.strategy.stages.firstIndex { $0.name == until } ?? status.stage?.index ?? 0
    }

    private mutating func complete(_ candidate: Placement) {
        guard let stable = status.stable else { return }
        var old = stable
        old.weight = 0
        old.state = drained(old.side, old)
        old.since = now
        var new = candidate
        new.weight = 100
        new.state = .current
        new.since = now
        status.stable = new
        status.candidate = nil
        status.stage = nil
        // Who goes back by a ladder leaves what was taken back, and does not come to serve it again by going back.
        let isTakenBack = status.past?.isTakenBack(old.release.digest) ?? false
        status.retained = Retained(
            placement: old, until: now + new.strategy.retention.time, served: !isTakenBack)
        // What is declared dark beside it has yet to come up.
        if declaration?.dark == nil { status.appliedRevision = new.revision }
        note("\(new.release.release.version) serves on \(new.side.rawValue), after \(old.release.release.version)")
    }

    // MARK: Deadlines and failure

    private func isOverdue() -> Bool { status.stage?.clock.isOver(at: now) ?? false }

    /// Stops the stage's hold, or lets it run on with what was left of it: who halts a rollout for an hour does not find
    /// it at the next stage the moment that it goes on.
    private mutating func pauseHold(_ paused: Bool) {
        guard let stage = status.stage else { return }
        if paused, stage.haltedAt == nil {
            status.stage?.haltedAt = now
        } else if !paused, let since = stage.haltedAt {
            status.stage?.haltedAt = nil
            if let end = stage.holdUntil { status.stage?.holdUntil = max(end, since) + (now - since) }
        }
    }

    /// A stage failed: does what the strategy says.
    mutating func fail(_ message: String) {
        guard let candidate = status.candidate else { return }
        guard candidate.strategy.onFailure != .hold, status.stable != nil else {
            status.stage?.failure = message
            note("\(candidate.release.release.version) failed, held: \(message)")
            return
        }
        reject(candidate.release, message)
        if candidate.strategy.onFailure == .revert, let last = status.rejected.indices.last {
            status.rejected[last].restoration = .pending
        }
        turnBack(.rejected, message)
    }

    mutating func reject(_ release: DeclaredRelease, _ message: String) {
        guard !status.rejected.contains(where: { $0.attempt == release.attempt }) else { return }
        status.rejected.append(
            Rejection(attempt: release.attempt, version: release.release.version, reason: message, at: now))
        if status.rejected.count > Status.rejectedLimit { status.rejected.removeFirst() }
    }

    mutating func turnBack(_ reason: RollbackProgress.Reason, _ message: String) {
        status.rollback = RollbackProgress(reason: reason, message: message, since: now)
        status.stage = nil
        status.candidate?.weight = 0
        status.candidate?.state = .draining
        status.stable?.weight = 100
        note("back to \(status.stable?.release.release.version ?? "nothing"): \(message)")
    }
}
