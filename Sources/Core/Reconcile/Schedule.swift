/// When which application is to be looked at: a queue with one entry for each, the earliest wake wins.
///
/// A pure value, so that what runs when is part of the trace and not of a task scheduler.
package struct Schedule: Sendable {
    private struct Entry: Sendable {
        var due: Instant
        var order: UInt64
        var name: ApplicationName
    }

    private var heap: [Entry] = []
    private var due: [ApplicationName: Instant] = [:]
    private var order: UInt64 = 0

    package init() {}

    /// Applications that are scheduled.
    package var count: Int { due.count }

    /// The earliest time at which something is due.
    package var next: Instant? {
        mutating get {
            dropOutdated()
            return heap.first?.due
        }
    }

    /// Asks for a look at `name` no later than `at`.
    package mutating func wake(_ name: ApplicationName, at: Instant) {
        if let earlier = due[name], earlier <= at { return }
        due[name] = at
        order += 1
        heap.append(Entry(due: at, order: order, name: name))
        siftUp(heap.count - 1)
    }

    package mutating func remove(_ name: ApplicationName) {
        due[name] = nil
    }

    /// Takes the application that is due first, if one is due by `now`. Equal times: first come, first served.
    package mutating func take(dueBy now: Instant) -> ApplicationName? {
        dropOutdated()
        guard let first = heap.first, first.due <= now else { return nil }
        popFirst()
        due[first.name] = nil
        return first.name
    }

    private mutating func dropOutdated() {
        while let first = heap.first, due[first.name] != first.due { popFirst() }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        (heap[a].due, heap[a].order) < (heap[b].due, heap[b].order)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func popFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
