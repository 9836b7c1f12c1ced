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
    /// The platform's clock is set, by this much.
    case clockSet(Span)
}
