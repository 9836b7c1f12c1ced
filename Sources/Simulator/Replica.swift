import Core

/// One process of a component.
struct Replica: Hashable, Sendable, Codable {
    enum State: Hashable, Sendable, Codable {
        /// Waits for quota or a node.
        case pending
        /// Created; becomes ready, or crashes, at this time.
        case starting(Instant)
        case ready(since: Instant)
        /// In back-off until this time.
        case crashed(until: Instant)
    }

    var state: State
    var crashes = 0

    var isReady: Bool { if case .ready = state { true } else { false } }
    var exists: Bool { if case .pending = state { false } else { true } }

    /// Kubelet's back-off: 10 s, doubled for each crash, at most 5 min.
    var backoff: Span { .seconds(min(300, 10 << Int64(min(crashes, 5)))) }
}

/// A component on a side.
struct ComponentState: Hashable, Sendable, Codable {
    var name: String
    var kind: Component.Kind
    var run: SimulatedRun
    var floor: Int
    var largestFloor: Int
    /// What the autoscaler asks for; the floor where it asks for less.
    var wanted = 0
    /// When the autoscaler may go down, and to what.
    var shrinkAt: Instant?
    var shrinkTo = 0
    var replicas: [Replica] = []
    /// Consumers: a worker for each replica.
    var workers: [Worker] = []
    /// Consumers: the subscription that they take from, the topic that it is of, and most that may take from it at once.
    var inbox: String?
    var topic: String?
    var partitions: Int?
    var trouble: String?

    init(_ component: Component, run: SimulatedRun, floor: Int, topics: [String: Topic]) {
        name = component.name
        kind = component.kind
        self.run = run
        self.floor = floor
        largestFloor = floor
        guard kind == .consumer else { return }
        let first = component.subscriptions.first
        topic = first?.topic
        inbox = first.map { "\($0.topic)/\($0.subscription)" } ?? name
        partitions = component.subscriptions.filter(\.exclusive).compactMap { topics[$0.topic]?.partitions }.min()
    }

    /// How many replicas there should be.
    var target: Int { max(floor, wanted) }

    var ready: Int { replicas.reduce(0) { $0 + ($1.isReady ? 1 : 0) } }
    var existing: Int { replicas.reduce(0) { $0 + ($1.exists ? 1 : 0) } }

    /// Whether a replica has found no place.
    var isPending: Bool { replicas.contains { $0.state == .pending } }

    func crashesOnStart() -> Bool { run.faults.contains(.crashOnStart) }

    /// Time from readiness to a crash by leaking; nil for a version that does not.
    var leakTime: Span? {
        for fault in run.faults { if case .leak(let after) = fault { return after } }
        return nil
    }
}

/// What stands on one side of an application.
struct SideState: Hashable, Sendable, Codable {
    var digest: Digest
    var version: String
    var namespace: String
    var epoch: Int
    var components: [ComponentState]
    /// Work that was in flight when weight left is finished by then.
    var drainedAt: Instant
    var unreadyUntil: Instant?
    var neverReadyUntil: Instant?
    var lieUntil: Instant?
    var sidecars = SidecarTrouble()

    var longestDrain: Span { components.map(\.run.drainTime).max() ?? .zero }
}
