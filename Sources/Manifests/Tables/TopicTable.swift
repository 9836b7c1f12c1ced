internal import Core

extension Form where Value == Topic {
    /// A Topic's `spec`; the name comes with `metadata`.
    static let topic = Table<Topic>(
        "topic", "A message channel and the versions of its message format.",
        [
            Field("partitions", .integer(1...4096), "Partitions.", standard: "1") { $0.partitions = $1 },
            Field(
                "schemas", Form<String>.version.distinctList(1...64), "Versions of the message format, oldest first.",
                required: true
            ) { $0.schemas = $1 },
            Field("redelivery", redelivery, "What happens to a message that is not acknowledged.") {
                $0.maxDeliveries = $1.maxDeliveries
                $0.ackTimeout = $1.ackTimeout
            },
        ]
    ).form { Topic(name: "", schemas: []) }

    private static let redelivery = Table<Topic>(
        "redelivery", "What happens to a message that is not acknowledged.",
        [
            Field(
                "maxDeliveries", .integer(1...1000), "Deliveries before a message goes to the dead-letter queue.",
                standard: "5"
            ) { $0.maxDeliveries = $1 },
            Field(
                "ackTimeout", .duration(least: .milliseconds(1)), "Time after which a message is delivered again.",
                standard: "30s"
            ) { $0.ackTimeout = $1 },
        ]
    ).form { Topic(name: "", schemas: []) }
}

extension Form where Value == Namespace {
    /// A Namespace's `spec`; the name comes with `metadata`.
    static let namespace = Table<Namespace>(
        "namespace", "A side's platform and quota.",
        [
            Field(
                "platform", .choice,
                "What runs it. Left out: what the daemon drives. A daemon that drives another does nothing in it, and says so."
            ) { $0.platform = $1 },
            Field(
                "quota", quota,
                "What all applications in it may use together; no side is asked for more than what fits."
            ) { $0.replicaQuota = $1 },
        ]
    ).form { Namespace(name: "") }

    private static let quota = Table<Int>(
        "quota", "What all applications in a namespace may use together.",
        [Field("replicas", .integer(1...10_000_000), "Replicas.", required: true) { $0 = $1 }]
    ).form { 0 }
}
