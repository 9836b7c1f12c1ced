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
        case .led(let epoch, let statuses):
            defer { hasLed = true }
            return mutant == .leadNotRetaken && hasLed ? nil : .led(epoch: epoch, statuses: statuses.map(distort))
        case .superseded where mutant == .leadKept: return nil
        case .fetched(let id, .changed(let change)): return .fetched(id, .changed(distort(change)))
        case .observed(let id, .success(let observation)):
            return .observed(id, .success(distort(observation, of: observing.removeValue(forKey: id) ?? "")))
        case .performed(let id, let result):
            unanswered[id] = nil
            if case .failure(let failure) = result, failure.kind != .staleEpoch { hasFailed = true }
            return event
        case .evaluated(let id, let result):
            if let run = evaluating.removeValue(forKey: id), case .outcome(.passed, _) = result {
                goodResults["\(run.application) \(run.gate.name)"] = result
            }
            return .evaluated(id, distort(result))
        case .requestsRead(let id, let outcome):
            return .requestsRead(id, distort(outcome))
        case .pushed(let id, let outcome):
            if mutant == .pushBelieved, case .failed = outcome { return .pushed(id, .accepted) }
            if mutant == .leadKept, case .superseded = outcome { return .pushed(id, .accepted) }
            return event
        default:
            if mutant == .failureStopsOthers, hasFailed, case .tick = event { return nil }
            return event
        }
    }

    private mutating func distort(_ outcome: RequestsOutcome) -> RequestsOutcome {
        if case .failed = outcome { return outcome }
        if case .standing(let now) = outcome { standing = now }
        guard mutant == .approvalCarriedOver else {
            guard case .standing = outcome else { return outcome }
            return .standing(standing.compactMap(distort))
        }
        for approval in standing where approval.verb == .approve && !approvals.contains(approval) {
            approvals.append(approval)
        }
        return .standing(standing.filter { $0.verb != .approve } + approvals.compactMap(distort))
    }

    private func distort(_ request: Request) -> Request? {
        var request = request
        let candidate = request.application.flatMap { engine.status(of: $0)?.candidate?.release.attempt }
        let stage = request.application.flatMap { engine.status(of: $0)?.stage?.name }
        switch (mutant, request.verb) {
        case (.pauseIgnored, .pause), (.abortIgnored, .abort): return nil
        case (.approvalCarriedOver, .approve):
            request.attempt = candidate ?? request.attempt
            request.stage = stage ?? request.stage
        case (.promotionCarriedOver, .promote):
            request.attempt = candidate ?? request.attempt
            request.isFull = true
        default: break
        }
        return request
    }

    private func distort(_ status: Status) -> Status {
        var status = status
        if mutant == .rejectionForgotten || mutant == .rejectionRetried { status.rejected = [] }
        if mutant == .pastForgotten { status.past = nil }
        return status
    }

    private mutating func distort(_ change: FleetChange) -> FleetChange {
        var change = change
        switch mutant {
        case .prunesIncompleteTree:
            change.isComplete = true
        case .rejectionRetried, .rejectionForgotten:
            for index in change.declared.indices where mutant == .rejectionRetried {
                change.declared[index].trail = nil
                change.declared[index].introduced += "-\(extra)"
            }
            extra += 1
        case .historyByPath:
            for index in change.declared.indices where !change.isFull { change.declared[index].trail = nil }
        case .deadlineForgotten:
            for index in change.declared.indices {
                change.declared[index].strategy.progressDeadline = .hours(1000)
            }
        case .fixIgnored:
            change.declared.removeAll { declaration in
                let status = engine.status(of: declaration.application.name)
                return status?.rollback?.reason == .rejected
                    && status?.stable?.release.digest != declaration.head.digest
            }
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
        case .inFlightIgnored:
            for side in Side.allCases {
                for index in observation.sides[side]?.components.indices ?? 0..<0 {
                    observation.sides[side]?.components[index].inFlight = 0
                }
            }
        case .drainedAssumed:
            observation.assumeDrained()
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
            guard mutant == .allBegun else { return .asIs }
            unlooked.append((id, name, lastSeen ?? Simulation.start))
            return .replaced([])
        case .evaluate(let id, let run):
            evaluating[id] = run
            if mutant == .wrongSideMeasured, case .analysis = run.gate.check {
                var turned = run
                turned.candidate = run.candidate.other
                return .replaced([.evaluate(id, turned)])
            }
            if mutant == .gateResultReused, let good = goodResults["\(run.application) \(run.gate.name)"] {
                return .answered(.evaluated(id, good), [])
            }
            guard mutant == .gatesSkipped else { return .asIs }
            return .answered(.evaluated(id, .outcome(.passed, detail: "skipped")), [])
        case .push(let id, let updates):
            if mutant == .pushForgotten { return .answered(.pushed(id, .accepted), []) }
            if mutant == .statusClaimsWeight { return .replaced([.push(id, updates.map(claim))]) }
            if mutant == .conditionsContradict { return .replaced([.push(id, updates.map(contradict))]) }
            if mutant == .restoredUnrecorded { return .replaced(updates.compactMap { restoring($0) } + [command]) }
            if mutant == .gitBlamed, hasWaitedForGit { return .replaced([.push(id, updates.map(blame))]) }
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
        case .readRequests(let id):
            guard mutant == .requestsAssumed, !hasAssumed else { return .asIs }
            hasAssumed = true
            return .answered(.requestsRead(id, .standing([])), [])
        case .fetch, .collect, .restore:
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

    private func contradict(_ update: StatusUpdate) -> StatusUpdate {
        var update = update
        for index in update.status.conditions.indices where update.status.conditions[index].type == .stableHealthy {
            update.status.conditions[index].status = false
        }
        return update
    }

    private mutating func restoring(_ update: StatusUpdate) -> Command? {
        let status = update.status
        guard let rejection = status.rejected.last(where: { $0.restoration == .pending }), let stable = status.stable
        else { return nil }
        extra += 1
        return .restore(
            extra,
            RestoreOrder(
                application: status.application, rejected: rejection.attempt, rejectedVersion: rejection.version,
                stable: stable.release, revision: stable.revision, reason: rejection.reason))
    }

    private mutating func remember(_ update: StatusUpdate) -> StatusUpdate {
        var update = update
        let name = update.status.application
        let known = Set(history[name] ?? [])
        history[name, default: []] += update.status.history.filter { !known.contains($0) }
        update.status.history = History(history[name] ?? [])
        return update
    }

    /// The application that was just looked at.
    func observedName(_ event: Event) -> ApplicationName? {
        if case .observed(let id, .success) = event { observing[id] } else { nil }
    }

    /// The last action once more, where a look at an application that rests led to nothing.
    mutating func repetition(after name: ApplicationName?, _ commands: [Command]) -> Command? {
        guard mutant == .neverQuiet, let name, let (action, key) = lastAction[name],
            engine.status(of: name)?.phase == .healthy, commands.isEmpty
        else { return nil }
        extra += 1
        return .perform(extra, action, key.after(extra))
    }

    /// As many looks as there is room for; those first that may begin something.
    mutating func nextLooks(_ now: Instant) -> [Command] {
        unlooked.removeAll { now - $0.since >= EngineConfiguration().effectDeadline }
        var looks: [Command] = []
        while looking.count < looksAtOnce, !unlooked.isEmpty {
            let next = unlooked.firstIndex { engine.status(of: $0.name)?.stage == nil } ?? 0
            let look = unlooked.remove(at: next)
            looking.insert(look.id)
            looks.append(.observe(look.id, look.name))
        }
        return looks
    }

    // MARK: Whose time it is

    mutating func heedPush(_ event: Event, _ now: Instant) {
        lastSeen = now
        guard case .pushed(_, let outcome) = event else { return }
        if case .failed = outcome { refusedSince = refusedSince ?? now } else { refusedSince = nil }
    }

    private var hasWaitedForGit: Bool {
        guard let refusedSince, let lastSeen else { return false }
        return lastSeen - refusedSince > .minutes(5)
    }

    private func blame(_ update: StatusUpdate) -> StatusUpdate {
        var update = update
        guard let candidate = update.status.candidate, let stage = update.status.stage, let lastSeen else {
            return update
        }
        update.status.rejected.append(
            Rejection(
                attempt: candidate.release.attempt, version: candidate.release.release.version,
                reason: "stage \(stage.name) made no progress within 5m", at: lastSeen))
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
        case (.weightWobbles, .route(let route?)):
            guard let candidate = status?.candidate, status?.rollback == nil, status?.stable != nil,
                route.weights[candidate.side] >= 25, hasWobbled.insert(candidate.release.attempt).inserted
            else { return .asIs }
            var without = route
            without.weights = Weights(0, on: candidate.side)
            return .replaced([.perform(id, .route(without), key)])
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
        case (.inactiveConsumes, .route(let route?)), (.twoReleasesConsume, .route(let route?)),
            (.deactivatedEarly, .route(let route?)):
            return .replaced([.perform(id, .route(route.dividing(mutant, status)), key)])
        case (.rejectionForgotten, .route(var route?)):
            route.rejecting = nil
            return .replaced([.perform(id, .route(route), key)])
        default:
            return .asIs
        }
    }
}

extension Observation {
    fileprivate mutating func assumeDrained() {
        for side in Side.allCases {
            for index in sides[side]?.components.indices ?? 0..<0 {
                guard let name = sides[side]?.components[index].name else { continue }
                guard (route?.route.actives[name]?[side] ?? 0) == 0 else { continue }
                sides[side]?.components[index].unheard = nil
                sides[side]?.components[index].active = 0
                sides[side]?.components[index].inFlight = 0
            }
        }
    }
}

extension Route {
    fileprivate func dividing(_ mutant: Mutant, _ status: Status?) -> Route {
        var route = self
        for (name, actives) in actives {
            for side in Side.allCases {
                switch mutant {
                case .inactiveConsumes where weights[side] == 0: route.actives[name]?[side] = 1
                case .twoReleasesConsume where weights[side] > 0:
                    route.actives[name]?[side] = actives.flip + actives.flop
                case .deactivatedEarly where status?.stable?.side == side && status?.rollback == nil:
                    route.actives[name]?[side] = max(0, actives[side] - actives[side.other])
                default: break
                }
            }
        }
        return route
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
