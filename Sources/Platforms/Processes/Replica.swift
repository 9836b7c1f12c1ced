import Core

/// A replica's record with what is known of it by looking.
struct Replica: Sendable {
    var record: ReplicaRecord
    var readiness: ProcessRun.Readiness
    var startTimeout: Span
    /// Probes that failed since the last that did not.
    var failedProbes = 0
    var nextProbe: Instant
    /// Its first process has ended; others of its session may go on.
    var hasEnded = false

    var isReady: Bool { record.isReady && !hasEnded }

    /// Whether it is to run.
    var isKept: Bool { record.stoppingSince == nil && !hasEnded }
}

/// The place of one replica among those of a deployment, whatever process fills it.
struct Slot: Hashable, Sendable {
    var deployment: String
    var component: String
    var ordinal: Int
}

/// What became of the processes that filled a slot.
struct Failures: Sendable {
    /// How many ended in a row without having run for long.
    var count = 0
    /// When the next is started.
    var retryAt: Instant
    /// How the last ended, in words.
    var reason: String
}
