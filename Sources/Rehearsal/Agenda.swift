import Core

/// Things that will happen, by time; equal times in the order in which they were added.
struct Agenda<Element: Sendable>: Sendable {
    private var entries: [(at: Instant, order: Int, element: Element)] = []
    private var order = 0

    var next: Instant? { entries.last?.at }

    mutating func add(_ element: Element, at: Instant) {
        order += 1
        let position = entries.lastIndex { ($0.at, $0.order) > (at, order) } ?? -1
        entries.insert((at, order, element), at: position + 1)
    }

    func contains(where predicate: (Element) -> Bool) -> Bool { entries.contains { predicate($0.element) } }

    mutating func take() -> Element? { entries.popLast()?.element }
}
