/// Which rollouts are in flight, how many may be, and who waits to begin one.
///
/// What has begun is finished before more is begun: a daemon that looks too late at what is in flight lets fewer begin, one
/// that looks in time lets more. How many that are is measured and nowhere declared, since it depends on the fleet, on the
/// platform and on the machine. A rollout that waits for somebody who may be long about it takes no place.
///
/// A pure value: its only clock is how late the engine's looks were.
package struct RolloutQueue: Sendable {
    /// Where an application stands in the queue.
    package struct Place: Hashable, Sendable {
        /// Those that are to begin before it.
        package var ahead: Int
        /// Rollouts in flight now.
        package var inFlight: Int

        var words: String {
            "\(inFlight) rollouts are in flight, as many as can be looked after in time; "
                + (ahead == 0 ? "it is the next to begin" : "\(ahead) are ahead of it")
        }
    }

    /// So many may be in flight at once.
    package private(set) var limit: Int
    /// Fewer are never let begin: so many are looked at side by side.
    private let least: Int
    /// A look that comes later than this after it was due is late.
    private let tolerance: Span
    /// Nothing that is decided shows before the looks that follow it.
    private let patience: Span
    private var inFlight: Set<ApplicationName> = []
    /// Who waits, in order; nil where somebody has left.
    private var line: [ApplicationName?] = []
    private var positions: [ApplicationName: Int] = [:]
    private var head = 0
    /// Those before this position were told that they may begin.
    private var called = 0
    private var looksInTime = 0
    private var lastCut: Instant?

    package init(_ configuration: EngineConfiguration) {
        least = max(1, configuration.concurrency)
        limit = least
        tolerance = configuration.activeObserveInterval
        patience = configuration.maxObservationAge
    }

    /// Rollouts that are in flight.
    package var count: Int { inFlight.count }

    package func isInFlight(_ name: ApplicationName) -> Bool { inFlight.contains(name) }

    /// Whether it is in flight, or may be from now on: it is looked at before all others.
    func isPreferred(_ name: ApplicationName) -> Bool {
        inFlight.contains(name) || positions[name].map { $0 < called } ?? false
    }

    /// Where an application stands that would begin a rollout; nil where it may begin now.
    package func place(of name: ApplicationName) -> Place? {
        if inFlight.contains(name) { return nil }
        let ahead = positions[name].map { $0 - head } ?? positions.count
        return ahead < limit - inFlight.count ? nil : Place(ahead: ahead, inFlight: inFlight.count)
    }

    /// Notes what became of an application at its last look.
    package mutating func note(_ name: ApplicationName, isInFlight: Bool, isQueued: Bool) {
        if isInFlight { inFlight.insert(name) } else { inFlight.remove(name) }
        if !isQueued {
            leave(name)
        } else if let position = positions[name] {
            // It was called, and there is no room any more: it is called again.
            called = min(called, position)
        } else {
            positions[name] = line.count
            line.append(name)
        }
    }

    /// Nothing is to be said of it any more.
    package mutating func forget(_ name: ApplicationName) {
        inFlight.remove(name)
        leave(name)
    }

    private mutating func leave(_ name: ApplicationName) {
        guard let position = positions.removeValue(forKey: name) else { return }
        line[position] = nil
        while head < line.count, line[head] == nil { head += 1 }
        called = max(called, head)
        guard head == line.count else { return }
        line = []
        (head, called) = (0, 0)
    }

    /// Those that may begin now and were not told so before, in order.
    package mutating func call() -> [ApplicationName] {
        let end = min(line.count, head + max(0, limit - inFlight.count))
        guard end > called else { return [] }
        defer { called = end }
        return line[called..<end].compactMap { $0 }
    }

    /// Takes in that a rollout in flight was looked at, so long after it was due.
    package mutating func looked(late: Span, at now: Instant) {
        if late > tolerance {
            looksInTime = 0
            if let lastCut, now - lastCut < patience { return }
            lastCut = now
            limit = max(least, min(limit, inFlight.count) * 3 / 4)
        } else {
            looksInTime += 1
            guard looksInTime >= limit, inFlight.count + 1 >= limit else { return }
            looksInTime = 0
            limit += lastCut == nil ? limit : max(1, limit / 8)
        }
    }
}
