/// One decision for one application: what was recorded, what is declared and what is observed go in; what is
/// recorded now, at most one action, and the gates to evaluate come out.
///
/// It is a pure function of its inputs. It proposes; ``Admission`` has the last word on every action.
package struct Planner {
    /// What a decision needs to know beyond its own application.
    package struct Context: Sendable {
        package var now: Instant
        package var configuration: EngineConfiguration
        /// Estimated age of the observation.
        package var observationAge: Span = .zero
        /// Reports of different times have come since the start, by which the age is estimated.
        package var isAgeKnown = true
        /// The application is no longer declared, and what is missing may be pruned.
        package var isRemoved = false
        /// It is no longer declared, whether or not what is missing may be pruned.
        package var isAbsent = false
        /// Why it stays although it is no longer declared; nil where it is declared, or goes.
        package var removalHeldBy: String?
        /// The head that it stays for, where the branch was rewritten to that.
        package var rewrittenTo: Revision?
        /// It is declared `renamedFrom` an application that may still be declared too: nothing is deployed meanwhile.
        package var awaitsRename = false
        /// What is to be said of a `renamedFrom` that is not done; nil where it is, or there is none.
        package var unfinishedRename: String?
        /// Why the head's declaration is not in force; nil when it is.
        package var heldBy: String?
        /// The first application in `dependsOn` that is not Healthy at its declared version, with what it is instead.
        package var unmetDependency: String?
        /// The requests branch was read since the start.
        package var areRequestsKnown = false
        /// Requests that stand for this application.
        package var requests: [Request] = []
        /// The request that holds the whole fleet.
        package var fleetPause: Request?
        /// Since when what is to be up has been short of capacity, by earlier observations.
        package var shortSince: Instant?
        /// How much longer than it should it took until somebody looked.
        package var lateness: Span = .zero
        /// How far the stage, or what comes up outside of one, has come; nil where neither was under way.
        package var reach: Reach?
        /// Where it stands in the queue of those that are to begin; nil where it may begin now.
        package var queue: RolloutQueue.Place?
        /// What the platform has answered to the last few actions, where it was no.
        package var refusal: String?
        /// What the namespaces behind the sides allow.
        package var bounds = PerSide<NamespaceBound?>(flip: nil, flop: nil)

        package init(now: Instant, configuration: EngineConfiguration) {
            self.now = now
            self.configuration = configuration
        }
    }

    /// Whether an action builds on progress that has to be recorded first.
    package enum Direction: Sendable {
        /// Moves towards a new state: waits until the progress it builds on is pushed.
        case forward
        /// Returns to a known state, or keeps it: never waits for git.
        case back
    }

    package struct Proposal: Hashable, Sendable {
        package var action: Action
        package var purpose: String
        package var direction: Direction
        /// The rule that allows a weight beyond ready capacity; nil where the weight is within it.
        package var isShortfall = false
    }

    /// What the head means by all that is known of it, see ``Declaration/settled(by:isRouted:)``.
    private(set) var declaration: Declaration?
    let observation: Observation
    let context: Context
    let now: Instant
    /// As recorded before, and after ``run()`` as decided.
    package internal(set) var status: Status
    package internal(set) var proposal: Proposal?
    package internal(set) var gateRuns: [GateRun] = []
    /// When to look again at the latest; nil for the usual interval.
    package internal(set) var wakeAt: Instant?
    /// Something is moving or awaited on the platform: look often.
    package internal(set) var isActive = false
    package internal(set) var summary: String?
    /// Replicas that the present load asks for, by component, where the autoscaler runs more than it was told to.
    package internal(set) var demand: [String: Int] = [:]
    /// Total capacity now, in percent of need; the largest over components.
    package internal(set) var capacityPercent = 0
    package internal(set) var shortSince: Instant?
    /// How far the stage, or what comes up outside of one, has come.
    package internal(set) var reach: Reach?
    /// A rollout would begin, and waits in the queue.
    package internal(set) var isQueued = false
    /// What was waited for until now.
    let lastWaiting: Waiting?
    private let declared: Declaration?
    /// What is waited for is not the candidate's to do, although its reason does not say so.
    private var isBlameless = false

    package init(declaration: Declaration?, status: Status, observation: Observation, context: Context) {
        declared = declaration
        self.declaration = declaration
        self.status = status
        self.observation = observation
        self.context = context
        now = context.now
        shortSince = context.shortSince
        reach = context.reach
        lastWaiting = status.waiting
    }

    /// Decides. Transitions that need no effect follow one another within one decision.
    package mutating func run() {
        forgiveLateness()
        heedProgress()
        measureCapacity()
        settleRestorations()
        measureDemand()
        prolongRetention()
        for _ in 0..<12 {
            let before = status
            // What was rejected a moment ago is not declared to serve any more.
            declaration = declared?.settled(by: status, isRouted: observation.route != nil)
            status.waiting = nil
            isBlameless = false
            isQueued = false
            isActive = false
            gateRuns = []
            step()
            if proposal != nil || status == before.with(waiting: status.waiting) { break }
        }
        if let proposed = proposal, let refusal = Admission.refusal(of: proposed, self) {
            proposal = nil
            isActive = true
            wait(.contract, refusal)
        }
        heedNamespaces()
        tellOfHeldRemoval()
        runClocks()
        present()
    }

    // MARK: Whose time it is

    /// Whether what is waited for is somebody else's to do: then no deadline of the candidate's runs.
    package var isOthersTime: Bool {
        guard proposal == nil, let waiting = status.waiting else { return false }
        return isBlameless || waiting.reason.isOthersTime
    }

    private mutating func forgiveLateness() {
        status.stage?.clock.forgive(context.lateness)
        status.bringUp?.forgive(context.lateness)
    }

    /// Whoever comes further than ever in a stage has its deadline anew: a large one makes its weight share by share.
    private mutating func heedProgress() {
        guard let candidate = status.candidate,
            status.bringUp != nil || status.stage != nil && status.stage?.heldSince == nil
        else {
            reach = nil
            return
        }
        let side = observation.sides[candidate.side]
        let components = side?.digest == candidate.release.digest ? side?.components ?? [] : []
        let seen = Reach(
            since: status.stage?.enteredAt ?? candidate.since,
            ready: components.reduce(0) { $0 + min($1.ready, candidate.full($1.name)) },
            weight: weight(of: candidate.side))
        guard var known = reach, known.since == seen.since else {
            reach = seen
            return
        }
        if known.extend(seen) {
            status.stage?.clock.restart(candidate.strategy.progressDeadline, at: now)
            status.bringUp?.restart(candidate.strategy.progressDeadline, at: now)
        }
        reach = known
    }

    private mutating func runClocks() {
        let isStopped = isOthersTime
        status.stage?.clock.stop(isStopped, at: now)
        // What did not come up in time is not given more of it by a pause.
        if status.bringUp?.isOver(at: now) == false { status.bringUp?.stop(isStopped, at: now) }
        for clock in [status.stage?.failure == nil ? status.stage?.clock : nil, status.bringUp] {
            // One that stands still may lie in the past, and would have the application looked at without a pause.
            if let clock, clock.stoppedAt == nil, clock.deadline > now { wake(at: clock.deadline) }
        }
    }

    /// What the candidate's time went by with, in words: what was waited for last where that was its own to do, or else a
    /// gate that is still open, or else the replicas that it lacks.
    func cause(_ candidate: Placement, weight: Int) -> String {
        let own = lastWaiting.flatMap { $0.reason.isOthersTime || $0.reason == .hold ? nil : $0 }
        if let own, own.reason != .gate, own.reason != .evaluation { return own.message }
        return openGates(.before) ?? own?.message ?? shortage(of: candidate, weight: weight)
    }

    private mutating func step() {
        if let former = status.adopting {
            propose(.adopt(from: former), "adopt \(former)", .forward)
            return
        }
        if status.candidate == nil || status.stage != nil || status.rollback != nil { status.bringUp = nil }
        forgetLost()
        reconstruct()
        heedRouteNote()
        if context.isRemoved || status.removal != nil {
            if stepRemoval() { return }
        }
        if status.rollback != nil {
            stepBack()
        } else if observation.route == nil, let stable = status.stable, declaration?.serving != nil {
            // Before anything else, something serves.
            keep(stable)
        } else if status.stage != nil, status.candidate != nil, status.stable != nil {
            stepForward()
        } else {
            stepRest()
        }
    }

    // MARK: What the steps share

    mutating func propose(_ action: Action, _ purpose: String, _ direction: Direction, isShortfall: Bool = false) {
        proposal = Proposal(action: action, purpose: purpose, direction: direction, isShortfall: isShortfall)
        isActive = true
    }

    mutating func wait(_ reason: Waiting.Reason, _ message: String, until: Instant? = nil) {
        if status.waiting == nil { status.waiting = Waiting(reason, message, until: until) }
        if let until { wake(at: until) }
    }

    /// Waits for what is not the candidate's to do.
    mutating func waitForOthers(_ reason: Waiting.Reason, _ message: String) {
        if status.waiting == nil { isBlameless = true }
        wait(reason, message)
    }

    /// What is waited for already is not the candidate's to do.
    mutating func blameNobody() { isBlameless = true }

    mutating func wake(at instant: Instant) {
        wakeAt = min(wakeAt ?? instant, instant)
    }

    /// Records what happened, in a line.
    mutating func note(_ message: String) {
        summary = message
        status.history.append(
            HistoryEntry(at: now, revision: declaration?.revision ?? status.observedRevision, message: message))
    }

    /// The placement that stands on a side, in whatever role.
    func placement(on side: Side) -> Placement? {
        if let stable = status.stable, stable.side == side { return stable }
        if let candidate = status.candidate, candidate.side == side { return candidate }
        if let retained = status.retained, retained.placement.side == side { return retained.placement }
        return nil
    }

    /// Observed weight of a side in percent; 0 where there is no route.
    func weight(of side: Side) -> Int {
        observation.route?.route.weights[side] ?? 0
    }

    var isSettled: Bool { observation.route?.settled ?? true }

    /// Percent of the load that the placement's observed ready replicas carry; 0 where another release stands there. With
    /// `isNow`, of the load as it is now, where that has outgrown what was declared.
    func carry(_ placement: Placement, isNow: Bool = false) -> Int {
        guard let side = observation.sides[placement.side], side.digest == placement.release.digest else { return 0 }
        var least = 100
        for component in placement.release.release.components {
            let ready = side.component(component.name)?.ready ?? 0
            let full = isNow ? required(component.name, of: placement) : placement.full(component.name)
            least = min(least, Capacity.carry(ready: ready, of: full))
        }
        return least
    }

    /// A side that fails half of what it is given, or more, carries nothing, however many replicas are ready.
    static var failingTooMuch: Int { 50 }

    /// What of ``carry(_:isNow:)`` is worth waiting for.
    func carryWell(_ placement: Placement) -> Int {
        isFailing(placement.side) ? 0 : carry(placement)
    }

    /// Percent of the load that whatever stands on a placement's side carries, its own release or another that was given
    /// weight there; 0 where it fails half of what it is given.
    func carriesStill(_ placement: Placement) -> Int {
        isFailing(placement.side) ? 0 : carriesReady(placement)
    }

    /// Whether a side fails so much of what it is given that it carries nothing.
    func isFailing(_ side: Side) -> Bool { (observation.sides[side]?.failing ?? 0) >= Self.failingTooMuch }

    /// Percent of the load that what is ready on a placement's side would carry, whatever it does with it.
    func carriesReady(_ placement: Placement) -> Int {
        guard let side = observation.sides[placement.side] else { return 0 }
        return side.components.reduce(100) { least, component in
            min(least, Capacity.carry(ready: component.ready, of: placement.full(component.name)))
        }
    }

    /// Replicas that carry 100 % of the load as it is now: as declared, or more where the load has outgrown that.
    func required(_ component: String, of placement: Placement) -> Int {
        max(placement.full(component), demand[component] ?? 0)
    }

    /// Whether nothing is held on a side any more: no weight, no active consumer, nothing in flight, and nobody who could
    /// say otherwise unheard.
    func isDrained(_ side: Side) -> Bool {
        guard weight(of: side) == 0, isSettled else { return false }
        guard let observed = observation.sides[side] else { return true }
        return observed.components.allSatisfy { $0.inFlight == 0 && $0.active == 0 && $0.unheard == nil }
    }

    /// Where replicas of a side fall short, in words: `ranker 3/10 ready (CrashLoopBackOff)`.
    func shortage(of placement: Placement, weight: Int) -> String {
        lacking(of: placement, weight: weight) ?? "replicas on \(placement.side.rawValue)"
    }

    /// The same; nil where they do not.
    func lacking(of placement: Placement, weight: Int) -> String? {
        guard let side = observation.sides[placement.side] else { return "\(placement.side.rawValue) is not up yet" }
        var parts: [String] = []
        for component in placement.release.release.components {
            let need = max(1, Capacity.need(weight: weight, of: placement.full(component.name)))
            let observed = side.component(component.name)
            if (observed?.ready ?? 0) < need {
                let trouble = observed?.trouble.map { " (\($0))" } ?? ""
                parts.append(
                    "\(component.name) \(observed?.ready ?? 0)/\(need) ready on \(placement.side.rawValue)\(trouble)")
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// The autoscaler of the side that has most of the traffic knows the load: where it runs more than was declared for all
    /// of it, the other side will need as many. It is believed up to twice what was declared. It takes its time to give
    /// replicas back, so what it runs is never more than the load needed, however much of it has moved on since.
    private mutating func measureDemand() {
        demand = [:]
        for side in Side.allCases {
            guard weight(of: side) >= 50, let placement = placement(on: side), let observed = observation.sides[side],
                observed.digest == placement.release.digest
            else { continue }
            for component in observed.components {
                let full = placement.full(component.name)
                if component.ready > full { demand[component.name] = min(component.ready, 2 * full) }
            }
        }
    }

    private mutating func measureCapacity() {
        let (stable, candidate) = (status.stable?.release.replicas, status.candidate?.release.replicas)
        for name in (stable ?? candidate ?? [:]).keys {
            let full = max(stable?[name] ?? 0, candidate?[name] ?? 0, 1)
            let total = Side.allCases.reduce(0) { sum, side in
                sum + (observation.sides[side]?.component(name)?.replicas ?? 0)
            }
            capacityPercent = max(capacityPercent, 100 * total / full)
        }
    }
}

extension Status {
    fileprivate func with(waiting: Waiting?) -> Status {
        var copy = self
        copy.waiting = waiting
        return copy
    }
}

extension SideObservation {
    package func component(_ name: String) -> ComponentObservation? {
        components.first { $0.name == name }
    }
}

extension Placement {
    /// Replicas of a component that carry 100 % of the load.
    package func full(_ component: String) -> Int { max(1, release.replicas[component] ?? 1) }

    /// Floors that carry `weight` percent, at least one replica of each component.
    package func floors(at weight: Int) -> [String: Int] {
        var floors: [String: Int] = [:]
        for component in release.release.components {
            floors[component.name] = max(1, Capacity.need(weight: weight, of: full(component.name)))
        }
        return floors
    }
}
