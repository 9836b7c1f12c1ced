package import Core

/// Why the platform did not do what it was told.
package struct Refusal: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// Something newer has acted, by (epoch, sequence).
    package var isStale: Bool
    package var message: String
    package var description: String { message }
}

extension World {
    /// Does what an action says, unless something newer was done already. Doing it twice is doing it once.
    ///
    /// - Parameters:
    ///   - action: what should be.
    ///   - name: for which application.
    ///   - epoch: the leadership that it was issued under.
    ///   - sequence: its position among that leadership's actions.
    /// - Returns: when it took effect, by the platform's clock.
    /// - Throws: ``Refusal`` where something newer has acted, or the action cannot be done.
    @discardableResult
    package mutating func perform(_ action: Action, application name: ApplicationName, epoch: Int, sequence: Int)
        throws(Refusal) -> Receipt
    {
        let application = position(name)
        let state = states[application]
        if (epoch, sequence) < (state.epoch, state.sequence) {
            throw Refusal(
                isStale: epoch < state.epoch,
                message: "\(name) was changed under epoch \(state.epoch), sequence \(state.sequence)")
        }
        accrue(application)
        switch action {
        case .deploy(let side, let namespace, let release, let digest, let floors):
            deploy(application, side, namespace, release, digest, floors, epoch)
        case .scale(let side, let floors):
            guard states[application].sides[side] != nil else {
                throw Refusal(isStale: false, message: "\(name) has nothing on \(side.rawValue)")
            }
            scale(application, side, floors)
        case .route(let route):
            set(route, application, epoch)
        case .teardown(let side):
            teardown(application, side)
        case .adopt(let former):
            try adopt(former, application, name, epoch, sequence)
        }
        states[application].epoch = epoch
        states[application].sequence = sequence
        reschedule(application)
        return Receipt(at: platformTime)
    }

    private mutating func deploy(
        _ application: Int, _ side: Side, _ namespace: String, _ release: Release, _ digest: Digest,
        _ floors: [String: Int], _ epoch: Int
    ) {
        if states[application].sides[side]?.digest == digest {
            states[application].sides[side]?.epoch = epoch
            scale(application, side, floors)
            return
        }
        kill(application, side)
        let components = release.components.map { component in
            let run: SimulatedRun =
                switch component.run {
                case .simulated(let run): run
                // Played for plans; a world that stands for a fleet is never given one.
                case .process(let run): SimulatedRun(drainTime: run.drainTime)
                }
            return ComponentState(
                component, run: run, floor: max(0, floors[component.name] ?? 1), topics: configuration.topics)
        }
        states[application].sides[side] = SideState(
            digest: digest, version: release.version, namespace: namespace, epoch: epoch, components: components,
            drainedAt: now)
        states[application].load.see(states[application].sides[side])
        subscribe(application, side)
        fit(application, side)
    }

    private mutating func scale(_ application: Int, _ side: Side, _ floors: [String: Int]) {
        guard let namespace = states[application].sides[side]?.namespace else { return }
        for position in states[application].sides[side]?.components.indices ?? 0..<0 {
            guard let name = states[application].sides[side]?.components[position].name, let floor = floors[name]
            else { continue }
            states[application].sides[side]?.components[position].floor = max(0, floor)
            let largest = states[application].sides[side]?.components[position].largestFloor ?? 0
            states[application].sides[side]?.components[position].largestFloor = max(largest, floor)
        }
        states[application].load.see(states[application].sides[side])
        subscribe(application, side)
        fit(application, side)
        if configuration.quota[namespace] != nil { placeAll(in: namespace) }
    }

    private mutating func set(_ route: Route?, _ application: Int, _ epoch: Int) {
        states[application].routeEpoch = epoch
        guard states[application].route != route else { return }
        let former = states[application].route
        if route != nil { states[application].load.wasRouted = true }
        states[application].formerRoute = former
        states[application].route = route
        for side in Side.allCases where (former?.weights[side] ?? 0) > 0 || (route?.weights[side] ?? 0) > 0 {
            states[application].load.wasServing[side] = true
        }
        if let autoscaler = configuration.autoscaler, states[application].scaleAt == nil {
            states[application].scaleAt = now + autoscaler.interval
        }
        states[application].settledAt = now + configuration.propagation
        settleConsumers(application)
    }

    private mutating func teardown(_ application: Int, _ side: Side) {
        let namespace = states[application].sides[side]?.namespace
        kill(application, side)
        if let namespace, configuration.quota[namespace] != nil { placeAll(in: namespace) }
    }

    /// Everything on a side ends at once; what it had in flight fails.
    mutating func kill(_ application: Int, _ side: Side) {
        guard let state = states[application].sides[side] else { return }
        if states[application].isBusy(side, now) { states[application].load.killedInFlight += 1 }
        for component in state.components {
            replicasIn[state.namespace, default: 0] -= component.existing
            let until = redelivery(component)
            for worker in component.workers { states[application].lose(worker, of: component, until: until) }
        }
        states[application].sides[side] = nil
    }

    /// The former name is fenced too: nothing that was issued for it earlier may bring it back.
    private mutating func adopt(
        _ former: ApplicationName, _ application: Int, _ name: ApplicationName, _ epoch: Int, _ sequence: Int
    ) throws(Refusal) {
        guard former != name else { return }
        let old = position(former)
        guard states[old].holdsAnything else {
            states[old].epoch = epoch
            states[old].sequence = sequence + 1
            return
        }
        guard !states[application].holdsAnything else {
            throw Refusal(isStale: false, message: "\(name) already runs; \(former) cannot be adopted into it")
        }
        accrue(old)
        var adopted = states[old]
        adopted.name = name
        adopted.due = nil
        states[application] = adopted
        states[old] = ApplicationWorld(name: former, generator: generator(of: former), accruedUntil: now)
        states[old].epoch = epoch
        states[old].sequence = sequence + 1
    }
}

extension ApplicationWorld {
    var holdsAnything: Bool { sides.flip != nil || sides.flop != nil || route != nil }

    /// Whether a side has weight, or still finishes work.
    func isBusy(_ side: Side, _ now: Instant) -> Bool {
        guard let state = sides[side] else { return false }
        if (route?.weights[side] ?? 0) > 0 || (formerRoute?.weights[side] ?? 0) > 0 { return true }
        return state.drainedAt > now
    }
}
