package import Core
package import Simulator

/// The real engine against a simulated platform, in virtual time: what `sluice plan` and `sluice simulate` run.
///
/// It is the daemon's loop without its ports: git answers at once, the status branch takes every push. The same seed
/// and the same calls give the same rehearsal in any process.
package struct Rehearsal: Sendable {
    /// How gates are answered.
    package enum Gates: Sendable {
        /// All pass at once: what a change does if nothing is wrong with it.
        case pass
        /// Measured in the simulated world; what only people or other systems can answer passes and says so.
        case measure
    }

    enum Happening: Sendable {
        case answer(Event, ApplicationName?)
        case disturb(Disturbance)
    }

    /// Nobody's time, where nothing that is live is begun from; only differences are shown.
    package static let start = Instant(milliseconds: 1_767_225_600_000)
    static let latency = Span.milliseconds(50)

    package internal(set) var now = Rehearsal.start
    package internal(set) var world: World
    package internal(set) var engine: Engine
    /// What happened since the last declaration, in order.
    package internal(set) var moments: [Moment] = []
    /// Highest sum of both sides since the last declaration, in percent of need, by application.
    package internal(set) var peaks: [ApplicationName: Int] = [:]
    /// When the last declaration was made.
    package private(set) var declaredAt = Rehearsal.start

    /// Requests up to the last declaration, or to the moment at which an application first served.
    var baseline: [ApplicationName: RequestMetrics] = [:]

    private var gates: Gates
    let seed: UInt64
    /// Whether consent is taken as given wherever it is asked for.
    package var givesApprovals = true
    /// Consents that stand.
    var approvals: [Request] = []
    /// Why a replay that a gate names cannot be sent, by its path.
    package var replayProblems: [String: String] = [:]
    /// What runs when the rehearsal begins.
    var recorded: [Status] = []
    /// Whether releases run without the faults that they declare.
    let isIdeal: Bool
    var agenda = Timeline<Happening>()
    var declared: FleetChange?
    /// Every declaration that was made, the newest of each application.
    package private(set) var expected: [ApplicationName: Declaration] = [:]
    /// When anything last changed that a person would be told.
    var lastNews = Rehearsal.start

    /// - Parameters:
    ///   - seed: of the world's chance and the engine's jitter.
    ///   - world: what the platform is made of.
    ///   - isIdeal: releases run without the faults that they declare.
    ///   - gates: how gates are answered.
    package init(
        seed: UInt64 = 0, world: WorldConfiguration = WorldConfiguration(), isIdeal: Bool, gates: Gates
    ) {
        self.seed = seed
        self.world = World(seed: seed, start: Self.start, configuration: world)
        var configuration = EngineConfiguration(seed: seed)
        configuration.pollInterval = .hours(1000)
        configuration.activeObserveInterval = .seconds(1)
        engine = Engine(configuration: configuration)
        self.isIdeal = isIdeal
        self.gates = gates
    }

    /// A commit arrives. Times of moments count from here.
    package mutating func declare(_ change: FleetChange) {
        declaredAt = now
        lastNews = now
        moments = []
        peaks = [:]
        for name in baseline.keys { baseline[name] = world.totals(of: name) }
        declared = change
        for declaration in change.declared { expected[declaration.application.name] = declaration }
        // The first look at git follows from leading; a later one has to be asked for.
        send(engine.epoch == nil ? .led(epoch: 1, statuses: recorded) : .poke, nil)
    }

    /// Brings about where a change starts from: each declaration comes to rest before the next is made.
    ///
    /// Gates pass meanwhile, since what is settled got past them.
    ///
    /// - Returns: whether all came to rest.
    package mutating func settle(_ changes: [FleetChange], limit: Span) -> Bool {
        let (measured, asksNobody) = (gates, givesApprovals)
        (gates, givesApprovals) = (.pass, true)
        defer { (gates, givesApprovals) = (measured, asksNobody) }
        for change in changes {
            declare(change)
            guard run(limit: limit, awaitsRetention: false) else { return false }
        }
        return true
    }

    /// Something will befall the platform, this long after the last declaration.
    package mutating func schedule(_ disturbance: Disturbance, after: Span) {
        agenda.add(.disturb(disturbance), at: declaredAt + after)
    }

    /// Runs until nothing is left to do or to wait for.
    ///
    /// - Parameters:
    ///   - limit: virtual time after which it gives up.
    ///   - awaitsRetention: whether an old side's retention is waited for too.
    /// - Returns: whether all came to rest.
    package mutating func run(limit: Span, awaitsRetention: Bool) -> Bool {
        let end = now + limit
        while true {
            if declared == nil, isAtRest(awaitsRetention: awaitsRetention) { return true }
            guard let time = [engine.nextWake, agenda.next].compactMap({ $0 }).min(), time <= end else {
                // Nobody will look again, as after the last removal.
                return declared == nil && isAtRest(awaitsRetention: awaitsRetention, quietUntil: end)
            }
            now = max(now, time)
            world.advance(to: now)
            if let next = agenda.next, next <= now, let happening = agenda.take() {
                take(happening)
            } else {
                send(.tick, nil)
            }
        }
    }

    /// Requests since the last declaration, and those of them that failed.
    package mutating func requests(of name: ApplicationName) -> (total: Double, failed: Double) {
        guard let base = baseline[name] else { return (0, 0) }
        let totals = world.totals(of: name)
        return (totals.requests - base.requests, totals.failed - base.failed)
    }

    /// When something last happened to an application, since the last declaration; nil where nothing did.
    package func lastMoment(of name: ApplicationName) -> Span? {
        moments.last { $0.application == name }?.at
    }

    /// Nothing is moving, nothing has been told for a while, and no time that is waited for lies ahead.
    private func isAtRest(awaitsRetention: Bool, quietUntil: Instant? = nil) -> Bool {
        guard engine.isQuiescent || now - lastNews > .hours(2) else { return false }
        if agenda.hasDisturbance { return false }
        for name in engine.applications {
            guard let status = engine.status(of: name) else { continue }
            var ahead = [status.stage?.holdUntil, status.waiting?.until]
            if status.removal?.doneAt == nil { ahead.append(status.removal?.graceUntil) }
            if let stage = status.stage, stage.pausedAt == nil, stage.failure == nil, !stage.passed {
                ahead.append(stage.deadline)
            }
            if awaitsRetention, status.retained != nil { return false }
            if ahead.contains(where: { $0.map { $0 > now } ?? false }) { return false }
        }
        // Long enough for every application to have been looked at once more.
        return (quietUntil ?? now) - lastNews > .minutes(11)
    }

    // MARK: Events

    private mutating func take(_ happening: Happening) {
        switch happening {
        case .disturb(let disturbance):
            world.apply(disturbance)
            lastNews = now
            moments.append(
                Moment(at: now - declaredAt, application: "", kind: .disturbance, text: disturbance.words))
        case .answer(let event, let name):
            send(event, name)
        }
    }

    private mutating func send(_ event: Event, _ name: ApplicationName?) {
        let names = name.map { [$0] } ?? engine.applications
        let before = names.map { engine.status(of: $0) }
        if case .observed(_, .success(let observation)) = event, let name { measure(observation, of: name) }
        let commands = engine.handle(event, at: now)
        for (name, status) in zip(names, before) { tell(name, from: status) }
        var isAsked = false
        for name in names where consent(to: name) { isAsked = true }
        for command in commands { carryOut(command) }
        if isAsked { agenda.add(.answer(.poke, nil), at: now + Self.latency) }
    }

    private mutating func carryOut(_ command: Command) {
        switch command {
        case .fetch(let id):
            let outcome = declared.map { FetchOutcome.changed($0) } ?? .unchanged
            declared = nil
            answer(.fetched(id, outcome), nil)
        case .observe(let id, let name):
            answer(.observed(id, .success(world.observe(name))), name)
        case .perform(let id, let action, let key):
            answer(.performed(id, perform(action, key)), key.application)
        case .evaluate(let id, let run):
            answer(.evaluated(id, evaluate(run)), run.application)
        case .push(let id, _):
            answer(.pushed(id, .accepted), nil)
        case .readRequests(let id):
            answer(.requestsRead(id, .standing(approvals)), nil)
        case .collect(let id, let spent):
            let ids = Set(spent.map(\.id))
            approvals.removeAll { ids.contains($0.id) }
            answer(.collected(id), nil)
        case .restore(let id, let order):
            // A rehearsal shows one change; the commit that would follow it is another.
            answer(.restored(id, .pushed), order.application)
        }
    }

    private mutating func answer(_ event: Event, _ name: ApplicationName?) {
        agenda.add(.answer(event, name), at: now + Self.latency)
    }

    private mutating func perform(_ action: Action, _ key: ActionKey) -> Result<Receipt, EffectFailure> {
        lastNews = now
        // What came before anything could serve is nobody's failure.
        if case .route(.some) = action, baseline[key.application] == nil {
            baseline[key.application] = world.totals(of: key.application)
        }
        moments.append(Moment(action, of: key.application, at: now - declaredAt))
        do {
            return .success(
                try world.perform(
                    isIdeal ? action.withoutFaults : action, application: key.application, epoch: key.epoch,
                    sequence: key.sequence))
        } catch {
            return .failure(EffectFailure(error.isStale ? .staleEpoch : .refused, error.message))
        }
    }

    private mutating func evaluate(_ run: GateRun) -> GateResult {
        if case .smokeTest(let test) = run.gate.check, let path = test.replay, let problem = replayProblems[path] {
            return .outcome(.error, detail: GateReading(problem))
        }
        guard case .measure = gates else { return .outcome(.passed, detail: "taken to pass") }
        let result = SimulatedGates.evaluate(GateQuestion(run), in: &world)
        if case .unavailable = result { return .outcome(.passed, detail: "cannot be simulated, taken to pass") }
        return result
    }

    private mutating func measure(_ observation: Observation, of name: ApplicationName) {
        guard let application = expected[name]?.application else { return }
        for (component, need) in application.replicas {
            let total = Side.allCases.reduce(0) { sum, side in
                sum + (observation.sides[side]?.component(component)?.replicas ?? 0)
            }
            let full = max(need, engine.status(of: name)?.stable?.release.replicas[component] ?? 0, 1)
            peaks[name] = max(peaks[name] ?? 0, (100 * total + full - 1) / full)
        }
    }
}

extension Timeline where Element == Rehearsal.Happening {
    var hasDisturbance: Bool { contains { if case .disturb = $0 { true } else { false } } }
}

extension Action {
    /// The same with components that do as they should; the stamp stays.
    var withoutFaults: Action {
        guard case .deploy(let side, let namespace, var release, let digest, let floors) = self else { return self }
        for index in release.components.indices {
            guard case .simulated(var run) = release.components[index].run else { continue }
            run.faults = []
            release.components[index].run = .simulated(run)
        }
        return .deploy(side: side, namespace: namespace, release: release, digest: digest, floors: floors)
    }
}
