import Core

extension World {
    /// Lets something befall the platform.
    package mutating func apply(_ disturbance: Disturbance) {
        switch disturbance {
        case .crash(let name, let side, let count):
            change(name, side) { state, now in
                var left = count
                for position in state.components.indices {
                    for index in state.components[position].replicas.indices where left > 0 {
                        guard state.components[position].replicas[index].isReady else { continue }
                        let backoff = state.components[position].replicas[index].backoff
                        state.components[position].replicas[index].state = .crashed(until: now + backoff)
                        state.components[position].replicas[index].crashes += 1
                        left -= 1
                    }
                }
            }
        case .unready(let name, let side, let time): change(name, side) { $0.unreadyUntil = $1 + time }
        case .neverReady(let name, let side, let time): change(name, side) { $0.neverReadyUntil = $1 + time }
        case .lie(let name, let side, let time): change(name, side) { $0.lieUntil = $1 + time }
        case .freeze(let name, let time): change(name) { $0.frozenUntil = $1 + time }
        case .surge(let name, let percent, let time):
            change(name) {
                $0.surgePercent = percent
                $0.surgeUntil = $1 + time
            }
        case .quota(let namespace, let replicas):
            configuration.quota[namespace] = replicas
            placeAll(in: namespace)
        case .nodesExhausted(let namespace, let time):
            exhaustedUntil[namespace] = max(exhaustedUntil[namespace] ?? now, now + time)
            for application in states.indices
            where Side.allCases.contains(where: { states[application].sides[$0]?.namespace == namespace }) {
                reschedule(application)
            }
        case .humanScales(let name, let side, let count): humanScales(name, side, count)
        case .humanRoutes(let name, let flip):
            guard let application = index[name], var route = states[application].route else { return }
            accrue(application)
            route.weights = Weights(flip, on: .flip)
            states[application].formerRoute = states[application].route
            states[application].route = route
            for side in Side.allCases { states[application].load.wasServing[side] = true }
            states[application].settledAt = now + configuration.propagation
            reschedule(application)
        case .humanDeletes(let name, let side):
            guard let application = index[name] else { return }
            accrue(application)
            kill(application, side)
            reschedule(application)
        case .sidecarDown(let name, let side, let time): change(name, side) { $0.sidecars.downUntil = $1 + time }
        case .sidecarStale(let name, let side, let time): change(name, side) { $0.sidecars.staleUntil = $1 + time }
        case .reportsLost(let name, let side, let time): change(name, side) { $0.sidecars.unreportedUntil = $1 + time }
        case .sidecarSplit(let name, let side, let time): change(name, side) { $0.sidecars.splitUntil = $1 + time }
        case .deactivationIgnored(let name, let side, let time):
            change(name, side) { $0.sidecars.ignoresUntil = $1 + time }
        case .slowDrain(let name, let side, let time): change(name, side) { $0.sidecars.slowUntil = $1 + time }
        case .backlog(let name, let messages):
            change(name) { state, _ in
                for key in state.inboxes.keys { state.inboxes[key]?.publish(Double(max(0, messages))) }
            }
        case .clockSet(let offset):
            clockOffset = offset
        }
    }

    /// Accidents are over: nodes and quota are there again, nobody lies.
    package mutating func endDisturbances() {
        exhaustedUntil = [:]
        configuration.quota = [:]
        for application in states.indices {
            states[application].frozenUntil = nil
            for side in Side.allCases where states[application].sides[side] != nil {
                states[application].sides[side]?.unreadyUntil = nil
                states[application].sides[side]?.lieUntil = nil
                endTrouble(application, side)
                if let until = states[application].sides[side]?.neverReadyUntil, until > now {
                    states[application].sides[side]?.neverReadyUntil = now + .seconds(1)
                }
                place(application, side)
            }
            reschedule(application)
        }
    }

    /// Sidecars answer again: whoever waited for them polls soon.
    private mutating func endTrouble(_ application: Int, _ side: Side) {
        guard var state = states[application].sides[side] else { return }
        state.sidecars = SidecarTrouble()
        for position in state.components.indices {
            let drain = state.components[position].run.drainTime
            for index in state.components[position].workers.indices {
                var worker = state.components[position].workers[index]
                worker.pollsAt = worker.pollsAt.map { min($0, now + configuration.workerPoll) }
                worker.finishesAt = worker.finishesAt.map { min($0, now + max(drain, .seconds(1))) }
                state.components[position].workers[index] = worker
            }
        }
        states[application].sides[side] = state
    }

    private mutating func humanScales(_ name: ApplicationName, _ side: Side, _ count: Int) {
        guard let application = index[name], states[application].sides[side] != nil else { return }
        accrue(application)
        for position in states[application].sides[side]?.components.indices ?? 0..<0 {
            states[application].sides[side]?.components[position].floor = max(0, count)
        }
        fit(application, side)
    }

    private mutating func change(_ name: ApplicationName, _ side: Side, _ edit: (inout SideState, Instant) -> Void) {
        guard let application = index[name] else { return }
        accrue(application)
        guard var state = states[application].sides[side] else { return }
        edit(&state, now)
        states[application].sides[side] = state
        settle(application)
    }

    private mutating func change(_ name: ApplicationName, _ edit: (inout ApplicationWorld, Instant) -> Void) {
        guard let application = index[name] else { return }
        accrue(application)
        edit(&states[application], now)
        reschedule(application)
    }
}
