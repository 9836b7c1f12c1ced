import Core

/// What is kept of one process that was started as a replica: written before it is started, removed when nothing of it
/// is left.
struct ReplicaRecord: Codable, Sendable {
    /// Names it among all of this directory; a process that is started anew is another instance.
    var instance: String
    /// The ``ApplicationRecord/Deployment/id`` that it belongs to.
    var deployment: String
    var component: String
    /// Which of its component's replicas, from 0; its output goes by it.
    var ordinal: Int
    /// nil from the decision to start it until it was started.
    var process: ProcessIdentity?
    /// Ports on loopback by name.
    var ports: [String: Int]
    /// Where its elevation is served; nil for a service.
    var elevationPort: Int?
    var startedAt: Instant
    /// What was seen last, so that a daemon that starts does not take what serves for what is still to come.
    var isReady = false
    /// Since when it first was; what runs long enough is not in a loop of crashes.
    var readySince: Instant?
    /// When it was told to end; nil while it is to run.
    var stoppingSince: Instant?
    /// Time from being told to end to being killed.
    var drainTime: Span
}
