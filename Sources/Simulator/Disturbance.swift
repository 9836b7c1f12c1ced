package import Core

/// What may befall the simulated platform, by accident or by a human hand.
package enum Disturbance: Hashable, Sendable, Codable {
    /// Replicas of a side crash and start again.
    case crash(application: String, side: Side, count: Int)
    /// Ready replicas of a side are not ready for a while.
    case unready(application: String, side: Side, until: Span)
    /// Replicas of a side do not become ready before this has passed.
    case neverReady(application: String, side: Side, until: Span)
    /// Replicas are reported ready that are not.
    case lie(application: String, side: Side, until: Span)
    /// The platform reports what it reported before.
    case freeze(application: String, until: Span)
    case quota(namespace: String, replicas: Int)
    /// No further replica finds a node.
    case nodesExhausted(namespace: String, until: Span)
    case humanScales(application: String, side: Side, to: Int)
    case humanRoutes(application: String, flip: Int)
    case humanDeletes(application: String, side: Side)
    /// Load is multiplied (percent) for a while.
    case surge(application: String, percent: Int, until: Span)
    /// Sidecars of a side answer no poll for a while.
    case sidecarDown(application: String, side: Side, until: Span)
    /// Sidecars of a side go on saying what they said before.
    case sidecarStale(application: String, side: Side, until: Span)
    /// What consumers of a side say goes no further than their sidecars.
    case reportsLost(application: String, side: Side, until: Span)
    /// Every other replica of a side hears nothing.
    case sidecarSplit(application: String, side: Side, until: Span)
    /// Consumers of a side that are deactivated go on taking messages.
    case deactivationIgnored(application: String, side: Side, until: Span)
    /// Consumers of a side take twenty times as long to finish what they hold.
    case slowDrain(application: String, side: Side, until: Span)
    /// So many messages more are in each of the application's subscriptions.
    case backlog(application: String, messages: Int)
    /// The platform's clock is set, by this much.
    case clockSet(Span)
}
