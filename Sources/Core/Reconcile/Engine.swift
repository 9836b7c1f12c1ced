/// The state machine that decides everything: `(state, event, now) → (state, commands)`, pure and synchronous.
///
/// A shell feeds it events and carries out its commands; the daemon's shell does so with real git and platforms,
/// the simulation's with simulated ones. Every decision is derived from what is declared, what is observed and what
/// was recorded; an event only says that something may have changed.
///
/// One pass of an application is: observe, decide, perform at most one action, and again. At most one pass of an
/// application is under way at a time; applications do not wait for each other.
package struct Engine: Sendable {
    package let configuration: EngineConfiguration
    /// The epoch under which actions are issued; nil while this engine does not lead.
    package private(set) var epoch: Int?
    /// The higher epoch that was read, once this engine stands by.
    package private(set) var supersededBy: Int?
    /// The revision that was declared last.
    package private(set) var revision: Revision?
    /// Why the manifest repository cannot be read; nil while it can.
    package private(set) var fetchFailure: EffectFailure?
    /// Why statuses cannot be pushed; nil while they can.
    package private(set) var pushFailure: EffectFailure?

    var states: [ApplicationName: ApplicationState] = [:]
    var schedule = Schedule()
    var jitter: Jitter

    private var effects: [EffectID: Effect] = [:]
    private var lastEffect = 0
    private var lastSequence = 0
    /// Observations and actions under way.
    private var underWay = 0
    private var fetchEffect: EffectID?
    private var fetchDue = Instant(milliseconds: .min)
    private var fetchFailures = 0
    private var isPoked = false
    private var pushEffect: EffectID?
    private var pushDue = Instant(milliseconds: .min)
    private var pushFailures = 0
    private var pendingPush: Set<ApplicationName> = []
    private var isFleetKnown = false
    var isPruningAllowed = false
    /// Known applications that the head does not declare.
    var absent: Set<ApplicationName> = []
    /// Applications declared `renamedFrom` one that is not known to be gone yet; they wait for it.
    var awaitingRename: Set<ApplicationName> = []
    /// Who waits for whom to become Healthy.
    private var dependents: [ApplicationName: Set<ApplicationName>] = [:]
    /// The platform's clock minus ours, as far as it was ever ahead.
    private var platformOffset: Span?

    private enum Effect: Sendable {
        case fetch(deadline: Instant)
        case observe(ApplicationName, deadline: Instant)
        case perform(ApplicationName, adopts: Bool, deadline: Instant)
        case evaluate(ApplicationName, gate: Gate, Attempt, stage: Int, deadline: Instant)
        case push([ApplicationName: Int], deadline: Instant)

        var deadline: Instant {
            switch self {
            case .fetch(let deadline), .observe(_, let deadline), .perform(_, _, let deadline),
                .evaluate(_, _, _, _, let deadline), .push(_, let deadline):
                deadline
            }
        }
    }

    package init(configuration: EngineConfiguration) {
        self.configuration = configuration
        jitter = Jitter(state: configuration.seed)
    }

    // MARK: Read side

    /// Names of all applications that are known, sorted.
    package var applications: [ApplicationName] { states.keys.sorted() }

    /// Progress as decided; what the status branch holds may be a push behind.
    package func status(of name: ApplicationName) -> Status? { states[name]?.status }

    /// Whether nothing is left to do now: everything declared was looked at, nothing is moving, nothing is unsaid.
    package var isQuiescent: Bool {
        guard epoch != nil else { return supersededBy != nil }
        return isFleetKnown && effects.isEmpty && pendingPush.isEmpty && states.values.allSatisfy { !$0.isBusy }
    }

    /// When a ``Event/tick`` is wanted at the latest; nil for never.
    package var nextWake: Instant? {
        mutating get {
            guard epoch != nil else { return nil }
            var wake = fetchEffect == nil ? fetchDue : nil
            if isFleetKnown, underWay < configuration.concurrency, let next = schedule.next {
                wake = min(wake ?? next, next)
            }
            if pushEffect == nil, !pendingPush.isEmpty { wake = min(wake ?? pushDue, pushDue) }
            for effect in effects.values { wake = min(wake ?? effect.deadline, effect.deadline) }
            return wake
        }
    }

    // MARK: Events

    /// Takes in one event and answers with what is to be done.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: never less than at the call before.
    /// - Returns: what is to be done, in order.
    package mutating func handle(_ event: Event, at now: Instant) -> [Command] {
        var commands: [Command] = []
        take(event, now, &commands)
        guard epoch != nil else { return [] }
        expireEffects(now)
        issue(now, &commands)
        return commands
    }

    private mutating func take(_ event: Event, _ now: Instant, _ commands: inout [Command]) {
        switch event {
        case .led(let epoch, let statuses):
            lead(epoch, statuses, now)
        case .superseded(let epoch):
            standBy(epoch)
        case .poke:
            fetchDue = now
            isPoked = fetchEffect != nil
        case .tick:
            break
        case .fetched(let id, let outcome):
            guard case .fetch? = effects.removeValue(forKey: id) else { return }
            fetchEffect = nil
            fetched(outcome, now)
            // A fetch that was under way may have looked before what the poke was about.
            if isPoked { fetchDue = now }
            isPoked = false
        case .observed(let id, let result):
            guard case .observe(let name, _)? = effects.removeValue(forKey: id) else { return }
            underWay -= 1
            observed(name, result, now, &commands)
        case .performed(let id, let result):
            guard case .perform(let name, let adopts, _)? = effects.removeValue(forKey: id) else { return }
            underWay -= 1
            if adopts, case .success = result { states[name]?.status.adopting = nil }
            performed(name, result, now)
        case .evaluated(let id, let result):
            guard case .evaluate(let name, let gate, let attempt, let stage, _)? = effects.removeValue(forKey: id)
            else { return }
            evaluated(name, gate, attempt, stage, result, now)
        case .pushed(let id, let outcome):
            guard case .push(let generations, _)? = effects.removeValue(forKey: id) else { return }
            pushEffect = nil
            pushed(generations, outcome, now)
        }
    }

    private mutating func lead(_ epoch: Int, _ statuses: [Status], _ now: Instant) {
        self.epoch = epoch
        supersededBy = nil
        for status in statuses where status.removal?.doneAt == nil {
            states[status.application] = ApplicationState(status: status, isRestored: true)
        }
        fetchDue = now
    }

    /// Another daemon acts: issue nothing more, and forget what is under way.
    mutating func standBy(_ epoch: Int) {
        guard epoch > (self.epoch ?? -1) else { return }
        supersededBy = epoch
        self.epoch = nil
        effects = [:]
        underWay = 0
        fetchEffect = nil
        pushEffect = nil
        pendingPush = []
    }

    private mutating func fetched(_ outcome: FetchOutcome, _ now: Instant) {
        switch outcome {
        case .failed(let failure):
            fetchFailure = failure
            fetchFailures += 1
            fetchDue = now + backoff(fetchFailures, atLeast: configuration.pollInterval)
        case .unchanged:
            fetchFailure = nil
            fetchFailures = 0
            fetchDue = now + configuration.pollInterval
        case .changed(let change):
            fetchFailure = nil
            fetchFailures = 0
            fetchDue = now + configuration.pollInterval
            revision = change.revision
            isFleetKnown = true
            apply(change, now)
        }
    }

    private mutating func backoff(_ failures: Int, atLeast base: Span) -> Span {
        jitter.backoff(failures, base: max(base, configuration.backoffBase), limit: configuration.backoffLimit)
    }

    // MARK: Passes

    private mutating func observed(
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
    private mutating func isOutdated(_ observation: Observation, _ name: ApplicationName, _ now: Instant) -> Bool {
        guard var state = states[name] else { return true }
        defer { states[name] = state }
        let isNewer = observation.readAt > state.lastReadAt
        state.lastReadAt = observation.readAt
        let offset = max(platformOffset ?? observation.readAt - now, observation.readAt - now)
        platformOffset = offset
        let age = now + offset - observation.readAt
        let isBeforeLast = observation.readAt < state.freshAfter
        if !isBeforeLast, age <= configuration.maxObservationAge {
            state.outdatedCount = 0
            return false
        }
        state.outdatedCount = isNewer ? state.outdatedCount + 1 : 0
        guard state.outdatedCount >= 4 else { return isBeforeLast }
        state.outdatedCount = 0
        state.freshAfter = observation.readAt
        platformOffset = observation.readAt - now
        return false
    }

    private mutating func decide(
        _ name: ApplicationName, _ observation: Observation, _ now: Instant, _ commands: inout [Command]
    ) {
        guard var state = states[name] else { return }
        let offset = platformOffset ?? observation.readAt - now
        if state.isRestored { restoreTimes(&state, observation, now) }
        var planner = Planner(
            declaration: state.declaration, status: state.status, observation: observation,
            context: context(state, age: now + offset - observation.readAt, now))
        planner.run()
        let before = state.status
        state.status = planner.status
        state.shortSince = planner.shortSince
        if planner.status.stage?.index != before.stage?.index
            || planner.status.candidate?.side != before.candidate?.side
            || (planner.status.rollback == nil) != (before.rollback == nil)
        {
            state.attempts = [:]
        }
        if let declaration = state.declaration, state.heldBy == nil {
            state.status.observedRevision = declaration.revision
        }
        record(&state, before, summary: planner.summary, at: now)
        state.isBusy = planner.isActive || !planner.gateRuns.isEmpty
        let stage = state.status.stage?.index ?? -1
        if before.phase != state.status.phase { wakeDependents(of: name, now) }
        states[name] = state
        start(planner.gateRuns, of: name, stage, now, &commands)
        if let proposal = planner.proposal, Self.mayPerform(proposal, &states[name]) {
            perform(proposal, of: name, now, &commands)
            return
        }
        let interval = planner.isActive ? configuration.activeObserveInterval : configuration.idleObserveInterval
        let usual = now + (planner.isActive ? interval : jitter.spread(interval))
        endPass(name, wakeAt: min(planner.wakeAt ?? usual, usual), now)
    }

    private func context(_ state: ApplicationState, age: Span, _ now: Instant) -> Planner.Context {
        var context = Planner.Context(now: now, configuration: configuration)
        context.observationAge = age
        context.isRemoved = state.isAbsent && isPruningAllowed
        context.awaitsRename = awaitingRename.contains(state.status.application)
        context.heldBy = state.heldBy
        context.shortSince = state.shortSince
        context.unmetDependency = unmetDependency(of: state)
        return context
    }

    /// Moves forward wait until the progress they build on is pushed; moves back never do.
    private static func mayPerform(_ proposal: Planner.Proposal, _ state: inout ApplicationState?) -> Bool {
        guard let current = state else { return false }
        if proposal.direction == .back || current.pushed >= current.required { return true }
        state?.status.waiting = Waiting(
            .status, "progress is being pushed to the status branch before \(proposal.purpose)")
        return false
    }

    private mutating func perform(
        _ proposal: Planner.Proposal, of name: ApplicationName, _ now: Instant, _ commands: inout [Command]
    ) {
        guard let epoch, var state = states[name] else { return }
        let stage = state.status.stage?.index ?? -1
        if state.attempts.count > 64 { state.attempts = [:] }
        let attempt = state.attempts[proposal.purpose, default: 0]
        state.attempts[proposal.purpose] = attempt + 1
        lastSequence += 1
        let key = ActionKey(
            application: name, digest: (state.status.candidate ?? state.status.stable)?.release.digest, stage: stage,
            purpose: proposal.purpose, attempt: attempt, epoch: epoch, sequence: lastSequence)
        let id = nextEffect()
        let adopts = if case .adopt = proposal.action { true } else { false }
        effects[id] = .perform(name, adopts: adopts, deadline: now + configuration.effectDeadline)
        underWay += 1
        state.pass = .performing(id)
        states[name] = state
        commands.append(.perform(id, proposal.action, key))
    }

    private mutating func performed(
        _ name: ApplicationName, _ result: Result<Receipt, EffectFailure>, _ now: Instant
    ) {
        switch result {
        case .success(let receipt):
            states[name]?.freshAfter = receipt.at
            states[name]?.failures = 0
            endPass(name, wakeAt: now, now)
        case .failure(let failure) where failure.kind == .staleEpoch:
            // The platform has obeyed a later leader. Which one does not matter: this one is not it any more.
            standBy((epoch ?? 0) + 1)
        case .failure(let failure):
            failed(name, failure, now)
        }
    }

    private mutating func failed(_ name: ApplicationName, _ failure: EffectFailure, _ now: Instant) {
        guard var state = states[name] else { return }
        state.failures += 1
        let before = state.status
        state.status.waiting = Waiting(.platform, failure.message)
        if state.failures >= 3 {
            state.status.set(.platformReachable, false, "Unreachable", failure.message, at: now)
        }
        record(&state, before, summary: state.failures == 3 ? "platform: \(failure.message)" : nil, at: now)
        state.isBusy = true
        states[name] = state
        endPass(name, wakeAt: now + backoff(states[name]?.failures ?? 1, atLeast: configuration.backoffBase), now)
    }

    private mutating func endPass(_ name: ApplicationName, wakeAt: Instant, _ now: Instant) {
        guard var state = states[name] else { return }
        state.pass = .idle
        let isWoken = state.wokenDuringPass
        state.wokenDuringPass = false
        states[name] = state
        schedule.wake(name, at: isWoken ? now : wakeAt)
    }

    /// Asks for a pass now; one that is under way is followed by another.
    mutating func wake(_ name: ApplicationName, _ now: Instant) {
        guard let state = states[name] else { return }
        if state.pass == .idle { schedule.wake(name, at: now) } else { states[name]?.wokenDuringPass = true }
    }

    private mutating func wakeDependents(of name: ApplicationName, _ now: Instant) {
        for dependent in (dependents[name] ?? []).sorted() { wake(dependent, now) }
    }

    mutating func link(_ name: ApplicationName, from old: [ApplicationName], to new: [ApplicationName]) {
        for dependency in old where !new.contains(dependency) {
            dependents[dependency]?.remove(name)
            if dependents[dependency]?.isEmpty == true { dependents[dependency] = nil }
        }
        for dependency in new { dependents[dependency, default: []].insert(name) }
    }

    // MARK: Gates

    private mutating func start(
        _ runs: [GateRun], of name: ApplicationName, _ stage: Int, _ now: Instant, _ commands: inout [Command]
    ) {
        for run in runs where states[name]?.gateRuns[run.gate.name] == nil {
            let id = nextEffect()
            effects[id] = .evaluate(
                name, gate: run.gate, run.attempt, stage: stage, deadline: now + configuration.effectDeadline)
            states[name]?.gateRuns[run.gate.name] = id
            commands.append(.evaluate(id, run))
        }
    }

    /// A result counts only for the attempt and the stage that it was asked for.
    private mutating func evaluated(
        _ name: ApplicationName, _ gate: Gate, _ attempt: Attempt, _ stage: Int, _ result: GateResult, _ now: Instant
    ) {
        guard var state = states[name] else { return }
        state.gateRuns[gate.name] = nil
        if state.status.candidate?.release.attempt == attempt, state.status.stage?.index == stage,
            let index = state.status.stage?.gates.firstIndex(where: { $0.name == gate.name }),
            state.status.stage?.gates[index].verdict == nil
        {
            state.status.stage?.gates[index].record(result, of: gate, at: now)
        }
        states[name] = state
        wake(name, now)
    }

    // MARK: Status

    /// What takes longer than this is told on the status branch.
    private static var slowAfter: Span { .seconds(45) }

    /// Notes a change of the recorded status, if it is one that is worth a commit.
    mutating func record(_ state: inout ApplicationState, _ before: Status, summary: String?, at now: Instant) {
        let isProgress = state.status.progress != before.progress
        if isProgress || state.status.waiting.map({ !$0.reason.isMomentary }) ?? false { state.momentSince = nil }
        if state.status.waiting?.reason.isMomentary == true { state.momentSince = state.momentSince ?? now }
        let awaits = state.status.waiting?.reason
        let isMoment = awaits?.isMomentary == true && awaits != .evaluation
        state.isSlow = isMoment && (state.momentSince.map { now - $0 >= Self.slowAfter } ?? false)
        let news = state.status.news(isSlow: state.isSlow)
        let isNews = news != state.told && !news.onlyStopsWaiting(state.told)
        guard isProgress || summary != nil || isNews else { return }
        state.told = news
        state.generation += 1
        if isProgress { state.required = state.generation }
        state.summary = summary ?? state.status.headline
        pendingPush.insert(state.status.application)
    }

    private mutating func pushed(_ generations: [ApplicationName: Int], _ outcome: PushOutcome, _ now: Instant) {
        switch outcome {
        case .accepted:
            pushFailure = nil
            pushFailures = 0
            for (name, generation) in generations.sorted(by: { $0.key < $1.key }) {
                guard let state = states[name] else { continue }
                states[name]?.pushed = max(state.pushed, generation)
                if state.status.removal?.doneAt != nil, state.generation == generation {
                    forget(name)
                } else if state.status.waiting?.reason == .status {
                    wake(name, now)
                }
            }
        case .superseded(let epoch):
            standBy(epoch)
        case .failed(let failure):
            pushFailure = failure
            pushFailures += 1
            pendingPush.formUnion(generations.keys)
            pushDue = now + backoff(pushFailures, atLeast: configuration.backoffBase)
        }
    }

    mutating func forget(_ name: ApplicationName) {
        if let state = states[name] {
            link(name, from: state.declaration?.application.dependsOn ?? [], to: [])
        }
        states[name] = nil
        absent.remove(name)
        awaitingRename.remove(name)
        schedule.remove(name)
        pendingPush.remove(name)
    }

    // MARK: Issuing

    private mutating func nextEffect() -> EffectID {
        lastEffect += 1
        return lastEffect
    }

    /// An effect that has not answered in time counts as failed, whether or not it happened.
    private mutating func expireEffects(_ now: Instant) {
        let lost = effects.filter { $0.value.deadline <= now }.sorted { $0.key < $1.key }
        for (id, effect) in lost {
            effects[id] = nil
            let failure = EffectFailure(.timedOut, "no answer within \(configuration.effectDeadline)")
            switch effect {
            case .fetch:
                fetchEffect = nil
                fetched(.failed(failure), now)
            case .observe(let name, _), .perform(let name, _, _):
                underWay -= 1
                failed(name, failure, now)
            case .evaluate(let name, let gate, let attempt, let stage, _):
                evaluated(name, gate, attempt, stage, .outcome(.error, detail: failure.message), now)
            case .push(let generations, _):
                pushEffect = nil
                pushed(generations, .failed(failure), now)
            }
        }
    }

    private mutating func issue(_ now: Instant, _ commands: inout [Command]) {
        guard epoch != nil else { return }
        if fetchEffect == nil, fetchDue <= now {
            let id = nextEffect()
            fetchEffect = id
            effects[id] = .fetch(deadline: now + configuration.effectDeadline)
            commands.append(.fetch(id))
        }
        while isFleetKnown, underWay < configuration.concurrency, let name = schedule.take(dueBy: now) {
            guard states[name]?.pass == .idle else { continue }
            let id = nextEffect()
            effects[id] = .observe(name, deadline: now + configuration.effectDeadline)
            underWay += 1
            states[name]?.pass = .observing(id)
            commands.append(.observe(id, name))
        }
        if pushEffect == nil, !pendingPush.isEmpty, pushDue <= now { push(now, &commands) }
    }

    /// Everything that is unsaid goes into one commit; what comes while it is under way waits for the next.
    private mutating func push(_ now: Instant, _ commands: inout [Command]) {
        var updates: [StatusUpdate] = []
        var generations: [ApplicationName: Int] = [:]
        for name in pendingPush.sorted() {
            guard let state = states[name] else { continue }
            updates.append(StatusUpdate(status: state.status, summary: state.summary))
            generations[name] = state.generation
        }
        pendingPush = []
        guard !updates.isEmpty else { return }
        let id = nextEffect()
        pushEffect = id
        effects[id] = .push(generations, deadline: now + configuration.effectDeadline)
        commands.append(.push(id, updates))
    }
}
