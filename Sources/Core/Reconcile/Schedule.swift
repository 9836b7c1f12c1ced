/// When which application is to be looked at: a queue with one entry for each, the earliest wake wins.
///
/// What is preferred goes before all else that is due, so that what has begun is finished where there is more to look at
/// than can be. A pure value, so that what runs when is part of the trace and not of a task scheduler.
package struct Schedule: Sendable {
    private struct Entry: Equatable {
        var at: Instant
        var isPreferred: Bool
    }

    /// These also hold wakes that an earlier one has outdated.
    private var preferred = Timeline<ApplicationName>()
    private var others = Timeline<ApplicationName>()
    private var due: [ApplicationName: Entry] = [:]

    package init() {}

    /// Applications that are scheduled.
    package var count: Int { due.count }

    /// The earliest time at which something is due.
    package var next: Instant? {
        mutating get {
            dropOutdated()
            return [preferred.next, others.next].compactMap { $0 }.min()
        }
    }

    /// Asks for a look at `name` no later than `at`.
    package mutating func wake(_ name: ApplicationName, at: Instant, isPreferred: Bool = false) {
        var entry = Entry(at: at, isPreferred: isPreferred)
        if let earlier = due[name] {
            entry.at = min(entry.at, earlier.at)
            entry.isPreferred = isPreferred || earlier.isPreferred
            if entry == earlier { return }
        }
        due[name] = entry
        if entry.isPreferred { preferred.add(name, at: entry.at) } else { others.add(name, at: entry.at) }
    }

    package mutating func remove(_ name: ApplicationName) {
        due[name] = nil
    }

    /// Takes what is due by `now`: of what is preferred the first, or else of the others. Equal times: first come, first
    /// served.
    package mutating func take(dueBy now: Instant) -> (name: ApplicationName, due: Instant)? {
        dropOutdated()
        if let next = preferred.next, next <= now, let name = preferred.take() {
            due[name] = nil
            return (name, next)
        }
        guard let next = others.next, next <= now, let name = others.take() else { return nil }
        due[name] = nil
        return (name, next)
    }

    private mutating func dropOutdated() {
        while let name = preferred.first, !isCurrent(name, preferred.next, true) { preferred.take() }
        while let name = others.first, !isCurrent(name, others.next, false) { others.take() }
    }

    private func isCurrent(_ name: ApplicationName, _ at: Instant?, _ isPreferred: Bool) -> Bool {
        due[name].map { $0.at == at && $0.isPreferred == isPreferred } ?? false
    }
}
