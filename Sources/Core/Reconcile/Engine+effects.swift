extension Engine {
    /// What was asked of the shell and has not been answered.
    struct Effect: Sendable {
        indirect enum Kind: Sendable {
            case fetch
            case readRequests
            case observe(ApplicationName)
            case perform(ApplicationName, adopts: Bool)
            case evaluate(ApplicationName, gate: Gate, Attempt, stage: Int)
            case push([ApplicationName: Int])
            case collect
            case restore(RestoreOrder)
        }

        var kind: Kind
        var deadline: Instant
    }

    /// Notes an effect that is about to be asked for.
    mutating func begin(_ kind: Effect.Kind, _ now: Instant) -> EffectID {
        lastEffect += 1
        effects[lastEffect] = Effect(kind: kind, deadline: now + configuration.effectDeadline)
        return lastEffect
    }

    /// An effect that has not answered in time counts as failed, whether or not it happened.
    mutating func expireEffects(_ now: Instant) {
        guard effects.values.contains(where: { $0.deadline <= now }) else { return }
        let lost = effects.filter { $0.value.deadline <= now }.sorted { $0.key < $1.key }
        for (id, effect) in lost {
            effects[id] = nil
            let failure = EffectFailure(.timedOut, "no answer within \(configuration.effectDeadline)")
            switch effect.kind {
            case .fetch:
                fetchEffect = nil
                fetched(.failed(failure), now)
            case .readRequests:
                requestsEffect = nil
                requestsRead(.failed(failure), now)
            case .observe(let name):
                underWay -= 1
                failed(name, failure, now)
            case .perform(let name, _):
                underWay -= 1
                performed(name, .failure(failure), now)
            case .evaluate(let name, let gate, let attempt, let stage):
                evaluated(name, gate, attempt, stage, .outcome(.error, detail: GateReading(failure.message)), now)
            case .push(let generations):
                pushEffect = nil
                pushed(generations, .failed(failure), now)
            case .collect:
                collectEffect = nil
            case .restore(let order):
                restored(order, .failed(failure), now)
            }
        }
    }

    mutating func issue(_ now: Instant, _ commands: inout [Command]) {
        guard epoch != nil else { return }
        if fetchEffect == nil, fetchDue <= now {
            let id = begin(.fetch, now)
            fetchEffect = id
            commands.append(.fetch(id))
        }
        if requestsEffect == nil, requestsDue <= now {
            let id = begin(.readRequests, now)
            requestsEffect = id
            commands.append(.readRequests(id))
        }
        for name in queue.call() { wake(name, now) }
        while isFleetKnown, underWay < configuration.concurrency, let (name, due) = schedule.take(dueBy: now) {
            guard states[name]?.pass == .idle else { continue }
            if queue.isInFlight(name) { queue.looked(late: now - due, at: now) }
            let id = begin(.observe(name), now)
            underWay += 1
            states[name]?.pass = .observing(id)
            commands.append(.observe(id, name))
        }
        if pushEffect == nil, !pendingPush.isEmpty, pushDue <= now { push(now, &commands) }
        collect(now, &commands)
    }
}
