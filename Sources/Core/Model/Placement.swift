/// A release on a side.
package struct Placement: Hashable, Sendable, Codable {
    package var side: Side
    /// Weight that was last decided for it, in percent. What is observed may lag behind.
    package var weight: Int
    package var state: ReleaseState
    package var since: Instant
    /// What is decided again and again changes beside it, so copies share it.
    private var origin: Origin

    package init(
        side: Side, namespace: String, release: DeclaredRelease, strategy: Strategy, revision: Revision, weight: Int,
        state: ReleaseState, since: Instant
    ) {
        self.side = side
        self.weight = weight
        self.state = state
        self.since = since
        origin = Origin(namespace: namespace, release: release, strategy: strategy, revision: revision)
    }

    /// The namespace behind the side when it was deployed.
    package var namespace: String { origin.namespace }

    package var release: DeclaredRelease {
        get { origin.release }
        set { origin = Origin(namespace: namespace, release: newValue, strategy: strategy, revision: revision) }
    }

    /// The strategy in force for it, with its references resolved.
    package var strategy: Strategy {
        get { origin.strategy }
        set { origin = Origin(namespace: namespace, release: release, strategy: newValue, revision: revision) }
    }

    /// The revision that it was taken up from.
    package var revision: Revision {
        get { origin.revision }
        set { origin = Origin(namespace: namespace, release: release, strategy: strategy, revision: newValue) }
    }

    private final class Origin: Hashable, Sendable {
        let namespace: String
        let release: DeclaredRelease
        let strategy: Strategy
        let revision: Revision

        init(namespace: String, release: DeclaredRelease, strategy: Strategy, revision: Revision) {
            self.namespace = namespace
            self.release = release
            self.strategy = strategy
            self.revision = revision
        }

        static func == (a: Origin, b: Origin) -> Bool {
            a === b
                || a.namespace == b.namespace && a.revision == b.revision && a.release == b.release
                    && a.strategy == b.strategy
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(namespace)
            hasher.combine(release)
            hasher.combine(strategy)
            hasher.combine(revision)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case side, namespace, release, strategy, revision, weight, state, since
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            side: try values.decode(Side.self, forKey: .side),
            namespace: try values.decode(String.self, forKey: .namespace),
            release: try values.decode(DeclaredRelease.self, forKey: .release),
            strategy: try values.decode(Strategy.self, forKey: .strategy),
            revision: try values.decode(Revision.self, forKey: .revision),
            weight: try values.decode(Int.self, forKey: .weight),
            state: try values.decode(ReleaseState.self, forKey: .state),
            since: try values.decode(Instant.self, forKey: .since))
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(side, forKey: .side)
        try values.encode(namespace, forKey: .namespace)
        try values.encode(release, forKey: .release)
        try values.encode(strategy, forKey: .strategy)
        try values.encode(revision, forKey: .revision)
        try values.encode(weight, forKey: .weight)
        try values.encode(state, forKey: .state)
        try values.encode(since, forKey: .since)
    }
}
