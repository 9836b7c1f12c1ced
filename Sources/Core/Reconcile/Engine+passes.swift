extension Engine {
    mutating func observed(
        _ name: ApplicationName, _ result: Result<Observation, EffectFailure>, _ now: Instant,
        _ commands: inout [Command]
    ) {
        guard states[name] != nil else { return }
        switch result {
        case .failure(let failure):
            failed(name, failure, now)
        case .success(let observation):
            if isOutdated(observation, name, now) {
                endPass(name, wakeAt: now + max(.seconds(1), configuration.activeObserveInterval), now)
            } else {
                decide(name, observation, now, &commands)
            }
        }
    }

    /// Whether an observation says nothing new: it was read before what was done last, or long ago.
    ///
    /// A platform whose clock was set back is believed again once it has reported later and later times for a while;
    /// one that repeats an old report is not.
    mutating func isOutdated(_ observation: Observation, _ name: ApplicationName, _ now: Instant) -> Bool {
        if let firstReadAt, observation.readAt != firstReadAt { isPlatformHeard = true }
        firstReadAt = firstReadAt ?? observation.readAt
        let offset = max(platformOffset ?? observation.readAt - now, observation.readAt - now)
        platformOffset = offset
        let isTooOld = now + offset - observation.readAt > configuration.maxObservationAge
        let verdict = states[name]?.takeIn(readAt: observation.readAt, isTooOld: isTooOld)
        if verdict == .believedAgain { platformOffset = observation.readAt - now }
        return verdict.map { $0 == .outdated } ?? true
    }

    mutating func decide(
        _ name: ApplicationName, _ observation: Observation, _ now: Instant, _ commands: inout [Command]
    ) {
        guard var state = states[name] else { return }
        let offset = platformOffset ?? observation.readAt - now
        if state.isRestored { restoreTimes(&state, observation, now) }
        var context = context(state, age: now + offset - observation.readAt, now)
        bound(&context, state, observation)
        var planner = Planner(
            declaration: state.declaration, status: state.status, observation: observation, context: context)
        planner.run()
        let before = state.status
        state.status = planner.status
        state.status.keepWaiting(since: before, at: now)
        state.shortSince = planner.shortSince
        state.reach = planner.reach
        if planner.status.stage?.index != before.stage?.index
            || planner.status.candidate?.side != before.candidate?.side
            || (planner.status.rollback == nil) != (before.rollback == nil)
        {
            state.actions = 0
        }
        if let declaration = state.declaration, state.heldBy == nil {
            state.status.observedRevision = declaration.revision
        }
        state.isBusy = planner.isActive || !planner.gateRuns.isEmpty
        record(&state, before, summary: planner.summary, seen: observation, at: now)
        if planner.proposal == nil { state.failures = 0 }
        let stage = state.status.stage?.index ?? -1
        states[name] = state
        if before.isOtherwise(for: state.status) { wakeDependents(of: name, now) }
        queue.note(
            name, isInFlight: state.status.isInFlight(isOthersTime: planner.isOthersTime, now),
            isQueued: planner.isQueued)
        let areStarted = start(planner.gateRuns, of: name, stage, now, &commands)
        restore(name, now, &commands)
        if let proposal = planner.proposal, mayPerform(proposal, of: name, since: before, now) {
            states[name]?.lookDue = state.isTimed(at: now) ? now : nil
            perform(proposal, of: name, now, &commands)
            return
        }
        states[name]?.lastPurpose = nil
        states[name]?.repetitions = 0
        let isActive = planner.isActive || !areStarted
        let interval = isActive ? configuration.activeObserveInterval : configuration.idleObserveInterval
        let usual = now + (isActive ? interval : jitter.spread(interval))
        // What is overdue and was not done waits for something else, which wakes it or is looked for as usual.
        let due = planner.wakeAt.flatMap { $0 > now ? $0 : nil }
        states[name]?.lookDue = state.isTimed(at: now) ? min(due ?? usual, usual) : nil
        endPass(name, wakeAt: min(due ?? usual, usual), now)
    }

    /// How much longer than it should it took until somebody looked: the daemon had too much to do, or nobody answered.
    /// Nobody but the daemon answers for that.
    func lateness(of state: ApplicationState, _ now: Instant) -> Span {
        state.lookDue.map { max(.zero, now - $0 - configuration.maxObservationAge) } ?? .zero
    }

    func context(_ state: ApplicationState, age: Span, _ now: Instant) -> Planner.Context {
        var context = Planner.Context(now: now, configuration: configuration)
        context.observationAge = age
        context.isAgeKnown = isPlatformHeard
        context.isAbsent = state.isAbsent
        context.isRemoved = state.isAbsent && isPruningAllowed
        if state.isAbsent, !isPruningAllowed {
            context.removalHeldBy = pruningObstacle ?? "the manifests could not be read in full"
            context.rewrittenTo = rewrittenTo
        }
        if state.isAbsent, isPruningAllowed, let claim = claim(on: state.status.application) {
            context.isRemoved = false
            context.removalHeldBy = claim
        }
        context.unfinishedRename = unfinishedRename(state)
        context.awaitsRename = awaitingRename.contains(state.status.application)
        context.heldBy = state.heldBy
        context.shortSince = state.shortSince
        context.lateness = lateness(of: state, now)
        context.reach = state.reach
        context.queue = queue.place(of: state.status.application)
        if state.failures >= Self.patience, let waiting = state.status.waiting, waiting.reason == .platform {
            context.refusal = waiting.message
        }
        context.unmetDependency = unmetDependency(of: state)
        context.requests = requests(for: state)
        context.fleetPause = fleetPause
        context.areRequestsKnown = areRequestsKnown
        return context
    }

    /// Moves forward wait until the progress they build on is pushed, and until it is known who asks for what; moves
    /// back never do.
    private mutating func mayPerform(
        _ proposal: Planner.Proposal, of name: ApplicationName, since before: Status, _ now: Instant
    ) -> Bool {
        guard let state = states[name] else { return false }
        if proposal.direction == .back { return true }
        if !areRequestsKnown {
            let why = requestsFailure.map { ": \($0.message)" } ?? ""
            awaitGit(name, "the requests branch is to be read before \(proposal.purpose)\(why)", since: before, now)
            return false
        }
        if state.pushed >= state.required { return true }
        let why = pushFailure.map { ": \($0.message)" } ?? ""
        awaitGit(name, "progress is to be on the status branch before \(proposal.purpose)\(why)", since: before, now)
        return false
    }

    private mutating func awaitGit(
        _ name: ApplicationName, _ message: String, since before: Status, _ now: Instant
    ) {
        guard var state = states[name] else { return }
        state.status.waiting = Waiting(.status, message)
        state.status.keepWaiting(since: before, at: now)
        state.stopClocks(at: now, after: .zero)
        states[name] = state
    }

    mutating func perform(
        _ proposal: Planner.Proposal, of name: ApplicationName, _ now: Instant, _ commands: inout [Command]
    ) {
        guard let epoch, var state = states[name] else { return }
        let stage = state.status.stage?.index ?? -1
        lastSequence += 1
        let key = ActionKey(
            application: name, digest: (state.status.candidate ?? state.status.stable)?.release.digest, stage: stage,
            purpose: proposal.purpose, attempt: state.actions, epoch: epoch, sequence: lastSequence,
            environment: configuration.environment)
        state.actions += 1
        state.repetitions = state.lastPurpose == proposal.purpose ? state.repetitions + 1 : 0
        state.lastPurpose = proposal.purpose
        let adopts = if case .adopt = proposal.action { true } else { false }
        let id = begin(.perform(name, adopts: adopts), now)
        underWay += 1
        state.pass = .performing(id)
        states[name] = state
        occupy(proposal.action, name)
        commands.append(.perform(id, proposal.action, key))
    }

    mutating func performed(
        _ name: ApplicationName, _ result: Result<Receipt, EffectFailure>, _ now: Instant
    ) {
        switch result {
        case .success(let receipt):
            states[name]?.freshAfter = receipt.at
            states[name]?.failures = 0
            // What was done and does not stay done, since somebody or something undoes it, is not done without end.
            let repetitions = states[name]?.repetitions ?? 0
            let pause = backoff(max(1, repetitions - 1), atLeast: configuration.activeObserveInterval)
            endPass(name, wakeAt: repetitions < 2 ? now : now + pause, now)
        case .failure(let failure) where failure.kind == .staleEpoch:
            // The platform has obeyed a later leader. Which one does not matter: this one is not it any more.
            standBy((epoch ?? 0) + 1)
        case .failure(let failure):
            // It may have been done all the same: what was read before now tells nothing of that.
            if let offset = platformOffset, let known = states[name]?.freshAfter {
                states[name]?.freshAfter = max(known, now + offset)
            }
            failed(name, failure, now)
        }
    }

    /// So many failures in a row are told as a condition.
    private static var patience: Int { 3 }

    mutating func failed(_ name: ApplicationName, _ failure: EffectFailure, _ now: Instant) {
        guard var state = states[name] else { return }
        state.failures += 1
        let before = state.status
        state.status.waiting = Waiting(.platform, failure.message)
        // One that says no may have been asked for what cannot be; one that does not answer has not.
        if failure.kind != .refused { state.stopClocks(at: now, after: lateness(of: state, now)) }
        state.lookDue = nil
        // It costs little while nobody answers, and holds up nobody else.
        queue.forget(name)
        if state.failures >= Self.patience {
            let reason = failure.kind == .refused ? "Refused" : "Unreachable"
            state.status.set(.platformReachable, false, reason, failure.message, at: now)
        }
        state.status.keepWaiting(since: before, at: now)
        record(&state, before, summary: state.failures == Self.patience ? "platform: \(failure.message)" : nil, at: now)
        state.isBusy = true
        states[name] = state
        endPass(name, wakeAt: now + backoff(states[name]?.failures ?? 1, atLeast: configuration.backoffBase), now)
    }

    mutating func endPass(_ name: ApplicationName, wakeAt: Instant, _ now: Instant) {
        guard var state = states[name] else { return }
        state.pass = .idle
        let isWoken = state.wokenDuringPass
        state.wokenDuringPass = false
        states[name] = state
        if state.isForgettable { return forget(name) }
        schedule.wake(name, at: isWoken ? now : wakeAt, isPreferred: queue.isPreferred(name))
    }

    /// Asks for a pass now; one that is under way is followed by another.
    mutating func wake(_ name: ApplicationName, _ now: Instant) {
        guard let state = states[name] else { return }
        if state.pass == .idle {
            schedule.wake(name, at: now, isPreferred: queue.isPreferred(name))
        } else {
            states[name]?.wokenDuringPass = true
        }
    }

    mutating func wakeDependents(of name: ApplicationName, _ now: Instant) {
        for dependent in (dependents[name] ?? []).sorted() { wake(dependent, now) }
    }

    mutating func link(_ name: ApplicationName, from old: [ApplicationName], to new: [ApplicationName]) {
        for dependency in old where !new.contains(dependency) {
            dependents[dependency]?.remove(name)
            if dependents[dependency]?.isEmpty == true { dependents[dependency] = nil }
        }
        for dependency in new { dependents[dependency, default: []].insert(name) }
    }
}
