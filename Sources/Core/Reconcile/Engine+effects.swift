extension Engine {
    /// What was asked of the shell and has not been answered.
    indirect enum Effect: Sendable {
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

    mutating func nextEffect() -> EffectID {
        lastEffect += 1
        return lastEffect
    }

    /// An effect that has not answered in time counts as failed, whether or not it happened.
    mutating func expireEffects(_ now: Instant) {
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
                evaluated(name, gate, attempt, stage, .outcome(.error, detail: GateReading(failure.message)), now)
            case .push(let generations, _):
                pushEffect = nil
                pushed(generations, .failed(failure), now)
            }
        }
    }

    mutating func issue(_ now: Instant, _ commands: inout [Command]) {
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
}
