/// Where a value begins in its file.
package struct Mark: Hashable, Comparable, Sendable {
    /// From 1.
    package var line: UInt32
    /// From 1, in Unicode code points.
    package var column: UInt32

    package init(line: Int, column: Int) {
        self.line = UInt32(clamping: line)
        self.column = UInt32(clamping: column)
    }

    package static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }

    package static let start = Mark(line: 1, column: 1)
}

/// A value with the place where it was written.
package struct Marked<Value> {
    package var value: Value
    package var mark: Mark

    package init(_ value: Value, at mark: Mark) {
        self.value = value
        self.mark = mark
    }
}

extension Marked: Sendable where Value: Sendable {}
extension Marked: Equatable where Value: Equatable {}
extension Marked: Hashable where Value: Hashable {}
