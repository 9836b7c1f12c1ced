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
    package internal(set) var epoch: Int?
    /// The higher epoch that was read, once this engine stands by.
    package internal(set) var supersededBy: Int?
    /// The revision that was declared last.
    package internal(set) var revision: Revision?
    /// Why the manifest repository cannot be read; nil while it can.
    package internal(set) var fetchFailure: EffectFailure?
    /// Why the requests branch cannot be read; nil while it can.
    package internal(set) var requestsFailure: EffectFailure?
    /// Why statuses cannot be pushed; nil while they can.
    package internal(set) var pushFailure: EffectFailure?

    var states = StateTable()
    /// Those that the head declares, by name.
    var namespaces: [String: Namespace] = [:]
    /// Replicas that each application was seen to have, or was told to have, in namespaces with a quota.
    var occupancy: [String: [ApplicationName: Int]] = [:]
    var schedule = Schedule()
    var queue: RolloutQueue
    var jitter: Jitter

    var effects: [EffectID: Effect] = [:]
    var lastEffect = 0
    var lastSequence = 0
    /// Observations and actions under way.
    var underWay = 0
    /// Evaluations of gates under way.
    var evaluations = 0
    var fetchEffect: EffectID?
    var fetchDue = Instant(milliseconds: .min)
    var fetchFailures = 0
    /// A fetch that was under way when someone said that the repository has changed: it may have looked before.
    var outrunFetch: EffectID?
    var outrunRequests: EffectID?
    var requestsEffect: EffectID?
    var requestsDue = Instant(milliseconds: .min)
    var requestsFailures = 0
    var collectEffect: EffectID?
    /// Spent requests are not removed before.
    var collectDue = Instant(milliseconds: .min)
    /// Requests that stand, by application; each list in the order of their ids.
    var requests: [ApplicationName: [Request]] = [:]
    /// The request that holds the whole fleet.
    package internal(set) var fleetPause: Request?
    /// The requests branch was read: what it holds back is known.
    var areRequestsKnown = false
    /// Restoring commits that are under way or to be tried again.
    var restoring: [ApplicationName: (effect: EffectID?, failures: Int, due: Instant)] = [:]
    var pushEffect: EffectID?
    var pushDue = Instant(milliseconds: .min)
    var pushFailures = 0
    var pendingPush: Set<ApplicationName> = []
    var isFleetKnown = false
    var isPruningAllowed = false
    /// Why it is not.
    var pruningObstacle: String?
    /// The head that it holds, where that was forced upon the branch.
    var rewrittenTo: Revision?
    /// Known applications that the head does not declare.
    var absent: Set<ApplicationName> = []
    /// Applications declared `renamedFrom` one that is not known to be gone yet; they wait for it.
    var awaitingRename: Set<ApplicationName> = []
    /// Names that applications had before, by the name under which they were asked for something.
    var successors: [ApplicationName: ApplicationName] = [:]
    /// Who waits for whom to become Healthy.
    var dependents: [ApplicationName: Set<ApplicationName>] = [:]
    /// The platform's clock minus ours, as far as it was ever ahead.
    var platformOffset: Span?
    /// When the first report since the start was read, and whether one has come since that was read at another time: one
    /// that stands still may be of any age.
    var firstReadAt: Instant?
    var isPlatformHeard = false

    package init(configuration: EngineConfiguration) {
        self.configuration = configuration
        queue = RolloutQueue(configuration)
        jitter = Jitter(state: configuration.seed)
    }

    // MARK: Read side

    /// Names of all applications that are known, sorted.
    package var applications: [ApplicationName] { states.names.sorted() }

    /// Progress as decided; what the status branch holds may be a push behind.
    package func status(of name: ApplicationName) -> Status? { states[name]?.status }

    /// Whether nothing is left to do now: everything declared was looked at, nothing is moving, nothing is unsaid.
    package var isQuiescent: Bool {
        guard epoch != nil else { return supersededBy != nil }
        return isFleetKnown && areRequestsKnown && effects.isEmpty && pendingPush.isEmpty && states.busy == 0
    }

    /// What the platform says no to, where it has said so again and again to every application that is not done, and nothing
    /// is unsaid: waiting gets nobody on. nil where something may.
    package var impasse: EffectFailure? {
        guard epoch != nil, isFleetKnown, areRequestsKnown, pushEffect == nil, pendingPush.isEmpty,
            states.busy > 0, states.hopeful == 0
        else { return nil }
        for name in applications {
            guard let state = states[name], state.isBusy, let waiting = state.status.waiting else { continue }
            return EffectFailure(.refused, "\(name): \(waiting.message)")
        }
        return nil
    }

    /// When a ``Event/tick`` is wanted at the latest; nil for never.
    package var nextWake: Instant? {
        mutating get {
            guard epoch != nil else { return nil }
            var wake = fetchEffect == nil ? fetchDue : nil
            if isFleetKnown, underWay < configuration.concurrency, let next = schedule.next {
                wake = min(wake ?? next, next)
            }
            if requestsEffect == nil { wake = min(wake ?? requestsDue, requestsDue) }
            if pushEffect == nil, !pendingPush.isEmpty { wake = min(wake ?? pushDue, pushDue) }
            for effect in effects.values { wake = min(wake ?? effect.deadline, effect.deadline) }
            return wake
        }
    }

    // MARK: Events

    private mutating func end(_ id: EffectID) -> Effect.Kind? { effects.removeValue(forKey: id)?.kind }

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
            requestsDue = now
            outrunFetch = fetchEffect
            outrunRequests = requestsEffect
        case .tick:
            break
        case .fetched(let id, let outcome):
            guard case .fetch? = end(id) else { return }
            fetchEffect = nil
            fetched(outcome, now)
            if outrunFetch == id { fetchDue = now }
        case .observed(let id, let result):
            guard case .observe(let name)? = end(id) else { return }
            underWay -= 1
            observed(name, result, now, &commands)
        case .performed(let id, let result):
            guard case .perform(let name, let adopts)? = end(id) else { return }
            underWay -= 1
            if adopts, case .success = result { states[name]?.status.adopting = nil }
            performed(name, result, now)
        case .evaluated(let id, let result):
            guard case .evaluate(let name, let gate, let attempt, let stage)? = end(id) else { return }
            evaluated(name, gate, attempt, stage, result, now)
        case .pushed(let id, let outcome):
            guard case .push(let generations)? = end(id) else { return }
            pushEffect = nil
            pushed(generations, outcome, now)
        case .requestsRead(let id, let outcome):
            guard case .readRequests? = end(id) else { return }
            requestsEffect = nil
            requestsRead(outcome, now)
            if outrunRequests == id { requestsDue = now }
        case .collected(let id):
            guard case .collect? = end(id) else { return }
            collectEffect = nil
        case .restored(let id, let outcome):
            guard case .restore(let order)? = end(id) else { return }
            restored(order, outcome, now)
        }
    }

    private mutating func lead(_ epoch: Int, _ statuses: [Status], _ now: Instant) {
        if supersededBy != nil {
            // What was known before another led may be so no more. An answer that is late is still nobody's.
            let lastEffect = lastEffect
            self = Engine(configuration: configuration)
            self.lastEffect = lastEffect
        }
        self.epoch = epoch
        for status in statuses {
            if status.removal?.doneAt == nil {
                states[status.application] = ApplicationState(status: status, isRestored: true)
            } else if let name = status.removal?.renamedTo {
                successors[status.application] = name
            }
        }
        fetchDue = now
        requestsDue = now
    }

    /// Another daemon acts: issue nothing more, and forget what is under way.
    mutating func standBy(_ epoch: Int) {
        guard epoch > (self.epoch ?? -1) else { return }
        supersededBy = epoch
        self.epoch = nil
        effects = [:]
        underWay = 0
        evaluations = 0
        fetchEffect = nil
        requestsEffect = nil
        collectEffect = nil
        restoring = [:]
        pushEffect = nil
        pendingPush = []
    }

    mutating func fetched(_ outcome: FetchOutcome, _ now: Instant) {
        switch outcome {
        case .failed(let failure):
            fetchFailure = failure
            fetchFailures += 1
            fetchDue = now + pause(fetchFailures, after: failure, atLeast: configuration.pollInterval)
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

    /// The pause after git failed: as long as the other side asks for where that is longer than our own.
    mutating func pause(_ failures: Int, after failure: EffectFailure, atLeast base: Span) -> Span {
        let own = jitter.backoff(
            failures, base: max(base, configuration.backoffBase), limit: configuration.gitBackoffLimit)
        return max(own, failure.retryAfter ?? .zero)
    }

    mutating func backoff(_ failures: Int, atLeast base: Span) -> Span {
        jitter.backoff(failures, base: max(base, configuration.backoffBase), limit: configuration.backoffLimit)
    }
}
