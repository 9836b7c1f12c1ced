/// What a namespace lets an application have in it.
package struct NamespaceBound: Sendable {
    package var namespace: String
    /// Replicas of all applications together, and of the others now; nil for no quota.
    package var quota: (total: Int, others: Int)?
    /// What the namespace is to be run by, where that is not what this daemon drives.
    package var foreignPlatform: Namespace.Platform?

    package init(namespace: String, quota: (total: Int, others: Int)?, foreignPlatform: Namespace.Platform?) {
        self.namespace = namespace
        self.quota = quota
        self.foreignPlatform = foreignPlatform
    }
}

extension NamespaceBound {
    /// What an application that has to carry the whole load in a namespace finds too little room for, in words; nil where
    /// there is enough.
    package static func excess(of replicas: Int, for name: ApplicationName, in namespace: String, quota: Int) -> String?
    {
        guard replicas > quota else { return nil }
        return
            "the namespace \"\(namespace)\" has a quota of \(quota) replicas, and \"\(name)\" needs \(replicas) to serve "
            + "from it: no rollout gets there"
    }
}

extension Planner {
    /// Which namespace has too small a quota for what is declared, in words; nil where each has room for it.
    var quotaExcess: String? {
        guard let application = declaration?.application else { return nil }
        let replicas = application.replicas.values.reduce(0, +)
        return Side.allCases.lazy.compactMap { side -> String? in
            let namespace = application.sides[side]
            let bound = Side.allCases.lazy.compactMap { context.bounds[$0] }.first { $0.namespace == namespace }
            guard let quota = bound?.quota?.total else { return nil }
            return NamespaceBound.excess(of: replicas, for: application.name, in: namespace, quota: quota)
        }.first
    }

    /// Asks no side for more than its namespace has room for, and nothing of what another platform is to run.
    ///
    /// What an action asks for beyond that is taken from it; where nothing is left of it, it waits. That is nobody's
    /// fault who is rolled out: deadlines stand still meanwhile.
    mutating func heedNamespaces() {
        guard let proposed = proposal else { return }
        let (side, floors): (Side, [String: Int])
        switch proposed.action {
        case .deploy(let on, _, _, _, let asked): (side, floors) = (on, asked)
        case .scale(let on, let asked): (side, floors) = (on, asked)
        case .route, .teardown, .adopt: return
        }
        if case .deploy(_, let namespace, let release, _, _) = proposed.action,
            let other = placement(on: side.other), other.namespace == namespace, observation.sides[side.other] != nil
        {
            hold(
                .invalid,
                "\(release.version) is to go to \(side.rawValue), whose namespace \(namespace) holds "
                    + "\(other.release.release.version) of \(side.other.rawValue); give the sides namespaces of their own"
            )
            return
        }
        guard let bound = context.bounds[side] else { return }
        if let platform = bound.foreignPlatform {
            hold(
                .platform,
                "the namespace \(bound.namespace) is declared for the platform \(platform.rawValue), which this daemon does "
                    + "not drive: nothing is done in it")
            return
        }
        guard let quota = bound.quota else { return }
        let standing = observation.sides[side].map { seen in
            Dictionary(seen.components.map { ($0.name, $0.floor) }, uniquingKeysWith: max)
        }
        let isDeployed: Bool = if case .scale = proposed.action { true } else { false }
        let room = quota.total - quota.others
        let grows = floors.contains { $1 > standing?[$0] ?? 0 }
        guard floors.values.reduce(0, +) > room, grows || !isDeployed else { return }
        // What was asked for before is not taken away again: what has outgrown a quota shrinks by itself.
        let least = isDeployed ? floors.mapValuesWithKeys { min($1, standing?[$0] ?? 0) } : floors.mapValues { _ in 1 }
        let fitting = Self.fit(floors, atLeast: least, in: room)
        let asked = floors.values.reduce(0, +)
        let words =
            "the namespace \(bound.namespace) has a quota of \(quota.total) replicas, of which others have "
            + "\(quota.others); \(status.application) is to have \(asked) there"
        guard let fitting,
            !isDeployed || fitting.contains(where: { $1 > standing?[$0] ?? 0 || floors[$0] ?? 0 < standing?[$0] ?? 0 })
        else {
            hold(.quota, words)
            return
        }
        switch proposed.action {
        case .deploy(_, let namespace, let release, let digest, _):
            proposal?.action = .deploy(
                side: side, namespace: namespace, release: release, digest: digest, floors: fitting)
        default:
            proposal?.action = .scale(side: side, floors: fitting)
        }
        status.waiting = Waiting(.quota, words)
    }

    private mutating func hold(_ reason: Waiting.Reason, _ words: String) {
        proposal = nil
        isActive = true
        status.waiting = Waiting(reason, words)
        blameNobody()
    }

    /// Floors that fit: at least `least`, and beyond it one replica after another to whoever has the smallest part of what
    /// it asks for.
    ///
    /// - Returns: nil where not even the least fits.
    private static func fit(_ floors: [String: Int], atLeast least: [String: Int], in room: Int) -> [String: Int]? {
        var fitting = least
        var left = room - least.values.reduce(0, +)
        guard left >= 0 else { return nil }
        let names = floors.keys.sorted()
        while left > 0 {
            let hungry = names.filter { (fitting[$0] ?? 0) < floors[$0] ?? 0 }
            let next = hungry.min { a, b in
                (fitting[a] ?? 0) * (floors[b] ?? 1) < (fitting[b] ?? 0) * (floors[a] ?? 1)
            }
            guard let next else { break }
            fitting[next, default: 0] += 1
            left -= 1
        }
        return fitting
    }
}

extension Dictionary {
    fileprivate func mapValuesWithKeys<T>(_ transform: (Key, Value) -> T) -> [Key: T] {
        Dictionary<Key, T>(uniqueKeysWithValues: map { ($0.key, transform($0.key, $0.value)) })
    }
}
