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
    /// Time until a consumer replica has heard its elevation.
    package var signalDelay: Span = .milliseconds(500)
    /// Load by application; without one, 60 % of what its largest deployment was asked to carry.
    package var load: [String: LoadCurve] = [:]

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
