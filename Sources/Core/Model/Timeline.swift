/// Things that are due, the earliest first; equal times in the order in which they were added.
///
/// A binary heap, and a value: the same calls give the same order in any process. Adding and taking cost the logarithm
/// of the number of entries.
package struct Timeline<Element> {
    /// The heap.
    private var keys: [TimelineKey] = []
    /// Where the keys say, standing still while keys move; nil where a place is free.
    private var elements: [Element?] = []
    private var free: [Int] = []
    /// Entries that were ever added.
    private var added: UInt64 = 0

    package init() {}

    /// The time of the earliest entry; nil where there is none.
    package var next: Instant? { keys.first?.at }

    /// The earliest entry; nil where there is none.
    package var first: Element? { keys.first.flatMap { elements[$0.place] } }

    package var count: Int { keys.count }

    /// Whether an entry is there that satisfies the predicate; looks at all of them.
    package func contains(where predicate: (Element) -> Bool) -> Bool {
        elements.contains { $0.map(predicate) ?? false }
    }

    package mutating func add(_ element: Element, at: Instant) {
        added += 1
        let place = free.popLast() ?? elements.count
        if place < elements.count { elements[place] = element } else { elements.append(element) }
        keys.append(TimelineKey(at: at, order: added, place: place))
        keys.rise()
    }

    /// Takes the earliest entry; nil where there is none.
    @discardableResult
    package mutating func take() -> Element? {
        guard let place = keys.first?.place else { return nil }
        keys.removeLeast()
        free.append(place)
        return elements[place].take()
    }
}

/// When an entry is due, how many were added before it, and where its element is.
private struct TimelineKey: Comparable, Sendable, Codable {
    var at: Instant
    var order: UInt64
    var place: Int

    static func < (a: TimelineKey, b: TimelineKey) -> Bool {
        a.at != b.at ? a.at < b.at : a.order < b.order
    }
}

extension [TimelineKey] {
    /// Moves the last entry up to where it belongs.
    fileprivate mutating func rise() {
        var child = count - 1
        while child > 0, self[child] < self[(child - 1) / 2] {
            swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    fileprivate mutating func removeLeast() {
        swapAt(0, count - 1)
        removeLast()
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < count, self[left] < self[least] { least = left }
            if left + 1 < count, self[left + 1] < self[least] { least = left + 1 }
            if least == parent { return }
            swapAt(parent, least)
            parent = least
        }
    }
}

extension Timeline: Sendable where Element: Sendable {}
extension Timeline: Encodable where Element: Encodable {}
extension Timeline: Decodable where Element: Decodable {}
