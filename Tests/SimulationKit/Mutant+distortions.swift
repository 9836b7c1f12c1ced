import Core

extension MutantEngine {
    enum Distortion {
        case asIs
        case replaced([Command])
        case answered(Event, [Command])
    }

    // MARK: What goes in

    mutating func distort(_ event: Event) -> Event? {
        switch event {
        case .led(let epoch, let statuses): return .led(epoch: epoch, statuses: statuses.map(distort))
        case .fetched(let id, .changed(let change)): return .fetched(id, .changed(distort(change)))
        case .observed(let id, .success(let observation)):
            return .observed(id, .success(distort(observation, of: observing.removeValue(forKey: id) ?? "")))
        case .performed(let id, let result):
            unanswered[id] = nil
            if case .failure(let failure) = result, failure.kind != .staleEpoch { hasFailed = true }
            return event
        case .evaluated(let id, let result):
            evaluating[id] = nil
            return .evaluated(id, distort(result))
        case .pushed(let id, let outcome):
            if mutant == .pushBelieved, case .failed = outcome { return .pushed(id, .accepted) }
            return event
        default:
            if mutant == .failureStopsOthers, hasFailed, case .tick = event { return nil }
            return event
        }
    }

    private func distort(_ status: Status) -> Status {
        var status = status
        if mutant == .rejectionForgotten || mutant == .rejectionRetried { status.rejected = [] }
        return status
    }

    private mutating func distort(_ change: FleetChange) -> FleetChange {
        var change = change
        switch mutant {
        case .prunesIncompleteTree:
            change.isComplete = true
        case .rejectionRetried, .rejectionForgotten:
            for index in change.declared.indices where mutant == .rejectionRetried {
                change.declared[index].introduced += "-\(extra)"
            }
            extra += 1
        case .secondVersionStuck:
            change.declared.removeAll { declaration in
                let status = engine.status(of: declaration.application.name)
                return status?.stage != nil && status?.stable?.release.digest != declaration.head.digest
            }
        case .revertIgnored:
            change.declared.removeAll { declaration in
                let status = engine.status(of: declaration.application.name)
                return status?.stage != nil && status?.stable?.release.digest == declaration.head.digest
            }
        default: break
        }
        return change
    }

    private mutating func distort(_ observation: Observation, of name: ApplicationName) -> Observation {
        var observation = observation
        switch mutant {
        case .observationCached:
            if var old = cached[name], cached.count < 1000, lastAction[name].map({ $0.0.isScale }) ?? false {
                old.readAt = observation.readAt
                return old
            }
            cached[name] = observation
        case .readinessAssumed:
            for side in Side.allCases {
                for index in observation.sides[side]?.components.indices ?? 0..<0 {
                    let floor = observation.sides[side]?.components[index].floor ?? 0
                    observation.sides[side]?.components[index].ready = floor
                }
            }
        case .rejectionForgotten, .rejectionRetried:
            observation.route?.route.rejecting = nil
        default: break
        }
        return observation
    }

    private func distort(_ result: GateResult) -> GateResult {
        switch (mutant, result) {
        case (.noDataPasses, .outcome(.inconclusive, let detail)), (.noDataPasses, .outcome(.error, let detail)),
            (.failurePasses, .outcome(.failed, let detail)):
            .outcome(.passed, detail: detail)
        default: result
        }
    }

    // MARK: What comes out

    mutating func distort(_ command: Command) -> Distortion {
        switch command {
        case .observe(let id, let name):
            observing[id] = name
            if mutant == .neverQuiet, let (action, key) = lastAction[name] {
                extra += 1
                return .replaced([command, .perform(extra, action, key.after(extra))])
            }
            return .asIs
        case .evaluate(let id, let run):
            evaluating[id] = run
            guard mutant == .gatesSkipped else { return .asIs }
            return .answered(.evaluated(id, .outcome(.passed, detail: "skipped")), [])
        case .push(let id, let updates):
            if mutant == .pushForgotten { return .answered(.pushed(id, .accepted), []) }
            if mutant == .statusClaimsWeight { return .replaced([.push(id, updates.map(claim))]) }
            if mutant == .historyGrows { return .replaced([.push(id, updates.map { remember($0) })]) }
            return .asIs
        case .perform(let id, let action, let key):
            unanswered[id] = key.application
            let last = lastAction[key.application]?.1
            if mutant == .keysRepeated, let last, (last.purpose, last.stage) == (key.purpose, key.stage) {
                return .replaced([.perform(id, action, last)])
            }
            lastAction[key.application] = (action, key)
            return distort(id, action, key)
        case .fetch, .readRequests, .collect, .restore:
            return .asIs
        }
    }

    /// Whether the mutant never gets to an effect.
    func isWithheld(_ command: Command) -> Bool {
        switch (mutant, command) {
        case (.lostActionAwaited, .observe(_, let name)): unanswered.values.contains(name)
        case (.gateStopsOthers, .observe(_, let name)):
            evaluating.values.contains { $0.application != name }
        default: false
        }
    }

    private mutating func remember(_ update: StatusUpdate) -> StatusUpdate {
        var update = update
        let name = update.status.application
        let known = Set(history[name] ?? [])
        history[name, default: []] += update.status.history.filter { !known.contains($0) }
        update.status.history = History(history[name] ?? [])
        return update
    }

    private func claim(_ update: StatusUpdate) -> StatusUpdate {
        var update = update
        if update.status.stage?.heldSince == nil { update.status.stage?.heldSince = Simulation.start }
        return update
    }

    private mutating func distort(_ id: EffectID, _ action: Action, _ key: ActionKey) -> Distortion {
        let status = engine.status(of: key.application)
        switch (mutant, action) {
        case (.weightAheadOfCapacity, .route(let route?)):
            guard let candidate = status?.candidate, status?.rollback == nil, status?.stable != nil else {
                return .asIs
            }
            var ahead = route
            ahead.weights = Weights(100, on: candidate.side)
            return .replaced([.perform(id, .route(ahead), key)])
        case (.stableScaledDownEarly, .route), (.stableScaledDownOnRollback, .route):
            guard let stable = status?.stable, status?.candidate != nil,
                (status?.rollback != nil) == (mutant == .stableScaledDownOnRollback)
            else { return .asIs }
            extra += 1
            let floors = stable.floors(at: 0)
            let early = Command.perform(extra, .scale(side: stable.side, floors: floors), key.after(extra))
            return .replaced([.perform(id, action, key), early])
        case (.weightNotRestored, .route):
            guard status?.rollback != nil else { return .asIs }
            return .answered(.performed(id, .success(Receipt(at: Instant(milliseconds: 0)))), [])
        case (.wrongSideTornDown, .teardown(let side)):
            return .replaced([.perform(id, .teardown(side: side.other), key)])
        case (.componentLeftOut, .deploy(let side, let namespace, var release, let digest, let floors)):
            if release.components.count > 1 { release.components.removeLast() }
            return .replaced([
                .perform(
                    id, .deploy(side: side, namespace: namespace, release: release, digest: digest, floors: floors), key
                )
            ])
        case (.retentionIgnored, .scale(let side, _)):
            guard status?.retained?.placement.side == side else { return .asIs }
            return .replaced([.perform(id, .teardown(side: side), key)])
        case (.routeRemoved, .scale(let side, _)):
            guard status?.retained?.placement.side == side else { return .asIs }
            return .replaced([.perform(id, .route(nil), key)])
        case (.rejectionForgotten, .route(var route?)):
            route.rejecting = nil
            return .replaced([.perform(id, .route(route), key)])
        default:
            return .asIs
        }
    }
}

extension ActionKey {
    fileprivate func after(_ number: Int) -> ActionKey {
        var key = self
        key.attempt = number
        key.sequence = sequence
        return key
    }
}

extension Action {
    fileprivate var isScale: Bool { if case .scale = self { true } else { false } }
}
