/// A message channel and the versions of its message format.
package struct Topic: Hashable, Sendable, Codable {
    package var name: String
    /// At least 1.
    package var partitions: Int
    /// Schema versions, in declared order.
    package var schemas: [String]
    /// Deliveries of a message before it goes to the dead-letter queue, at least 1.
    package var maxDeliveries: Int
    /// Time after which an unacknowledged message is delivered again.
    package var ackTimeout: Span

    package init(
        name: String, partitions: Int = 1, schemas: [String], maxDeliveries: Int = 5, ackTimeout: Span = .seconds(30)
    ) {
        self.name = name
        self.partitions = partitions
        self.schemas = schemas
        self.maxDeliveries = maxDeliveries
        self.ackTimeout = ackTimeout
    }
}

/// A side's platform and quota.
package struct Namespace: Hashable, Sendable, Codable {
    package enum Platform: String, Hashable, Sendable, CaseIterable, Codable {
        case simulated
        /// Real processes of the daemon's machine.
        case process
    }

    package var name: String
    /// What runs it; nil for whatever the daemon drives.
    package var platform: Platform?
    /// Replicas of all applications together; nil for no limit.
    package var replicaQuota: Int?

    package init(name: String, platform: Platform? = nil, replicaQuota: Int? = nil) {
        self.name = name
        self.platform = platform
        self.replicaQuota = replicaQuota
    }
}
