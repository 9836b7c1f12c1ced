extension Engine {
    /// Takes over what stands on the requests branch; what could not be read keeps standing.
    mutating func requestsRead(_ outcome: RequestsOutcome, _ now: Instant) {
        switch outcome {
        case .failed(let failure):
            requestsFailure = failure
            requestsFailures += 1
            requestsDue = now + pause(requestsFailures, after: failure, atLeast: configuration.pollInterval)
            return
        case .unchanged:
            break
        case .standing(let standing):
            stand(standing, now)
        }
        requestsFailure = nil
        requestsFailures = 0
        requestsDue = now + configuration.pollInterval
        if !areRequestsKnown {
            areRequestsKnown = true
            for name in applications { wake(name, now) }
        }
    }

    /// What was asked of an application, under the name it had before too.
    func requests(for state: ApplicationState) -> [Request] {
        let own = requests[state.status.application] ?? []
        guard let former = state.declaration?.application.renamedFrom else { return own }
        return own + (requests[former] ?? [])
    }

    private mutating func stand(_ standing: [Request], _ now: Instant) {
        var byName: [ApplicationName: [Request]] = [:]
        var pause: Request?
        for request in standing.sorted(by: { $0.id < $1.id }) {
            if let name = request.application {
                byName[name, default: []].append(request)
            } else if request.verb == .pause {
                pause = pause ?? request
            }
        }
        let former = requests
        requests = byName
        for name in Set(former.keys).union(byName.keys).sorted() where former[name] != byName[name] {
            wake(name, now)
            if let successor = successors[name] { wake(successor, now) }
        }
        guard pause != fleetPause else { return }
        fleetPause = pause
        for name in applications { wake(name, now) }
    }

    /// Removes requests that have nothing more to say, once what they brought about is pushed.
    mutating func collect(_ now: Instant, _ commands: inout [Command]) {
        guard collectEffect == nil, isFleetKnown, collectDue <= now, !requests.isEmpty else { return }
        var spent: [Request] = []
        for (name, standing) in requests {
            guard let state = states[successors[name] ?? name] ?? states[name] else {
                spent += standing
                continue
            }
            guard state.pushed >= state.generation, !state.isRestored else { continue }
            spent += standing.filter { state.status.isSpent($0, state.declaration) }
        }
        guard !spent.isEmpty else { return }
        // What could not be removed is found again at the next look.
        collectDue = now + configuration.pollInterval
        let id = begin(.collect, now)
        collectEffect = id
        commands.append(.collect(id, spent.sorted { $0.id < $1.id }))
    }

    // MARK: Restoring commits

    /// Asks for the commit that restores the stable release, once the rejection itself is pushed.
    mutating func restore(_ name: ApplicationName, _ now: Instant, _ commands: inout [Command]) {
        guard let state = states[name], state.pushed >= state.required,
            let rejection = state.status.rejected.last(where: { $0.restoration == .pending }),
            let stable = state.status.stable
        else {
            restoring[name] = nil
            return
        }
        let standing = restoring[name] ?? (nil, 0, now)
        guard standing.effect == nil, standing.due <= now else { return }
        let order = RestoreOrder(
            application: name, rejected: rejection.attempt, rejectedVersion: rejection.version,
            stable: stable.release, revision: stable.revision, reason: rejection.reason)
        let id = begin(.restore(order), now)
        restoring[name] = (id, standing.failures, now)
        commands.append(.restore(id, order))
    }

    mutating func restored(_ order: RestoreOrder, _ outcome: RestoreOutcome, _ now: Instant) {
        let name = order.application
        guard var state = states[name],
            let index = state.status.rejected.lastIndex(where: {
                $0.attempt == order.rejected && $0.restoration == .pending
            })
        else {
            restoring[name] = nil
            return
        }
        let before = state.status
        let summary: String
        switch outcome {
        case .pushed:
            state.status.rejected[index].restoration = .pushed
            summary = "pushed a commit that restores \(order.stable.release.version)"
        case .proposed(let branch):
            state.status.rejected[index].restoration = .proposed
            summary = "the manifest branch is protected; branch \(branch) restores \(order.stable.release.version)"
        case .moot:
            state.status.rejected[index].restoration = .moot
            summary = "\(order.rejectedVersion) is not declared any more; nothing to restore"
        case .impossible(let why):
            state.status.rejected[index].restoration = .impossible
            summary = "the manifest still declares \(order.rejectedVersion), and no commit restores it: \(why)"
        case .failed(let failure):
            let failures = (restoring[name]?.failures ?? 0) + 1
            let due = now + backoff(failures, atLeast: configuration.pollInterval)
            restoring[name] = (nil, failures, due)
            state.status.waiting = Waiting(.status, "the restoring commit failed: \(failure.message)", until: due)
            state.status.keepWaiting(since: before, at: now)
            states[name] = state
            schedule.wake(name, at: due)
            return
        }
        restoring[name] = nil
        state.status.history.append(
            HistoryEntry(at: now, revision: state.status.observedRevision, message: summary))
        record(&state, before, summary: summary, at: now)
        states[name] = state
        wake(name, now)
        // The head is about to move, by our own hand.
        fetchDue = now
    }
}
