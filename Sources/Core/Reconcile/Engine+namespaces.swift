extension Engine {
    /// Takes over what the head declares of namespaces. Whoever uses one that differs is looked at again.
    mutating func take(_ declared: [String: Namespace], _ now: Instant) {
        guard declared != namespaces else { return }
        let changed = Set(declared.keys).union(namespaces.keys).filter { declared[$0] != namespaces[$0] }
        namespaces = declared
        occupancy = occupancy.filter { declared[$0.key]?.replicaQuota != nil }
        for name in states.names { presume(name) }
        for name in states.names where !used(by: name).isDisjoint(with: changed) { wake(name, now) }
    }

    /// Until an application is observed, it has what its status speaks of: nobody else is given that room after a restart.
    private mutating func presume(_ name: ApplicationName) {
        guard let status = states[name]?.status else { return }
        let placed = [
            status.stable.map { ($0, 100) },
            status.candidate.map { ($0, status.stage == nil ? 100 : max($0.weight, $0.strategy.prescale)) },
            status.retained.map { ($0.placement, $0.placement.strategy.retention.capacity) },
        ]
        for case let (placement, weight)? in placed where namespaces[placement.namespace]?.replicaQuota != nil {
            guard occupancy[placement.namespace]?[Self.key(name, placement.side)] == nil else { continue }
            note(
                placement.floors(at: weight).values.reduce(0, +), of: name, on: placement.side, in: placement.namespace)
        }
    }

    /// Namespaces behind an application's sides, as declared and as deployed.
    private func used(by name: ApplicationName) -> Set<String> {
        guard let state = states[name] else { return [] }
        var names = Set([state.status.stable, state.status.candidate].compactMap { $0?.namespace })
        if let sides = state.declaration?.application.sides { names.formUnion([sides.flip, sides.flop]) }
        return names
    }

    /// Notes what an application has in namespaces with a quota, and what they leave it.
    mutating func bound(_ context: inout Planner.Context, _ state: ApplicationState, _ observation: Observation) {
        guard !namespaces.isEmpty else { return }
        for side in Side.allCases {
            guard let name = namespace(of: side, state), let declared = namespaces[name] else { continue }
            let seen = observation.sides[side]?.components.reduce(0) { $0 + max($1.floor, $1.replicas) } ?? 0
            if declared.replicaQuota != nil { note(seen, of: state.status.application, on: side, in: name) }
        }
        for side in Side.allCases {
            guard let name = namespace(of: side, state), let declared = namespaces[name] else { continue }
            let isForeign =
                configuration.platform != nil && declared.platform != nil
                && declared.platform != configuration.platform
            context.bounds[side] = NamespaceBound(
                namespace: name,
                quota: declared.replicaQuota.map { ($0, others(than: state.status.application, side, in: name)) },
                foreignPlatform: isForeign ? declared.platform : nil)
        }
    }

    /// What an action asks for counts from when it is asked for: two applications do not take the same room at once.
    mutating func occupy(_ action: Action, _ name: ApplicationName) {
        guard !occupancy.isEmpty || !namespaces.isEmpty, let state = states[name] else { return }
        let (side, floors): (Side, [String: Int])
        switch action {
        case .deploy(let on, _, _, _, let asked), .scale(let on, let asked): (side, floors) = (on, asked)
        case .route, .teardown, .adopt: return
        }
        guard let namespace = namespace(of: side, state), namespaces[namespace]?.replicaQuota != nil else { return }
        note(floors.values.reduce(0, +), of: name, on: side, in: namespace)
    }

    private func namespace(of side: Side, _ state: ApplicationState) -> String? {
        for placement in [state.status.stable, state.status.candidate, state.status.retained?.placement] {
            if let placement, placement.side == side { return placement.namespace }
        }
        return state.declaration?.application.sides[side]
    }

    private mutating func note(_ replicas: Int, of name: ApplicationName, on side: Side, in namespace: String) {
        occupancy[namespace, default: [:]][Self.key(name, side)] = replicas == 0 ? nil : replicas
    }

    private func others(than name: ApplicationName, _ side: Side, in namespace: String) -> Int {
        let own = Self.key(name, side)
        return occupancy[namespace]?.reduce(0) { $1.key == own ? $0 : $0 + $1.value } ?? 0
    }

    /// Both sides of an application may lie in one namespace.
    private static func key(_ name: ApplicationName, _ side: Side) -> String { "\(name)/\(side.rawValue)" }
}
