extension Planner {
    enum Walk {
        /// The weight stands where it should, acknowledged.
        case arrived
        /// An action was proposed, or what is awaited was noted.
        case underWay
    }

    /// Takes the next step of moving weight onto `side` until it has `target` percent: traffic as far as ready
    /// capacity goes, then growth as far as the surge goes, then the other side shrinks as far as its own weight lets
    /// it, and no further than is needed. The same walk serves both ways.
    mutating func walk(to target: Int, on side: Side, _ direction: Direction) -> Walk {
        guard let toward = placement(on: side) else { return .underWay }
        let current = observation.route == nil ? 0 : weight(of: side)
        guard isSettled else {
            isActive = true
            wait(.propagation, "readers have not acknowledged the weights yet: \(describeWeights())")
            return .underWay
        }
        // Whoever took over is heard of after the weight: before more of it moves, and before the other side shrinks.
        if direction == .forward, let step = restating(Weights(current, on: side)) {
            propose(.route(step), "actives \(side.rawValue) \(current)", direction)
            return .underWay
        }
        let carried = carry(toward, isNow: direction == .forward)
        let from = placement(on: side.other)
        if current > target, direction == .forward, from != nil {
            return walk(to: 100 - target, on: side.other, .back)
        }
        if current >= target {
            return restate(side, current, direction)
        }
        let isReady = direction == .back || carried >= target || isAtFloor(toward)
        let reachable = min(target, carried)
        // Replicas beyond what was asked for may go at any moment: what is to carry the weight is asked for first.
        if reachable > current, direction == .back || carried >= target && floorsCarry(target, toward) {
            return raise(to: reachable, on: side, direction)
        }
        if direction == .back, let spread = shortfallSpread(on: side, from: from, current: current, target: target) {
            return raise(to: spread, on: side, direction, isShortfall: true)
        }
        if ensureDeployed(toward, at: max(target, direction == .forward ? toward.strategy.prescale : 0), direction) {
            return .underWay
        }
        let plan = growth(of: toward, from: from, to: target, at: current, direction)
        if let floors = plan.grow {
            propose(.scale(side: side, floors: floors), "scale \(side.rawValue) \(describe(floors))", direction)
        } else if isReady, reachable > current {
            return raise(to: reachable, on: side, direction)
        } else if isReady || direction == .back, let floors = plan.shrink, let from {
            propose(
                .scale(side: from.side, floors: floors), "scale \(from.side.rawValue) \(describe(floors))", direction)
        }
        isActive = true
        let missing = shortage(of: toward, weight: min(100, max(current + 1, target)))
        let isFull = proposal == nil && from != nil && isAtFloor(toward)
        if isFull, direction == .forward, let unstopped = unstopped(on: side.other) {
            // What keeps the other side from shrinking are consumers that do not do as they are told.
            waitForOthers(.drain, unstopped)
        }
        wait(.capacity, missing + (isFull ? "; there is room for more once \(side.other.rawValue) has fewer" : ""))
        return .underWay
    }

    /// Whether a side was asked for the replicas that carry a weight.
    func floorsCarry(_ weight: Int, _ placement: Placement) -> Bool {
        observation.sides[placement.side]?.components.allSatisfy { component in
            component.floor >= Capacity.need(weight: weight, of: placement.full(component.name))
        } ?? false
    }

    /// Whether every replica that was asked for on a side is ready.
    func isAtFloor(_ placement: Placement) -> Bool {
        guard let side = observation.sides[placement.side] else { return false }
        return side.components.allSatisfy { $0.ready >= $0.floor }
    }

    mutating func raise(to weight: Int, on side: Side, _ direction: Direction, isShortfall: Bool = false)
        -> Walk
    {
        isActive = true
        if context.observationAge > context.configuration.maxObservationAge {
            wait(
                .observation,
                "the platform's last report is \(context.observationAge) old; weights wait for a newer one")
            return .underWay
        }
        if isShortfall {
            wait(
                .capacityShortfall,
                "the side that has the weight cannot serve it well and the other is not ready for all of it; "
                    + "spreading by what is ready, \(weight)% to \(side.rawValue)")
        }
        let route = route(Weights(weight, on: side))
        propose(.route(route), "weight \(side.rawValue) \(weight)", direction, isShortfall: isShortfall)
        return .underWay
    }

    /// The weights stand; sees to it that the active consumers do.
    private mutating func restate(_ side: Side, _ current: Int, _ direction: Direction) -> Walk {
        let wanted = route(Weights(current, on: side))
        if let wanted = restating(Weights(current, on: side)) {
            propose(.route(wanted), "actives \(side.rawValue) \(current)", direction)
            return .underWay
        }
        // At rest there is nothing that builds on it.
        let isMoving = direction == .forward || status.rollback != nil
        guard isMoving else { return .arrived }
        let unstarted = unstarted(on: side, wanted, direction)
        if let unstopped = unstopped(on: side.other) ?? (unstarted == nil ? nil : unreleased(on: side.other)) {
            waitForOthers(.drain, unstopped)
        } else if let unstarted {
            wait(.drain, unstarted)
        } else {
            return .arrived
        }
        isActive = true
        return .underWay
    }

    /// The route that divides the consumers anew under the weights that stand; nil where they are as far as they can be.
    private func restating(_ weights: Weights) -> Route? {
        guard let observed = observation.route?.route else { return nil }
        let wanted = route(weights)
        return observed.actives == wanted.actives ? nil : wanted
    }

    /// Law 2's one exception. Where the side that weight comes from cannot carry what it has, or fails at least half
    /// of it, and the side that it goes to cannot carry all of it either, spreading in proportion to what is ready lets
    /// fewer requests fail than waiting for replicas does. A side that carries nothing gives everything.
    private func shortfallSpread(on side: Side, from: Placement?, current: Int, target: Int) -> Int? {
        guard let toward = placement(on: side) else { return nil }
        let here = carryWell(toward)
        let there = from.map(carriesStill) ?? 0
        guard here > 0, there < 100 - current else { return nil }
        let spread = min(target, 100 * here / (here + there))
        return spread > current ? spread : nil
    }

    /// Floors to raise on the growing side, or else floors to lower on the other; nil for neither.
    func growth(
        of toward: Placement, from: Placement?, to target: Int, at current: Int, _ direction: Direction
    ) -> (grow: [String: Int]?, shrink: [String: Int]?) {
        var grow: [String: Int] = [:]
        var shrink: [String: Int] = [:]
        var grows = false
        var shrinks = false
        let wanted = max(target, direction == .forward ? toward.strategy.prescale : 0)
        // The way back is not slowed down by a surge that was declared to save replicas.
        let surge =
            direction == .forward
            ? toward.strategy.surge : max((from ?? toward).strategy.surge, Strategy.standard.surge)
        for component in toward.release.release.components {
            let name = component.name
            let full = direction == .forward ? required(name, of: toward) : toward.full(name)
            let otherFull = from?.release.replicas[name] ?? 0
            let limit = Capacity.limit(
                full: max(full, otherFull), surge: surge, weight: current,
                otherFull: otherFull == 0 ? 0 : max(otherFull, demand[name] ?? 0))
            let floor = observation.sides[toward.side]?.component(name)?.floor ?? 0
            let other = observation.sides[toward.side.other]?.component(name)
            let occupied = max(other?.floor ?? 0, other?.replicas ?? 0)
            let want = max(1, Capacity.need(weight: wanted, of: full))
            let next = max(floor, min(want, limit - occupied))
            grow[name] = next
            grows = grows || next > floor
            if let other, otherFull > 0 {
                // What is exclusive moves at one weight and not share by share: to wait for it here is to wait for ever.
                // Nor does a way back wait for consumers that may not even be heard.
                let working =
                    isExclusive(name) || direction == .back
                    ? 0 : max(asked(name, on: toward.side.other), mayTake(name, on: toward.side.other))
                let keep = max(1, Capacity.need(weight: 100 - current, of: otherFull), limit - want, working)
                shrink[name] = min(other.floor, keep)
                shrinks = shrinks || keep < other.floor
            }
        }
        return (grows ? grow : nil, shrinks ? shrink : nil)
    }

    /// Proposes to provision a placement's release where another, or none, stands.
    ///
    /// - Returns: whether the caller has to wait for it.
    mutating func ensureDeployed(_ placement: Placement, at weight: Int, _ direction: Direction) -> Bool {
        let observed = observation.sides[placement.side]
        if observed?.digest == placement.release.digest { return false }
        isActive = true
        guard placement.release.release.digest == placement.release.digest else {
            wait(
                .platform,
                "\(placement.side.rawValue) held a release that is not declared anywhere; declare it to restore it")
            return true
        }
        if observed != nil, status.stable?.side != placement.side, !isDrained(placement.side) {
            // Whoever took over in a hurry left consumers at work there: nothing drains that was not told to.
            let current = self.weight(of: placement.side)
            if isSettled, let step = restating(Weights(current, on: placement.side)) {
                propose(.route(step), "actives \(placement.side.rawValue) \(current)", direction)
                return true
            }
            waitForOthers(
                .drain,
                "\(placement.side.rawValue) still finishes work of \(observed?.version ?? "another release")"
                    + (unfinished(on: placement.side).map { ": \($0)" } ?? ""))
            return true
        }
        var floors = placement.floors(at: weight)
        if direction == .forward {
            for name in floors.keys {
                floors[name] = max(1, Capacity.need(weight: weight, of: required(name, of: placement)))
            }
        }
        if direction == .forward, let stable = status.stable, stable.side != placement.side {
            for (name, floor) in floors {
                let other = observation.sides[stable.side]?.component(name)
                let otherFull = stable.release.replicas[name] ?? 0
                let limit = Capacity.limit(
                    full: max(required(name, of: placement), otherFull), surge: placement.strategy.surge, weight: 0,
                    otherFull: otherFull == 0 ? 0 : max(otherFull, demand[name] ?? 0))
                floors[name] = max(1, min(floor, limit - max(other?.floor ?? 0, other?.replicas ?? 0)))
            }
        }
        propose(
            .deploy(
                side: placement.side, namespace: placement.namespace, release: placement.release.release,
                digest: placement.release.digest, floors: floors),
            "deploy \(placement.side.rawValue) \(placement.release.digest.short)", direction)
        return true
    }

    func describeWeights() -> String {
        guard let weights = observation.route?.route.weights else { return "no route" }
        return "flip \(weights.flip)%, flop \(weights.flop)%"
    }

    func describe(_ floors: [String: Int]) -> String {
        floors.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
