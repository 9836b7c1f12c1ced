/// What a platform reported of one Application, with the time at which it was read.
package struct Observation: Hashable, Sendable, Codable {
    /// The platform's own clock when it was read. Only a later reading than the last receipt counts.
    package var readAt: Instant
    /// nil where the router has no route for the application: nothing serves.
    package var route: RouteObservation?
    /// A side that holds nothing of the application is nil.
    package var sides: PerSide<SideObservation?>

    package init(readAt: Instant, route: RouteObservation?, sides: PerSide<SideObservation?>) {
        self.readAt = readAt
        self.route = route
        self.sides = sides
    }
}

/// The state of an application's route, as the router reported it.
package struct RouteObservation: Hashable, Sendable, Codable {
    /// The route as set.
    package var route: Route
    /// Whether every reader has acknowledged it, or its propagation bound has passed. Until then some requests may
    /// still follow the route before.
    package var settled: Bool
    /// Epoch under which it was set.
    package var epoch: Int

    package init(route: Route, settled: Bool, epoch: Int) {
        self.route = route
        self.settled = settled
        self.epoch = epoch
    }
}

/// Where an application's work goes: traffic by weight, messages by active consumers.
package struct Route: Hashable, Sendable, Codable {
    package var weights: Weights
    /// Active replicas of each consumer component, by side.
    package var actives: [String: PerSide<Int>]
    /// Why, where it matters after a crash: the attempt that this route turned away from.
    package var rejecting: Attempt?

    package init(weights: Weights, actives: [String: PerSide<Int>] = [:], rejecting: Attempt? = nil) {
        self.weights = weights
        self.actives = actives
        self.rejecting = rejecting
    }
}

/// What stands on one side.
package struct SideObservation: Hashable, Sendable, Codable {
    /// The stamp that the last deployment left: which release, under which epoch.
    package var digest: Digest
    package var version: String
    package var epoch: Int
    /// In the release's order.
    package var components: [ComponentObservation]
    /// Percent of the requests that the side was given lately and failed, 0…100; nil where the platform cannot say.
    package var failing: Int?

    package init(
        digest: Digest, version: String, epoch: Int, components: [ComponentObservation], failing: Int? = nil
    ) {
        self.failing = failing
        self.digest = digest
        self.version = version
        self.epoch = epoch
        self.components = components
    }
}

/// Replicas of one component on one side.
package struct ComponentObservation: Hashable, Sendable, Codable {
    package var name: String
    /// The autoscaler's floor, as set.
    package var floor: Int
    /// Replicas that exist, ready or not.
    package var replicas: Int
    package var ready: Int
    /// Consumers: replicas whose last word was that they take messages. Services: 0.
    package var active: Int
    /// Requests or messages still held by replicas, by their own word; a side is drained at 0.
    package var inFlight: Int
    /// Why replicas are not ready, in the platform's words: `CrashLoopBackOff`, `QuotaExceeded`. nil when fine.
    package var trouble: String?
    /// Consumers: replicas whose word is still awaited; nil where every one that runs follows what it was told.
    package var unheard: Unheard?
    /// Consumers: what waits for them; nil where the platform cannot say.
    package var backlog: Backlog?

    package init(
        name: String, floor: Int, replicas: Int, ready: Int, active: Int = 0, inFlight: Int = 0, trouble: String? = nil,
        unheard: Unheard? = nil, backlog: Backlog? = nil
    ) {
        self.name = name
        self.floor = floor
        self.replicas = replicas
        self.ready = ready
        self.active = active
        self.inFlight = inFlight
        self.trouble = trouble
        self.unheard = unheard
        self.backlog = backlog
    }
}

/// Replicas of a consumer that run and have not said that they follow what they were told last. Whether they take
/// messages is not known, so they count as doing so wherever that is the worse.
package struct Unheard: Hashable, Sendable, Codable {
    /// At least 1. Those that already count as active are not among them.
    package var replicas: Int
    /// Through whom they would be heard, in the platform's words: `the agent of m3`.
    package var by: String

    package init(replicas: Int, by: String) {
        self.replicas = replicas
        self.by = by
    }
}

/// What waits in a component's subscriptions, and how many active replicas it takes.
package struct Backlog: Hashable, Sendable, Codable {
    /// Messages that nobody holds, over all of the component's subscriptions.
    package var messages: Int
    /// Active replicas, of both sides together, that keep up with what comes in.
    package var needed: Int
    /// Partitions of its exclusive subscription with the fewest: most replicas that can be active at once. nil where
    /// nothing limits it.
    package var partitions: Int?

    package init(messages: Int, needed: Int, partitions: Int? = nil) {
        self.messages = messages
        self.needed = needed
        self.partitions = partitions
    }
}
