/// When which application is to be looked at: a queue with one entry for each, the earliest wake wins.
///
/// A pure value, so that what runs when is part of the trace and not of a task scheduler.
package struct Schedule: Sendable {
    /// Also holds wakes that an earlier one has outdated.
    private var timeline = Timeline<ApplicationName>()
    private var due: [ApplicationName: Instant] = [:]

    package init() {}

    /// Applications that are scheduled.
    package var count: Int { due.count }

    /// The earliest time at which something is due.
    package var next: Instant? {
        mutating get {
            dropOutdated()
            return timeline.next
        }
    }

    /// Asks for a look at `name` no later than `at`.
    package mutating func wake(_ name: ApplicationName, at: Instant) {
        if let earlier = due[name], earlier <= at { return }
        due[name] = at
        timeline.add(name, at: at)
    }

    package mutating func remove(_ name: ApplicationName) {
        due[name] = nil
    }

    /// Takes the application that is due first, if one is due by `now`. Equal times: first come, first served.
    package mutating func take(dueBy now: Instant) -> ApplicationName? {
        dropOutdated()
        guard let next = timeline.next, next <= now, let name = timeline.take() else { return nil }
        due[name] = nil
        return name
    }

    private mutating func dropOutdated() {
        while let name = timeline.first, due[name] != timeline.next { timeline.take() }
    }
}
