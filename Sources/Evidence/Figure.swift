import Basics
package import Core
import Foundation

/// Numbers as people read them, in few characters.
package enum Figure {
    /// `4.0 %`, from a share that was measured: three significant digits.
    package static func rate(_ share: Double) -> String {
        guard share.isFinite else { return "\(share)" }
        let text = String(format: "%.3g", share * 100)
        return (text.contains { !$0.isNumber && $0 != "-" } ? text : text + ".0") + " %"
    }

    /// `1 %`, from a share that was declared.
    package static func bound(_ share: Double) -> String { plain(share * 100) + " %" }

    /// `1,203`, rounded.
    package static func grouped(_ value: Double) -> String {
        let digits = count(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return value.rounded() < 0 ? "-" + text : text
    }

    /// `30 s`, `3 m`, `2 h`: in the largest unit of which there are two or more, rounded up.
    package static func time(_ span: Core.Span) -> String {
        let seconds = max(0, (span.milliseconds + 999) / 1000)
        if seconds < 120 { return "\(seconds) s" }
        return seconds < 7200 ? "\((seconds + 59) / 60) m" : "\((seconds + 3599) / 3600) h"
    }

    /// That there are too few requests to judge by, how many there are to be, and when.
    ///
    /// - Parameters:
    ///   - total: requests so far.
    ///   - needed: requests that are enough, about; nil where nobody can say.
    ///   - window: in which they came.
    /// - Returns: a sentence without a full stop.
    package static func tooFew(_ total: Double, of needed: Double?, in window: Core.Span) -> String {
        guard let needed, needed > total else { return "not enough traffic yet: \(grouped(total)) requests" }
        let text = "not enough traffic yet: \(grouped(total)) of about \(grouped(needed)) requests"
        guard total >= 1, window > .zero else { return text }
        let left = Double(window.milliseconds) * (needed - total) / total
        guard left < 30 * 86_400_000 else { return text + ", at this rate not within a month" }
        return text + ", ready in about \(time(.milliseconds(Int64(left.rounded(.up)))))"
    }

    /// `0.52%`, from a share.
    package static func percent(_ share: Double) -> String { plain(share * 100) + "%" }

    /// `12345`, rounded.
    package static func count(_ value: Double) -> String { "\(Int(min(max(value, -1e15), 1e15).rounded()))" }

    /// At most four significant digits, without an exponent where it can be helped.
    package static func plain(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        return value.magnitude >= 1000 && value.magnitude < 1e15 ? count(value) : String(format: "%.4g", value)
    }

    /// Text from outside for one line: repaired, without control characters, cut short.
    package static func line(_ bytes: some Collection<UInt8>, limit: Int = 60) -> String {
        // At most four bytes to a character, so what is cut off here would not be shown.
        let text = String(decoding: bytes.prefix(limit * 8), as: UTF8.self)
        let words = text.split { $0.isWhitespace || $0.isNewline || ($0.asciiValue ?? 32) < 32 || $0 == "\u{7f}" }
        let line = PlainText.line(words.joined(separator: " "))
        return line.count > limit ? line.prefix(limit - 1) + "…" : line
    }
}
