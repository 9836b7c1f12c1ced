import Core

/// A subscription: what was published for one consumer component, and where each message is. Both sides' releases of the
/// component take from it. Messages are counted and not kept one by one.
struct Inbox: Hashable, Sendable, Codable {
    /// Messages that come back together.
    struct Unacknowledged: Hashable, Sendable, Codable {
        var count: Int
        var deliveries: Int
        var at: Instant
    }

    var topic: String?
    /// Messages a second that the largest deployment of the component takes.
    var capacity = 0
    var published = 0
    /// Messages that nobody holds, by how often they were delivered before.
    var waiting: [Int]
    /// Messages of workers that died with them, until the broker gives them out again.
    var unacknowledged: [Unacknowledged] = []
    var processed = 0
    /// In the dead-letter queue.
    var dead = 0
    /// Deliveries so far, by side.
    var taken = PerSide<Int>(flip: 0, flop: 0)
    /// Parts of messages that were published, processed and failed, and are not whole yet.
    var parts = PerSide<Double>(flip: 0, flop: 0)
    var failing = PerSide<Double>(flip: 0, flop: 0)
    var publishing = 0.0

    init(topic: String?, maxDeliveries: Int) {
        self.topic = topic
        waiting = Array(repeating: 0, count: max(1, maxDeliveries))
    }

    var backlog: Int { waiting.reduce(0, +) }

    mutating func publish(_ messages: Double) {
        publishing += messages
        let whole = Self.whole(publishing)
        publishing = min(publishing - Double(whole), 1)
        published += whole
        waiting[0] += whole
    }

    /// The whole messages among `parts`; what came in years that nobody looked at is no more than can be counted.
    private static func whole(_ parts: Double) -> Int { Int(min(max(parts, 0), 1e12)) }

    /// Hands out up to `count` messages, those that were delivered most often first.
    ///
    /// - Returns: how many, by how often they were delivered before.
    mutating func take(_ count: Int, _ side: Side) -> [(deliveries: Int, count: Int)] {
        var left = count
        var parts: [(deliveries: Int, count: Int)] = []
        for deliveries in waiting.indices.reversed() where left > 0 && waiting[deliveries] > 0 {
            let part = min(left, waiting[deliveries])
            waiting[deliveries] -= part
            left -= part
            parts.append((deliveries, part))
        }
        taken[side] += count - left
        return parts
    }

    /// Workers of a side take as much as they manage, and acknowledge what does not fail.
    ///
    /// - Returns: how many they took, and how many of those failed.
    mutating func work(_ messages: Double, failing rate: Double, on side: Side) -> (taken: Int, failed: Int) {
        var result = (taken: 0, failed: 0)
        parts[side] += messages
        let whole = Self.whole(parts[side])
        parts[side] = min(parts[side] - Double(whole), 1)
        for part in take(whole, side) {
            failing[side] += Double(part.count) * rate
            let failed = min(part.count, Int(failing[side]))
            failing[side] -= Double(failed)
            processed += part.count - failed
            giveBack(failed, deliveries: part.deliveries + 1)
            result.taken += part.count
            result.failed += failed
        }
        // What could have been done and was not there is not done later.
        if backlog == 0 { parts[side] = 0 }
        return result
    }

    mutating func giveBack(_ count: Int, deliveries: Int) {
        if deliveries >= waiting.count { dead += count } else { waiting[deliveries] += count }
    }

    /// A worker died with messages.
    mutating func lose(_ worker: Worker, until: Instant) {
        guard worker.held > 0 else { return }
        unacknowledged.append(Unacknowledged(count: worker.held, deliveries: worker.deliveries, at: until))
    }

    mutating func redeliver(_ now: Instant) {
        guard unacknowledged.contains(where: { $0.at <= now }) else { return }
        for entry in unacknowledged where entry.at <= now { giveBack(entry.count, deliveries: entry.deliveries) }
        unacknowledged.removeAll { $0.at <= now }
    }
}

/// Where the messages of one subscription are.
package struct MessageCounts: Hashable, Sendable {
    package var published: Int
    package var waiting: Int
    /// Held by workers.
    package var held: Int
    /// Given out to workers that died, and not yet given out again.
    package var unacknowledged: Int
    package var processed: Int
    package var dead: Int
}

/// What the consumers of a side really do, whatever they said.
package struct ConsumerTruth: Hashable, Sendable {
    /// Workers that take messages.
    package var active = 0
    /// Messages that workers hold.
    package var held = 0
    /// Messages that were ever handed to the side.
    package var taken = 0
}
