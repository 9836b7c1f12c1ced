/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
///
/// Core never reads a clock. Every instant it meets arrives with an event, from the shell's clock or, in an
/// ``Observation`` and a ``Receipt``, from the platform's.
package struct Instant: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds since the Unix epoch; may be negative.
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

    package static func + (a: Instant, b: Span) -> Instant {
        Instant(milliseconds: a.milliseconds.adding(b.milliseconds))
    }
    package static func - (a: Instant, b: Span) -> Instant {
        Instant(milliseconds: a.milliseconds.subtracting(b.milliseconds))
    }
    package static func - (a: Instant, b: Instant) -> Span {
        Span(milliseconds: a.milliseconds.subtracting(b.milliseconds))
    }
    package static func += (a: inout Instant, b: Span) { a = a + b }
}

/// Times come from files and from other machines. What lies beyond the last that can be counted is the last, and nothing
/// stops.
extension Int64 {
    fileprivate func adding(_ other: Int64) -> Int64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? (other > 0 ? .max : .min) : sum
    }

    fileprivate func subtracting(_ other: Int64) -> Int64 {
        let (difference, isOver) = subtractingReportingOverflow(other)
        return isOver ? (other < 0 ? .max : .min) : difference
    }

    fileprivate func times(_ other: Int64) -> Int64 {
        let (product, isOver) = multipliedReportingOverflow(by: other)
        return isOver ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

/// A length of time in whole milliseconds, as manifests write it (`90s`, `2m`, `24h`).
///
/// The standard library's `Duration` is 128 bits of attoseconds; a fleet holds hundreds of thousands of these.
package struct Span: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds; negative only as the difference of two instants.
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static let zero = Span(milliseconds: 0)
    package static func milliseconds(_ n: Int64) -> Span { Span(milliseconds: n) }
    package static func seconds(_ n: Int64) -> Span { Span(milliseconds: n.times(1000)) }
    package static func minutes(_ n: Int64) -> Span { Span(milliseconds: n.times(60_000)) }
    package static func hours(_ n: Int64) -> Span { Span(milliseconds: n.times(3_600_000)) }

    package static func < (a: Span, b: Span) -> Bool { a.milliseconds < b.milliseconds }
    package static func + (a: Span, b: Span) -> Span { Span(milliseconds: a.milliseconds.adding(b.milliseconds)) }
    package static func - (a: Span, b: Span) -> Span { Span(milliseconds: a.milliseconds.subtracting(b.milliseconds)) }
    package static func * (a: Span, n: Int64) -> Span { Span(milliseconds: a.milliseconds.times(n)) }
}

extension Span: CustomStringConvertible {
    /// The shortest exact form with units that a manifest accepts: `1h30m`, `45s`, `250ms`, `0s`.
    package var description: String {
        if milliseconds == 0 { return "0s" }
        var rest = milliseconds.magnitude
        var text = milliseconds < 0 ? "-" : ""
        for (unit, size) in [("h", 3_600_000 as UInt64), ("m", 60_000), ("s", 1000), ("ms", 1)] where rest >= size {
            text += "\(rest / size)\(unit)"
            rest %= size
        }
        return text
    }

    /// Reads `1h30m`, `45s`, `250ms`. Units are required, whole numbers only, each unit at most once and in
    /// descending order.
    ///
    /// - Returns: nil where the text is not a duration, or is longer than 10 years.
    package init?(_ text: some StringProtocol) {
        var total: Int64 = 0
        var digits: Int64?
        var lastSize = Int64.max
        var bytes = Array(text.utf8)[...]
        if bytes.isEmpty { return nil }
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let value = (digits ?? 0) * 10 + Int64(byte - UInt8(ascii: "0"))
                if value > 315_360_000_000 { return nil }
                digits = value
            case UInt8(ascii: "h"), UInt8(ascii: "m"), UInt8(ascii: "s"), UInt8(ascii: "d"):
                guard let count = digits else { return nil }
                var size: Int64 = 1000
                if byte == UInt8(ascii: "d") { size = 86_400_000 }
                if byte == UInt8(ascii: "h") { size = 3_600_000 }
                if byte == UInt8(ascii: "m") {
                    if bytes.first == UInt8(ascii: "s") {
                        bytes = bytes.dropFirst()
                        size = 1
                    } else {
                        size = 60_000
                    }
                }
                guard size < lastSize else { return nil }
                lastSize = size
                let (product, overflow) = count.multipliedReportingOverflow(by: size)
                guard !overflow, product <= 315_360_000_000 else { return nil }
                total += product
                digits = nil
            default:
                return nil
            }
        }
        guard digits == nil, total <= 315_360_000_000 else { return nil }
        self.init(milliseconds: total)
    }
}

extension Instant {
    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Span {
    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}
