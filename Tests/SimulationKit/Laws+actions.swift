import Core
import Simulator

extension Laws {
    // MARK: Judged when an action is issued, by what could be observed

    mutating func issued(_ action: Action, _ key: ActionKey, _ simulation: Simulation) {
        counts.actions += 1
        lastDone[key.application] = simulation.now
        issuedAt[key] = simulation.now
        switch action {
        case .route(let route?): judge(route, key, simulation)
        case .route(nil): judgeNoRoute(key, simulation)
        case .scale(let side, let floors): judge(floors, on: side, key, simulation)
        case .deploy(let side, _, let release, let digest, _): judgeDeploy(release, digest, on: side, key, simulation)
        case .teardown(let side): judgeTeardown(of: side, key, simulation)
        case .adopt: break
        }
    }

    private mutating func judge(_ route: Route, _ key: ActionKey, _ simulation: Simulation) {
        guard let seen = seen[key.application] else {
            return broken("law 2 (capacity)", simulation, "\(key): weights without any observation")
        }
        let before = seen.observation.route?.route.weights
        for side in Side.allCases {
            let weight = route.weights[side]
            guard weight > (before?[side] ?? 0) else { continue }
            counts.raises += 1
            let age = simulation.now - seen.at
            if age > .seconds(31) {
                broken("law 2 (capacity)", simulation, "\(key): raised on an observation \(age) old")
            }
            let carried = carry(side, key.application, seen.observation, simulation)
            let other = carry(side.other, key.application, seen.observation, simulation)
            // Half of what a side is given fails: it carries nothing.
            let isFailing = (seen.observation.sides[side.other]?.failing ?? 0) >= 50
            let isShortfall = carried > 0 && (isFailing ? 0 : other) < (before?[side.other] ?? 0)
            if weight > carried, !isShortfall {
                broken("law 2 (capacity)", simulation, "\(key): \(weight)% onto \(side), which carries \(carried)%")
            }
            judgeRise(to: weight, on: side, key, seen.observation, simulation)
        }
        judgeActives(route, key, seen.observation, simulation)
    }

    /// What a side's ready replicas carry, of the release that the manifests or the record give it.
    func carry(
        _ side: Side, _ name: ApplicationName, _ observation: Observation, _ simulation: Simulation
    ) -> Int {
        guard let observed = observation.sides[side] else { return 0 }
        let status = simulation.engine.status(of: name)
        let placements = [status?.stable, status?.candidate, status?.retained?.placement]
        let full = placements.compactMap { $0 }.first { $0.side == side }?.release.replicas ?? [:]
        return observed.components.map { 100 * $0.ready / max(1, full[$0.name] ?? 1) }.min() ?? 0
    }

    /// Weight rises only for what is declared, recorded, not rejected, and let through by its gates.
    private mutating func judgeRise(
        to weight: Int, on side: Side, _ key: ActionKey, _ observation: Observation, _ simulation: Simulation
    ) {
        guard let status = simulation.engine.status(of: key.application), observation.sides[side] != nil else { return }
        guard let candidate = status.candidate, candidate.side == side, status.stable != nil,
            status.rollback == nil, let stage = status.stage
        else { return }
        if isRelief(weight, candidate, stage, observation, key.application, simulation) {
            // Who took it up from a hand's weight may be anybody; whoever got there by stages is recorded.
            let recorded = simulation.remote.statuses[status.adopting ?? key.application]?.candidate?.release.digest
            if !routedByHand.contains(key.application), recorded != candidate.release.digest {
                broken("law 11 (no claim before the push)", simulation, "\(key): takes over, and was never recorded")
            }
            // What takes over, and gives back, does not only go forward.
            routedByHand.insert(key.application)
            judgeRejected(candidate, key, simulation)
            if isAborted(candidate) { broken("requests", simulation, "\(key): rises although it is aborted") }
            return
        }
        judgeRecorded(candidate, stage, key, simulation)
        if weight > stage.weight {
            broken("law 1 (stages)", simulation, "\(key): \(weight)% in stage \(stage.name) of \(stage.weight)%")
        }
        judgeRejected(candidate, key, simulation)
        if let problem = judgeRequests(candidate, key) { broken("requests", simulation, problem) }
        if !isPromoted(candidate.release.attempt, simulation) { judgeGates(candidate, stage, key, simulation) }
    }

    /// Law 11: a rollout's progress is on the branch before anything builds on it.
    private mutating func judgeRecorded(
        _ candidate: Placement, _ stage: StageProgress, _ key: ActionKey, _ simulation: Simulation
    ) {
        let recorded = simulation.remote.statuses[key.application]
        if recorded?.candidate?.release.digest != candidate.release.digest
            || (recorded?.stage?.index ?? -1) < stage.index
        {
            broken("law 11 (no claim before the push)", simulation, "\(key): stage \(stage.name) was never recorded")
        }
    }

    /// Law 8, by what was ever recorded and by what is really declared, whatever the engine remembers.
    private mutating func judgeRejected(_ candidate: Placement, _ key: ActionKey, _ simulation: Simulation) {
        if let declared = declared(key.application, simulation), declared.digest == candidate.release.digest,
            rejections.contains(Rejected(application: key.application, attempt: numbered(declared, simulation)))
        {
            broken("law 8 (abort is monotone)", simulation, "\(key): a rejected release is rolled out again")
        }
    }

    /// Law 7: smoke tests and the like before a stage's own weight, analyses of the stage before.
    private mutating func judgeGates(
        _ candidate: Placement, _ stage: StageProgress, _ key: ActionKey, _ simulation: Simulation
    ) {
        let stages = candidate.strategy.stages
        for name in stages[stage.index].gates where gates[name]?.when == .before {
            judgeGate(name, stages[stage.index].name, candidate, of: key.application, "\(key)", simulation)
        }
        // A strategy that was edited in flight runs the gates of where it stands, and not those it passed by.
        guard stage.index > 0, !edited.contains(key.application) else { return }
        for name in stages[stage.index - 1].gates where gates[name]?.when == .during {
            judgeGate(name, stages[stage.index - 1].name, candidate, of: key.application, "\(key)", simulation)
        }
    }

    /// A gate has passed by as many good measurements as it asks for, of this application, release and stage.
    mutating func judgeGate(
        _ gate: String, _ stage: String, _ candidate: Placement, of name: ApplicationName, _ what: String,
        _ simulation: Simulation
    ) {
        if case .approval(let approval)? = gates[gate]?.check {
            let given = approvals(gate, stage, candidate.release.attempt, simulation)
            if given < approval.count {
                broken("law 7 (gates)", simulation, "\(what): \(gate) has \(given) of \(approval.count) approvals")
            }
            return
        }
        // Who promotes a stage answers for what its analyses cannot tell.
        if isPromoted(candidate.release.attempt, stage, simulation) { return }
        var needed = 1
        if case .analysis(let analysis)? = gates[gate]?.check { needed = analysis.count }
        let passed = passes.reduce(0) { sum, entry in
            let isIt = entry.key.application == name && entry.key.gate == gate && entry.key.stage == stage
            return isIt && entry.key.digest == candidate.release.digest ? sum + entry.value : sum
        }
        if passed < needed {
            broken(
                "law 7 (gates)", simulation,
                "\(what): \(gate) passed \(passed) of \(needed) times in \(stage) for \(candidate.release.release.version)"
            )
        }
    }

    /// The attempt that the tree declares which the engine has read.
    func declared(_ name: ApplicationName, _ simulation: Simulation) -> Attempt? {
        simulation.fetchedHead.flatMap { attempt(of: name, at: $0, in: simulation.remote) }
    }

    private mutating func judgeNoRoute(_ key: ActionKey, _ simulation: Simulation) {
        if let application = fetchedFleet[key.application], application.activation == .active {
            broken("law 6 (prunes nothing)", simulation, "\(key): the route of a declared, active application")
        }
        if let application = fetchedFleet[key.application], let head = simulation.fetchedHead,
            let serving = serving(
                key.application, application, simulation.engine.status(of: key.application), head, simulation.remote),
            // What was rejected does not serve in place of what is declared inactive.
            !isRejected(serving, key.application, simulation.engine.status(of: key.application), simulation.remote)
        {
            broken(
                "law 1 (what serves beside a dark release)", simulation,
                "\(key): no route, and \(serving.application.release.version) was declared active before it")
        }
        // What was to be deactivated before it went is so still.
        if fetchedFleet[key.application] == nil, !wasComplete, !deactivated.contains(key.application) {
            broken("law 6 (prunes nothing)", simulation, "\(key): removed from an incomplete tree")
        }
    }

    private mutating func judge(
        _ floors: [String: Int], on side: Side, _ key: ActionKey, _ simulation: Simulation
    ) {
        guard let observation = seen[key.application]?.observation, let observed = observation.sides[side],
            let weights = observation.route, let status = simulation.engine.status(of: key.application)
        else { return }
        let placements = [status.stable, status.candidate, status.retained?.placement]
        let full = placements.compactMap { $0 }.first { $0.side == side }?.release.replicas ?? [:]
        for component in observed.components {
            guard let floor = floors[component.name], floor < component.floor else { continue }
            counts.retreats += 1
            let need = (weights.route.weights[side] * (full[component.name] ?? 1) + 99) / 100
            if floor < need {
                broken("law 2 (capacity)", simulation, "\(key): \(component.name) shrinks to \(floor), needs \(need)")
            }
            if !weights.settled {
                broken("law 2 (capacity)", simulation, "\(key): shrinks before the weights were acknowledged")
            }
        }
    }

    private mutating func judgeDeploy(
        _ release: Release, _ digest: Digest, on side: Side, _ key: ActionKey, _ simulation: Simulation
    ) {
        counts.rollouts += 1
        judgeWhole(release, digest, key, simulation)
        let status = simulation.engine.status(of: key.application)
        if let candidate = status?.candidate, let stage = status?.stage, candidate.side == side, status?.stable != nil,
            status?.rollback == nil
        {
            judgeRecorded(candidate, stage, key, simulation)
            judgeRejected(candidate, key, simulation)
        }
        guard let observation = seen[key.application]?.observation, let observed = observation.sides[side],
            observed.digest != digest
        else { return }
        let isStable = status?.stable?.side == side
        if (observation.route?.route.weights[side] ?? 0) > 0, !isStable {
            broken("law 5 (what serves stays)", simulation, "\(key): replaces \(observed.version), which has weight")
        }
    }

    private mutating func judgeTeardown(of side: Side, _ key: ActionKey, _ simulation: Simulation) {
        counts.teardowns += 1
        if fetchedFleet[key.application] == nil { removals.insert(key) }
        // A retained side whose time is over goes whatever the tree looks like.
        if simulation.engine.status(of: key.application)?.retained?.placement.side == side { return }
        if fetchedFleet[key.application] == nil, !wasComplete {
            broken("law 6 (prunes nothing)", simulation, "\(key): torn down from an incomplete tree")
        }
    }

    // MARK: Judged when an action reaches the platform, by what is true

    mutating func willApply(_ action: Action, _ key: ActionKey, _ simulation: Simulation) {
        wasLive = isLive(key.application, simulation)
        workTakenAway = work(takenAwayBy: action, key, simulation)
        guard case .teardown(let side) = action else { return }
        let sideKey = SideKey(application: key.application, side: side)
        // A removal's teardown that was under way when the application was declared again was right when it was issued.
        guard fetchedFleet[key.application] != nil, !removals.contains(key), let since = idleSince[sideKey],
            let recorded = simulation.remote.statuses[key.application]?.retained,
            recorded.placement.side == side, recorded.served, simulation.remote.epoch == key.epoch
        else { return }
        let kept = simulation.now - since
        let due = recorded.placement.strategy.retention.time
        let everDeclared = simulation.remote.commits.compactMap { commit -> Span? in
            guard case .inline(let strategy)? = commit.fleet[key.application]?.strategy else { return nil }
            return strategy.retention.time
        }
        let shortest = min(due, everDeclared.min() ?? due)
        if kept + .seconds(1) < shortest {
            broken("law 5 (retention)", simulation, "\(key): kept \(kept) of \(due)")
        }
    }

    mutating func didApply(_ action: Action, _ key: ActionKey, _ simulation: Simulation) {
        executions[key, default: 0] += 1
        // What takes effect after it was given up may overshoot what was decided since.
        if case .route = action, let at = issuedAt[key], simulation.now - at > EngineConfiguration().effectDeadline {
            routedByHand.insert(key.application)
        }
        judgeServing(action, key, simulation)
        if let workTakenAway { broken("law 5 (work in flight)", simulation, "\(key): \(workTakenAway)") }
        if key.epoch < simulation.remote.epoch, simulation.world.epoch(of: key.application) > key.epoch {
            broken("law 9 (epochs)", simulation, "\(key): applied under an old epoch")
        }
        switch action {
        case .route(let route):
            for side in Side.allCases {
                let sideKey = SideKey(application: key.application, side: side)
                let weight = route?.weights[side] ?? 0
                if weight > 0 {
                    hadWeight.insert(sideKey)
                    idleSince[sideKey] = nil
                    highest[sideKey] = max(highest[sideKey, default: 0], weight)
                } else if hadWeight.remove(sideKey) != nil {
                    idleSince[sideKey] = simulation.now
                }
            }
        case .deploy(let side, _, _, _, _):
            let sideKey = SideKey(application: key.application, side: side)
            if !hadWeight.contains(sideKey) {
                highest[sideKey] = 0
                idleSince[sideKey] = nil
            }
        case .adopt(let former):
            for side in Side.allCases {
                let old = SideKey(application: former, side: side)
                let new = SideKey(application: key.application, side: side)
                highest[new] = max(highest[new] ?? 0, highest[old] ?? 0)
                if hadWeight.contains(old) { hadWeight.insert(new) }
            }
        case .scale, .teardown: break
        }
    }
}
