/// Things that are due, the earliest first; equal times in the order in which they were added.
///
/// A binary heap, and a value: the same calls give the same order in any process. Adding and taking cost the logarithm
/// of the number of entries.
package struct Timeline<Element> {
    /// Beside the elements and not with them, so that looking at times moves no element.
    private var keys: [TimelineKey] = []
    private var elements: [Element] = []
    /// Entries that were ever added.
    private var added: UInt64 = 0

    package init() {}

    /// The time of the earliest entry; nil where there is none.
    package var next: Instant? { keys.first?.at }

    /// The earliest entry; nil where there is none.
    package var first: Element? { elements.first }

    package var count: Int { keys.count }

    /// Whether an entry is there that satisfies the predicate; looks at all of them.
    package func contains(where predicate: (Element) -> Bool) -> Bool { elements.contains(where: predicate) }

    package mutating func add(_ element: Element, at: Instant) {
        added += 1
        keys.append(TimelineKey(at: at, order: added))
        elements.append(element)
        var child = keys.count - 1
        while child > 0, keys[child] < keys[(child - 1) / 2] {
            swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest entry; nil where there is none.
    @discardableResult
    package mutating func take() -> Element? {
        guard !keys.isEmpty else { return nil }
        swapAt(0, keys.count - 1)
        keys.removeLast()
        let earliest = elements.removeLast()
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < keys.count, keys[left] < keys[least] { least = left }
            if left + 1 < keys.count, keys[left + 1] < keys[least] { least = left + 1 }
            if least == parent { return earliest }
            swapAt(parent, least)
            parent = least
        }
    }

    private mutating func swapAt(_ a: Int, _ b: Int) {
        keys.swapAt(a, b)
        elements.swapAt(a, b)
    }
}

/// When an entry is due, and how many were added before it.
private struct TimelineKey: Comparable, Sendable, Codable {
    var at: Instant
    var order: UInt64

    static func < (a: TimelineKey, b: TimelineKey) -> Bool {
        a.at != b.at ? a.at < b.at : a.order < b.order
    }
}

extension Timeline: Sendable where Element: Sendable {}
extension Timeline: Encodable where Element: Encodable {}
extension Timeline: Decodable where Element: Decodable {}
