package import Core

/// What the simulated platform is made of. Defaults are a healthy cluster with room.
package struct WorldConfiguration: Hashable, Sendable, Codable {
    /// Replicas of all applications that a namespace takes; nil for no limit.
    package var quota: [String: Int] = [:]
    /// Replicas that fit on nodes that are up, by namespace; further ones wait for a cold node.
    package var warmReplicas: [String: Int] = [:]
    /// Time that a cold node takes to come.
    package var nodeProvisioning: Span = .minutes(5)
    /// Replicas that fit on one cold node.
    package var replicasPerNode = 8
    /// Time until every reader of the route follows a change.
    package var propagation: Span = .seconds(1)
    /// Time until a change of elevation has come to the sidecars.
    package var signalDelay: Span = .milliseconds(500)
    /// Time between two polls of a consumer replica.
    package var workerPoll: Span = .seconds(1)
    /// Topics by name; one that is not here has no limit of consumers, and five deliveries.
    package var topics: [String: Topic] = [:]
    /// Whether observations say how many partitions a subscription has.
    package var countsPartitions = true
    /// Messages that are published to each topic; without one, 60 % of what the consumer's largest deployment takes.
    package var publishing: [String: LoadCurve] = [:]
    /// What adds replicas as load rises; nil where every component has as many as its floor.
    package var autoscaler: Autoscaler?
    /// Load by application; without one, 60 % of what its largest deployment was asked to carry.
    package var load: [String: LoadCurve] = [:]

    package init() {}
}

/// A reactive autoscaler, as Kubernetes has one: it follows what services are given, late.
///
/// A service wants ⌈load ÷ (capacity × target)⌉ replicas, at least its floor. It gets more at the next look, and fewer
/// once fewer were wanted for the whole of a window: the most that were wanted in it.
package struct Autoscaler: Hashable, Sendable, Codable {
    /// Percent of its capacity that a replica is to be used to, 1…100.
    package var target = 70
    /// Time between looks.
    package var interval: Span = .seconds(15)
    /// How long fewer replicas have to be enough before there are fewer.
    package var stabilisation: Span = .minutes(5)
    /// Most replicas, in percent of the largest floor that the component was ever given.
    package var limit = 200

    package init() {}
}

/// Requests (or messages) a second over time.
package struct LoadCurve: Hashable, Sendable, Codable {
    /// Mean, requests a second.
    package var mean: Double
    /// How far it swings around the mean, 0…1.
    package var swing: Double
    /// Length of a swing.
    package var period: Span

    package init(mean: Double, swing: Double = 0, period: Span = .hours(24)) {
        self.mean = mean
        self.swing = swing
        self.period = period
    }

    /// Load at an instant: a triangle wave, which needs no library and has the same bits everywhere.
    package func rate(at now: Instant) -> Double {
        guard swing > 0, period.milliseconds > 0 else { return mean }
        let position = now.milliseconds % period.milliseconds
        let phase = Double(position) / Double(period.milliseconds)
        let wave = phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase
        return max(0, mean * (1 + swing * wave))
    }
}
