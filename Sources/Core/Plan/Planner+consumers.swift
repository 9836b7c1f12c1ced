/// How active consumers are divided, and moved from one side to the other.
///
/// Where a subscription is shared, the side that gains replicas is activated first, and the other is deactivated as far
/// as those have said that they take messages: never fewer are active than before. Where it is exclusive it is the other
/// way round. A release that is turned back stops at once.
extension Planner {
    /// The route for these weights, as far as consumers can be moved now.
    func route(_ weights: Weights) -> Route {
        let rejecting = status.rollback?.reason == .rejected ? status.candidate?.release.attempt : nil
        return Route(weights: weights, actives: actives(weights), rejecting: rejecting)
    }

    /// How many replicas of each consumer component take messages once everything has moved.
    func shares(_ weights: Weights) -> [String: PerSide<Int>] {
        var shares: [String: PerSide<Int>] = [:]
        let mover = status.candidate ?? status.retained?.placement
        for side in Side.allCases {
            guard let placement = placement(on: side) else { continue }
            for component in placement.release.release.components where component.kind == .consumer {
                let name = component.name
                let full = largest(name, placement)
                let share: Int
                if mover?.side == side {
                    share = moved(full, name, weights[side])
                } else if let other = self.placement(on: side.other), other.release.replicas[name] != nil {
                    share = weights[side] == 0 ? 0 : kept(full, name, weights[side.other], by: largest(name, other))
                } else {
                    share = weights[side] == 0 ? 0 : full
                }
                shares[name, default: PerSide(flip: 0, flop: 0)][side] = share
            }
        }
        return shares
    }

    /// Most replicas of a placement's component that take messages.
    private func largest(_ name: String, _ placement: Placement) -> Int {
        isExclusive(name) ? min(placement.full(name), partitions(name)) : placement.full(name)
    }

    private func moved(_ full: Int, _ name: String, _ weight: Int) -> Int {
        ConsumerShare.candidate(of: full, weight: weight, exclusive: isExclusive(name))
    }

    /// What stays of `full` where the other side, of `otherFull`, has this weight. Where that cannot be divided, this is
    /// not divided either.
    private func kept(_ full: Int, _ name: String, _ weight: Int, by otherFull: Int) -> Int {
        let taken = moved(otherFull, name, weight)
        if taken == 0 || taken == otherFull { return taken == 0 ? full : 0 }
        return full - moved(full, name, weight)
    }

    /// The next step towards ``shares(_:)``.
    private func actives(_ weights: Weights) -> [String: PerSide<Int>] {
        var next = shares(weights)
        for (name, share) in next {
            for side in Side.allCases {
                let asked = asked(name, on: side)
                if isExclusive(name), share[side] > asked {
                    let taken = max(mayTake(name, on: side.other), self.asked(name, on: side.other))
                    next[name]?[side] = taken > 0 ? asked : share[side]
                } else if !isExclusive(name), share[side] < asked, !isTurnedBack(side) {
                    let left = share.flip + share.flop - (component(name, on: side.other)?.active ?? 0)
                    next[name]?[side] = max(share[side], min(asked, left))
                }
            }
        }
        return next
    }

    private func isTurnedBack(_ side: Side) -> Bool { status.rollback != nil && status.candidate?.side == side }

    // MARK: What is observed

    private func component(_ name: String, on side: Side) -> ComponentObservation? {
        observation.sides[side]?.component(name)
    }

    /// Replicas of a component that the observed route asks to take messages; none where none stand.
    func asked(_ name: String, on side: Side) -> Int {
        component(name, on: side) == nil ? 0 : observation.route?.route.actives[name]?[side] ?? 0
    }

    /// Replicas of a component that take messages, or may do so for all that is known.
    func mayTake(_ name: String, on side: Side) -> Int {
        guard let observed = component(name, on: side) else { return 0 }
        return max(observed.active + (observed.unheard?.replicas ?? 0), observed.inFlight > 0 ? 1 : 0)
    }

    func isExclusive(_ name: String) -> Bool {
        Side.allCases.contains { side in
            placement(on: side)?.release.release.components.first { $0.name == name }?.subscriptions
                .contains(where: \.exclusive) ?? false
        }
    }

    /// As declared or as observed, whichever is fewer. While no declaration was read, no more than are asked already.
    private func partitions(_ name: String) -> Int {
        let observed = Side.allCases.compactMap { component(name, on: $0)?.backlog?.partitions }.min()
        if let declaration { return min(declaration.partitions[name] ?? .max, observed ?? .max) }
        return observed ?? max(1, asked(name, on: .flip) + asked(name, on: .flop))
    }

    // MARK: What is awaited, in words

    /// Consumers of a side of whom more take messages, or may, than the route asks for; nil where all that should have
    /// stopped have said so, or are gone.
    func unstopped(on side: Side) -> String? {
        guard let observed = observation.sides[side] else { return nil }
        for component in observed.components {
            let asked = asked(component.name, on: side)
            let unheard = component.unheard?.replicas ?? 0
            guard component.active + unheard > asked, component.active > asked || asked == 0 else { continue }
            let place = "\(component.name) on \(side.rawValue)"
            if component.active > asked {
                return "\(place): \(component.active - asked) of \(component.replicas) have not stopped taking messages"
            }
            return "\(place): \(unheard) of \(component.replicas) have not said that they stopped"
                + (component.unheard.map { "; \($0.by) is to say so" } ?? "")
        }
        return nil
    }

    /// Consumers of an exclusive subscription that have stopped, or are to, and still hold messages: nobody else is
    /// activated before. nil where none does.
    func unreleased(on side: Side) -> String? {
        guard let observed = observation.sides[side] else { return nil }
        for component in observed.components where isExclusive(component.name) && asked(component.name, on: side) == 0 {
            guard mayTake(component.name, on: side) > 0 else { continue }
            return "\(component.name) on \(side.rawValue) still holds \(component.inFlight) messages"
        }
        return nil
    }

    /// Consumers of a side of whom fewer take messages than are asked to; nil where as many do as are ready.
    func unstarted(on side: Side, _ wanted: Route, _ direction: Direction) -> String? {
        guard direction == .forward, let observed = observation.sides[side] else { return nil }
        let shares = shares(wanted.weights)
        for component in observed.components {
            guard let share = shares[component.name]?[side] else { continue }
            let isFinal = wanted.actives[component.name] == shares[component.name]
            let expected = isFinal ? min(share, component.ready) : share
            if component.active < expected {
                return "\(component.name) on \(side.rawValue): \(component.active)/\(expected) take messages"
                    + (component.unheard.map { "; \($0.by) is to say so" } ?? "")
            }
        }
        return nil
    }

    /// Consumers of a side that has all weight, of whom fewer take messages than could; nil where all do.
    func idleConsumers(on side: Side) -> String? {
        weight(of: side) == 100 ? unstarted(on: side, route(Weights(100, on: side)), .forward) : nil
    }

    /// Which consumers of a side have something left to finish; nil where none has.
    func unfinished(on side: Side) -> String? {
        if let unstopped = unstopped(on: side) { return unstopped }
        guard weight(of: side) == 0, let placement = placement(on: side), let observed = observation.sides[side] else {
            return nil
        }
        let busy = observed.components.first { component in
            component.inFlight > 0 && placement.release.release.isConsumer(component.name)
        }
        return busy.map { "\($0.name) on \(side.rawValue) still holds \($0.inFlight) messages" }
    }

    // MARK: States

    /// What a release that has lost its weight is doing. Of services nothing more is to be seen.
    func drained(_ side: Side, _ placement: Placement) -> ReleaseState {
        isDrained(side) || !placement.release.release.hasConsumers ? .drained : .draining
    }

    /// The states of releases with consumers, by what was observed. One that was seen drained stays so while its route
    /// changes, unless its consumers are seen at work again.
    mutating func settleStates() {
        let isHeld = status.stage?.heldSince != nil && status.stage?.weight == 100
        if let stable = status.stable, stable.release.release.hasConsumers {
            if status.rollback != nil {
                status.stable = stable.with(weight(of: stable.side) == 100 ? .current : .ramping, now)
            } else if status.stage != nil, status.candidate != nil {
                status.stable = stable.with(isHeld ? rest(of: stable) : .current, now)
            }
        }
        if let candidate = status.candidate, candidate.release.release.hasConsumers {
            if status.rollback != nil {
                status.candidate = candidate.with(.draining, now)
            } else if status.stage != nil {
                status.candidate = candidate.with(isHeld ? .current : .ramping, now)
            } else if status.stable != nil || declaration?.serving == nil || status.removal != nil {
                status.candidate = candidate.with(isAtRest(candidate) ? .inactive : .draining, now)
            } else {
                // A first deployment, from when its consumers are, or may be, at work.
                status.candidate = candidate.with(isAtRest(candidate) ? .inactive : .ramping, now)
            }
        }
        guard let old = status.retained?.placement, old.release.release.hasConsumers else { return }
        let state = rest(of: old)
        guard state != old.state else { return }
        status.retained?.placement = old.with(state, now)
        if state == .drained, summary == nil {
            note("\(old.release.release.version) is drained on \(old.side.rawValue)")
        }
    }

    private func isWorking(_ placement: Placement) -> Bool {
        observation.sides[placement.side]?.components.contains { component in
            placement.release.release.isConsumer(component.name) && mayTake(component.name, on: placement.side) > 0
        } ?? false
    }

    private func rest(of placement: Placement) -> ReleaseState {
        if isWorking(placement) { return .draining }
        return placement.state == .drained || isDrained(placement.side) ? .drained : .draining
    }

    /// A dark release is inactive from the beginning, unless it has just been deactivated.
    private func isAtRest(_ placement: Placement) -> Bool {
        guard let observed = observation.sides[placement.side], observed.digest == placement.release.digest else {
            return true
        }
        return observed.components.allSatisfy { component in
            !placement.release.release.isConsumer(component.name) || mayTake(component.name, on: placement.side) == 0
        }
    }
}

extension Placement {
    fileprivate func with(_ state: ReleaseState, _ now: Instant) -> Placement {
        var copy = self
        if state != self.state { (copy.state, copy.since) = (state, now) }
        return copy
    }
}

extension Release {
    package var hasConsumers: Bool { components.contains { $0.kind == .consumer } }

    func isConsumer(_ name: String) -> Bool { components.contains { $0.name == name && $0.kind == .consumer } }
}
