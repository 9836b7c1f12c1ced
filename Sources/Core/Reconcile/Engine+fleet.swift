extension Engine {
    /// Takes over what the repository declares now.
    mutating func apply(_ change: FleetChange, _ now: Instant) {
        let isOtherwiseHeld = change.obstacle != pruningObstacle
        isPruningAllowed = change.isComplete
        pruningObstacle = change.obstacle
        rewrittenTo = change.isRewritten ? change.revision : nil
        if let namespaces = change.namespaces { take(namespaces, now) }
        for declaration in change.declared.sorted(by: { $0.application.name < $1.application.name }) {
            declare(declaration, change, now)
        }
        for (name, finding) in change.held.sorted(by: { $0.key < $1.key }) {
            if states[name] == nil {
                states[name] = ApplicationState(
                    status: Status(application: name, observedRevision: change.revision), isRestored: false)
            }
            states[name]?.heldBy = finding
            states[name]?.isAbsent = false
            absent.remove(name)
            wake(name, now)
            wakeDependents(of: name, now)
        }
        for name in change.gone.sorted() { markAbsent(name, now) }
        if change.isFull {
            let named = Set(change.declared.map(\.application.name)).union(change.held.keys)
            for name in states.names where !named.contains(name) { markAbsent(name, now) }
        }
        rename(change.declared, now)
        for name in absent.sorted() where change.isFull || isPruningAllowed || isOtherwiseHeld {
            wake(name, now)
        }
    }

    private mutating func markAbsent(_ name: ApplicationName, _ now: Instant) {
        guard states[name] != nil else { return }
        states[name]?.isAbsent = true
        absent.insert(name)
        // Also where it stays: why is told.
        if !isPruningAllowed { wake(name, now) }
        wakeDependents(of: name, now)
    }

    private mutating func declare(_ declaration: Declaration, _ change: FleetChange, _ now: Instant) {
        let name = declaration.application.name
        let isRemoved = states[name]?.status.removal?.doneAt != nil
        if states[name] == nil || isRemoved {
            var state = ApplicationState(
                status: Status(application: name, observedRevision: declaration.revision), isRestored: false)
            // What is under way under this name is answered yet.
            if let former = states[name] {
                (state.pass, state.gateRuns) = (former.pass, former.gateRuns)
                state.freshAfter = former.freshAfter
            }
            state.generation = states[name]?.generation ?? 0
            state.required = state.generation
            state.pushed = states[name]?.pushed ?? 0
            states[name] = state
        }
        guard var state = states[name] else { return }
        var declaration = declaration
        if let other = returning(name, change) {
            declaration.application.renamedFrom = other
        } else {
            successors[name] = nil
            declaration.application.renamedFrom = former(of: declaration)
        }
        declaration = settle(declaration, &state)
        if successors.values.contains(name) { successors = successors.filter { $0.value != name } }
        if let former = declaration.application.renamedFrom, !isClaimed(former, byOtherThan: name, change) {
            successors[former] = name
        }
        if let claimed = state.declaration?.application.renamedFrom, claimed != declaration.application.renamedFrom,
            states[claimed] != nil
        {
            wake(claimed, now)
        }
        link(name, from: state.declaration?.application.dependsOn ?? [], to: declaration.application.dependsOn)
        state.declaration = declaration
        state.heldBy = nil
        state.isAbsent = false
        absent.remove(name)
        state.isBusy = true
        states[name] = state
        wake(name, now)
        wakeDependents(of: name, now)
    }

    /// Resolves a declaration by what earlier heads declared, under the former name too, and notes that it was.
    private func settle(_ declaration: Declaration, _ state: inout ApplicationState) -> Declaration {
        var source = state.status
        if source.past == nil, source.stable == nil, let former = declaration.application.renamedFrom,
            let old = states[former]?.status, old.removal?.doneAt == nil
        {
            source = old
        }
        let (settled, past) = declaration.continued(from: source.past, status: source)
        state.status.past = past
        return settled
    }

    /// The first dependency that is not Healthy at its declared version; nil where there is none.
    func unmetDependency(of state: ApplicationState) -> String? {
        for name in state.declaration?.application.dependsOn ?? [] {
            guard let dependency = states[name], !dependency.isAbsent else {
                return "waits for \(name), which is not declared"
            }
            let declaration = dependency.declaration?.settled(by: dependency.status, isRouted: true)
            guard let declared = declaration?.serving else {
                return "waits for \(name), which is not declared to serve"
            }
            let serves = dependency.status.stable?.release.digest == declared.digest
            if serves, dependency.status.phase == .healthy, dependency.heldBy == nil { continue }
            let wanted = "waits for \(name) to be Healthy at \(declared.release.version)"
            if let finding = dependency.heldBy { return "\(wanted), whose declaration is not in force: \(finding)" }
            if let failed = dependency.status.rejection(of: declared) {
                return "\(wanted), which was rejected: \(failed.reason); it goes on once another version of \(name) is "
                    + "declared and serves, or this one is declared anew or retried"
            }
            if let failure = dependency.status.stage?.failure {
                return "\(wanted), which failed: \(failure); somebody has to retry it, go back, or declare another "
                    + "version"
            }
            let stands = dependency.status.stable.map { " and serves \($0.release.release.version)" } ?? ""
            return "\(wanted); it is \(dependency.status.phase.rawValue)\(serves ? "" : stands)"
        }
        return nil
    }

    /// Recorded times count only where the platform's clock agrees with ours. Where it does not, waits start again:
    /// a jump of the clock makes them longer, never shorter.
    func restoreTimes(_ state: inout ApplicationState, _ observation: Observation, _ now: Instant) {
        state.isRestored = false
        if let stage = state.status.stage, let candidate = state.status.candidate {
            // Nobody knows how long nobody looked: the candidate has its time from now on.
            state.status.stage?.clock = StageClock(
                deadline: max(now, stage.holdUntil ?? now) + candidate.strategy.progressDeadline)
        }
        if state.status.bringUp != nil, let candidate = state.status.candidate, state.status.phase != .degraded {
            state.status.bringUp = StageClock(deadline: now + candidate.strategy.progressDeadline)
        }
        let skew = (observation.readAt - now).milliseconds.magnitude
        guard skew > configuration.clockTolerance.milliseconds.magnitude else { return }
        if let retained = state.status.retained {
            state.status.retained?.until = now + retained.placement.strategy.retention.time
        }
        if let stage = state.status.stage, let candidate = state.status.candidate,
            candidate.strategy.stages.indices.contains(stage.index)
        {
            let hold = candidate.strategy.stages[stage.index].hold
            if stage.heldSince != nil {
                state.status.stage?.heldSince = now
                state.status.stage?.holdUntil = now + hold
            }
            state.status.stage?.deadline =
                now + candidate.strategy.progressDeadline + (stage.heldSince == nil ? .zero : hold)
            if stage.haltedAt != nil { state.status.stage?.haltedAt = now }
        }
        if state.status.removal != nil { state.status.removal?.graceUntil = now + configuration.removalGrace }
    }
}
