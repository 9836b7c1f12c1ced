import Foundation

/// Numbers as people read them, in few characters.
enum Figure {
    /// `0.52%`, from a share.
    static func percent(_ share: Double) -> String { plain(share * 100) + "%" }

    /// `12345`, rounded.
    static func count(_ value: Double) -> String { "\(Int(min(max(value, -1e15), 1e15).rounded()))" }

    /// At most four significant digits, without an exponent where it can be helped.
    static func plain(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        return value.magnitude >= 1000 && value.magnitude < 1e15 ? count(value) : String(format: "%.4g", value)
    }

    /// Text from outside for one line: repaired, without control characters, cut short.
    static func line(_ bytes: some Collection<UInt8>, limit: Int = 60) -> String {
        // At most four bytes to a character, so what is cut off here would not be shown.
        let text = String(decoding: bytes.prefix(limit * 8), as: UTF8.self)
        let words = text.split { $0.isWhitespace || $0.isNewline || ($0.asciiValue ?? 32) < 32 || $0 == "\u{7f}" }
        let line = words.joined(separator: " ")
        return line.count > limit ? line.prefix(limit - 1) + "…" : line
    }
}
