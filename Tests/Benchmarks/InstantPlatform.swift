import Core

/// A platform on which everything happens at once, so that what is measured is the engine.
struct InstantPlatform {
    private struct State {
        var route: RouteObservation?
        var sides = PerSide<SideObservation?>(flip: nil, flop: nil)
        var consumers: Set<String> = []
    }

    private var states: [ApplicationName: State] = [:]

    /// A platform on which everything stands as these statuses say.
    init(_ statuses: [Status] = []) {
        for status in statuses {
            guard let stable = status.stable else { continue }
            let release = stable.release.release
            var key = ActionKey(
                application: status.application, digest: stable.release.digest, stage: -1, purpose: "", attempt: 0,
                epoch: 0, sequence: 0)
            perform(
                .deploy(
                    side: stable.side, namespace: stable.namespace, release: release, digest: stable.release.digest,
                    floors: stable.floors(at: 100)), key)
            var actives: [String: PerSide<Int>] = [:]
            for component in release.components where component.kind == .consumer {
                actives[component.name, default: PerSide(flip: 0, flop: 0)][stable.side] = stable.full(component.name)
            }
            key.sequence = 1
            perform(.route(Route(weights: Weights(100, on: stable.side), actives: actives)), key)
        }
    }

    mutating func perform(_ action: Action, _ key: ActionKey) {
        var state = states[key.application] ?? State()
        switch action {
        case .deploy(let side, _, let release, let digest, let floors):
            for component in release.components where component.kind == .consumer {
                state.consumers.insert(component.name)
            }
            let components = release.components.map { component in
                let floor = floors[component.name] ?? 1
                return ComponentObservation(name: component.name, floor: floor, replicas: floor, ready: floor)
            }
            state.sides[side] = SideObservation(
                digest: digest, version: release.version, epoch: key.epoch, components: components)
        case .scale(let side, let floors):
            for position in state.sides[side]?.components.indices ?? 0..<0 {
                guard let name = state.sides[side]?.components[position].name, let floor = floors[name] else {
                    continue
                }
                state.sides[side]?.components[position].floor = floor
                state.sides[side]?.components[position].replicas = floor
                state.sides[side]?.components[position].ready = floor
            }
        case .route(let route):
            state.route = route.map { RouteObservation(route: $0, settled: true, epoch: key.epoch) }
        case .teardown(let side):
            state.sides[side] = nil
        case .adopt(let former):
            state = states.removeValue(forKey: former) ?? state
        }
        states[key.application] = state
    }

    func observe(_ name: ApplicationName, at now: Instant) -> Observation {
        guard var state = states[name] else {
            return Observation(readAt: now, route: nil, sides: PerSide(flip: nil, flop: nil))
        }
        for side in Side.allCases {
            for position in state.sides[side]?.components.indices ?? 0..<0 {
                guard let component = state.sides[side]?.components[position], state.consumers.contains(component.name)
                else { continue }
                let wanted = state.route?.route.actives[component.name]?[side] ?? 0
                state.sides[side]?.components[position].active = min(wanted, component.ready)
            }
        }
        return Observation(readAt: now, route: state.route, sides: state.sides)
    }
}

/// An engine and its shell in virtual time: every command is answered at once.
struct InstantFleet {
    var engine: Engine
    var platform = InstantPlatform()
    /// Everything stands as the statuses say, so that there is no platform whose memory would be measured too.
    private var isAsRecorded = false
    private(set) var now = Instant(milliseconds: 1_767_225_600_000)
    /// Events that the engine has taken in.
    private(set) var events = 0
    /// Actions that the engine has asked for.
    private(set) var actions = 0
    /// Applications that were asked to be observed.
    private(set) var observed: Set<ApplicationName> = []
    /// What the next fetch finds.
    var nextChange: FleetChange?
    /// Statuses as they are committed.
    var onPush: ([StatusUpdate]) -> Void = { _ in }

    /// - Parameter statuses: what the status branch holds when the engine starts; all of it at rest.
    init(statuses: [Status] = []) {
        var configuration = EngineConfiguration()
        // Polls and idle looks are measured elsewhere; here they would only pass the time.
        configuration.pollInterval = .hours(10_000)
        configuration.idleObserveInterval = .hours(10_000)
        engine = Engine(configuration: configuration)
        isAsRecorded = !statuses.isEmpty
        send(.led(epoch: 1, statuses: statuses))
    }

    /// Tells the engine of a change and lets it work until there is nothing left to do before `end`.
    mutating func apply(_ change: FleetChange, for span: Span) {
        nextChange = change
        observed = []
        send(.poke)
        let end = now + span
        while let wake = engine.nextWake, wake <= end {
            now = max(now, wake)
            send(.tick)
        }
        now = end
    }

    private mutating func send(_ event: Event) {
        var queue = [event]
        var position = 0
        while position < queue.count {
            events += 1
            for command in engine.handle(queue[position], at: now) { queue.append(answer(command)) }
            position += 1
        }
    }

    private mutating func answer(_ command: Command) -> Event {
        switch command {
        case .fetch(let id):
            defer { nextChange = nil }
            return .fetched(id, nextChange.map { .changed($0) } ?? .unchanged)
        case .observe(let id, let name):
            observed.insert(name)
            let recorded = isAsRecorded ? engine.status(of: name).map { InstantPlatform([$0]) } : nil
            return .observed(id, .success((recorded ?? platform).observe(name, at: now)))
        case .perform(let id, let action, let key):
            actions += 1
            platform.perform(action, key)
            return .performed(id, .success(Receipt(at: now)))
        case .evaluate(let id, _):
            return .evaluated(id, .outcome(.passed, detail: "0.2 % failed, at most 1 %"))
        case .readRequests(let id):
            return .requestsRead(id, .standing([]))
        case .collect(let id, _):
            return .collected(id)
        case .restore(let id, _):
            return .restored(id, .moot)
        case .push(let id, let updates):
            onPush(updates)
            return .pushed(id, .accepted)
        }
    }
}
