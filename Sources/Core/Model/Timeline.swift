/// Things that are due, the earliest first; equal times in the order in which they were added.
///
/// A binary heap, and a value: the same calls give the same order in any process. Adding and taking cost the logarithm
/// of the number of entries.
package struct Timeline<Element> {
    struct Entry {
        var at: Instant
        var order: UInt64
        var element: Element
    }

    private var heap: [Entry] = []
    /// Entries that were ever added.
    private var added: UInt64 = 0

    package init() {}

    /// The time of the earliest entry; nil where there is none.
    package var next: Instant? { heap.first?.at }

    /// The earliest entry; nil where there is none.
    package var first: Element? { heap.first?.element }

    package var count: Int { heap.count }

    /// Whether an entry is there that satisfies the predicate; looks at all of them.
    package func contains(where predicate: (Element) -> Bool) -> Bool {
        heap.contains { predicate($0.element) }
    }

    package mutating func add(_ element: Element, at: Instant) {
        added += 1
        heap.append(Entry(at: at, order: added, element: element))
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest entry; nil where there is none.
    @discardableResult
    package mutating func take() -> Element? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let earliest = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) {
                least = child
            }
            if least == parent { return earliest.element }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        heap[a].at != heap[b].at ? heap[a].at < heap[b].at : heap[a].order < heap[b].order
    }
}

extension Timeline.Entry: Sendable where Element: Sendable {}
extension Timeline: Sendable where Element: Sendable {}
extension Timeline.Entry: Encodable where Element: Encodable {}
extension Timeline.Entry: Decodable where Element: Decodable {}
extension Timeline: Encodable where Element: Encodable {}
extension Timeline: Decodable where Element: Decodable {}
