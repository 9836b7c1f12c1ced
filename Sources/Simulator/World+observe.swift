package import Core

extension World {
    /// What the platform reports of an application.
    ///
    /// - Parameters:
    ///   - name: which.
    ///   - age: how old the report may be: the newest one that was given out at least so long ago, where there is one.
    /// - Returns: the report, with the time at which it was read.
    package mutating func observe(_ name: ApplicationName, age: Span = .zero) -> Observation {
        guard let application = index[name] else {
            return Observation(readAt: platformTime, route: nil, sides: PerSide(flip: nil, flop: nil))
        }
        if !states[application].inboxes.isEmpty { accrue(application) }
        let state = states[application]
        if let until = state.frozenUntil, until > now, let old = state.recent.last { return old }
        if age > .zero, let old = state.recent.last(where: { $0.readAt <= platformTime - age }) { return old }
        var observation = state.observation(readAt: platformTime, now: now, rate: loadRate(state))
        for side in Side.allCases {
            guard let standing = state.sides[side] else { continue }
            for position in standing.components.indices where standing.components[position].kind == .consumer {
                observation.sides[side]?.components[position].backlog = backlog(standing.components[position], state)
            }
        }
        states[application].recent.append(observation)
        if states[application].recent.count > 8 { states[application].recent.removeFirst() }
        return observation
    }

    // MARK: The truth, for those who check

    /// The route's weights; nil where there is no route.
    package func weights(of name: ApplicationName) -> Weights? { index[name].flatMap { states[$0].route?.weights } }

    /// The release that stands on a side.
    package func digest(of name: ApplicationName, on side: Side) -> Digest? {
        index[name].flatMap { states[$0].sides[side]?.digest }
    }

    /// Names of the components that stand on a side, in the release's order.
    package func components(of name: ApplicationName, on side: Side) -> [String] {
        index[name].flatMap { states[$0].sides[side]?.components.map(\.name) } ?? []
    }

    /// Ready replicas on a side, of the component that has fewest.
    package func readyReplicas(of name: ApplicationName, on side: Side) -> Int {
        index[name].flatMap { states[$0].sides[side]?.components.map(\.ready).min() } ?? 0
    }

    package func holdsAnything(of name: ApplicationName) -> Bool {
        index[name].map { states[$0].holdsAnything } ?? false
    }

    /// The highest epoch that acted on an application.
    package func epoch(of name: ApplicationName) -> Int { index[name].map { states[$0].epoch } ?? 0 }
}

extension ApplicationWorld {
    /// Of what a side is given; nil where it is given no requests, or holds nothing that takes any.
    private func percentFailing(_ side: Side, _ state: SideState, rate: Double, _ now: Instant) -> Int? {
        guard share(side) > 0, state.components.contains(where: { $0.kind == .service }) else { return nil }
        return Int((failing(side, rate: rate, now) * 100).rounded())
    }

    /// What the platform would report, given `rate` requests a second now.
    func observation(readAt: Instant, now: Instant, rate: Double) -> Observation {
        var seen = PerSide<SideObservation?>(flip: nil, flop: nil)
        for side in Side.allCases {
            guard let state = sides[side] else { continue }
            let isBusy = isBusy(side, now)
            let components = state.components.map { component in
                var ready = state.unreadyUntil == nil ? component.ready : 0
                if state.lieUntil != nil { ready = component.replicas.count }
                var observation = ComponentObservation(
                    name: component.name, floor: component.floor, replicas: component.existing, ready: ready,
                    inFlight: isBusy && component.kind == .service ? 1 : 0, trouble: component.trouble)
                for worker in component.workers {
                    observation.active += worker.saidActive ? 1 : 0
                    observation.inFlight += worker.saidHeld
                }
                let unheard = component.workers.reduce(0) { $0 + ($1.isUnheard ? 1 : 0) }
                if unheard > 0 {
                    observation.unheard = Unheard(replicas: unheard, by: "the agent of \(state.namespace)")
                }
                return observation
            }
            seen[side] = SideObservation(
                digest: state.digest, version: state.version, epoch: state.epoch, components: components,
                failing: percentFailing(side, state, rate: rate * share(side), now))
        }
        return Observation(
            readAt: readAt,
            route: route.map { RouteObservation(route: $0, settled: settledAt == nil, epoch: routeEpoch) },
            sides: seen)
    }
}
