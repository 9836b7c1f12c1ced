/// What an Application's version is: its components, what they run, and its contract, as declared at a revision.
///
/// Equal digests are the same release. Replicas, rollout and suspension are not part of it and apply in place.
package struct Release: Hashable, Sendable, Codable {
    /// The version as the manifest writes it.
    package var version: String
    /// In manifest order; names are unique.
    package var components: [Component]
    package var contract: Contract

    package init(version: String, components: [Component], contract: Contract = Contract()) {
        self.version = version
        self.components = components
        self.contract = contract
    }
}

/// A service or a consumer that ships as part of a release.
package struct Component: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// Takes requests; its weight is a share of traffic.
        case service
        /// Takes messages; its weight is a share of the subscription's active consumers.
        case consumer
    }

    package var name: String
    package var kind: Kind
    package var run: Run
    package var subscriptions: [Subscription]

    package init(name: String, kind: Kind, run: Run, subscriptions: [Subscription] = []) {
        self.name = name
        self.kind = kind
        self.run = run
        self.subscriptions = subscriptions
    }
}

/// A consumer's named position in a topic.
package struct Subscription: Hashable, Sendable, Codable {
    package var topic: String
    package var subscription: String
    /// Only one active consumer may hold the subscription; activation moves once (at the first stage of 50 or more).
    package var exclusive: Bool

    package init(topic: String, subscription: String, exclusive: Bool = false) {
        self.topic = topic
        self.subscription = subscription
        self.exclusive = exclusive
    }
}

/// Which schemas a release accepts and publishes, by topic. Lists are sorted and free of duplicates.
package struct Contract: Hashable, Sendable, Codable {
    package var accepts: TopicSchemas
    package var publishes: TopicSchemas

    package init(accepts: TopicSchemas = [:], publishes: TopicSchemas = [:]) {
        self.accepts = accepts
        self.publishes = publishes
    }
}

/// What a component runs, typed by platform.
package enum Run: Hashable, Sendable, Codable {
    case simulated(SimulatedRun)
    /// Indirect, since a process takes more words than any other and every component would have room for it.
    indirect case process(ProcessRun)

    /// Whether the simulator plays it.
    package var isSimulated: Bool {
        switch self {
        case .simulated: true
        case .process: false
        }
    }
}

/// How the embedded simulator plays a component's process.
package struct SimulatedRun: Hashable, Sendable, Codable {
    /// Median time from creation to readiness.
    package var startTime: Span
    /// Requests (or messages) a second that one ready replica carries at its rated latency.
    package var capacity: Int
    /// Median latency of a lightly loaded replica.
    package var latency: Span
    /// Longest time that a request in flight takes to finish after its side stops receiving.
    package var drainTime: Span
    /// Declared ways in which this version is bad; empty for a good one.
    package var faults: [SimulatedFault]

    package init(
        startTime: Span = .seconds(5),
        capacity: Int = 50,
        latency: Span = .milliseconds(20),
        drainTime: Span = .seconds(5),
        faults: [SimulatedFault] = []
    ) {
        self.startTime = startTime
        self.capacity = capacity
        self.latency = latency
        self.drainTime = drainTime
        self.faults = faults
    }
}

/// A way in which a simulated version is bad.
package enum SimulatedFault: Hashable, Sendable, Codable {
    /// Replicas crash before they become ready.
    case crashOnStart
    /// From `after` a replica's readiness on, `rate` per mille of its requests fail.
    case errors(perMille: Int, after: Span)
    /// Latency is multiplied by `factor` (percent, 100 is unchanged) from `after` a replica's readiness on.
    case slow(percent: Int, after: Span)
    /// A replica leaks until it crashes, `after` its readiness, and then starts again.
    case leak(after: Span)
    /// `rate` per mille of requests fail while replicas are used to more than `above` percent of their capacity.
    case overload(perMille: Int, above: Int)
    /// `rate` per mille of real requests fail, all of a kind that only historical requests have: no written one meets
    /// it.
    case historical(perMille: Int)
}
