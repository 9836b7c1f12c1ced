/// Text that somebody else wrote, as it may be shown: on a terminal, in a log, in a commit's message.
///
/// File names, subjects and authors of commits, reasons of requests, servers' and programs' words: whoever can write one
/// could otherwise move the cursor, colour or hide what stands beside it, turn its order around, or begin a line of a
/// log that nobody wrote.
package enum PlainText {
    /// Code points of one text that are shown at most, unless a caller says otherwise.
    package static let limit = 2000

    /// The text on one line. A line break or a tab becomes a space, anything else that is not seen stands as
    /// `\u{202e}`, and what is longer than `limit` code points ends with `…`.
    package static func line(_ text: some StringProtocol, limit: Int = limit) -> String {
        shown(text, keepsLines: false, limit: limit)
    }

    /// The text with its line feeds, and otherwise as ``line(_:limit:)`` has it. For what is put together of lines that
    /// are plain already, as the last look before it goes out.
    package static func lines(_ text: some StringProtocol) -> String {
        shown(text, keepsLines: true, limit: .max)
    }

    /// Whether a character is seen where it stands, and does nothing else.
    ///
    /// Not so: controls (C0, DEL, C1), format characters (the marks of writing direction, joiners, tags), separators of
    /// lines and paragraphs, what takes no room (Unicode's `Default_Ignorable_Code_Point`), private and no characters.
    package static func isSeen(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7f { return scalar.value >= 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: return false
        default: return !scalar.properties.isDefaultIgnorableCodePoint && !scalar.properties.isNoncharacterCodePoint
        }
    }

    /// How a character that is not seen is named: `\u{1b}`.
    package static func name(of scalar: Unicode.Scalar) -> String {
        "\\u{" + String(scalar.value, radix: 16) + "}"
    }

    private static func shown(_ text: some StringProtocol, keepsLines: Bool, limit: Int) -> String {
        if text.utf8.count <= limit,
            text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) || (keepsLines && $0 == 0x0a) })
        {
            return String(text)
        }
        var result = String.UnicodeScalarView()
        var former: Unicode.Scalar?
        for (count, scalar) in text.unicodeScalars.enumerated() {
            guard count < limit else {
                result.append("…")
                break
            }
            defer { former = scalar }
            if isSeen(scalar) || (keepsLines && scalar == "\n") {
                result.append(scalar)
            } else if isBreak(scalar) {
                if !(former == "\r" && scalar == "\n") { result.append(" ") }
            } else if scalar == "\u{fe0f}", let former, former.value > 0xff, former.properties.isEmoji {
                // Only has the sign before it drawn in colour.
                result.append(scalar)
            } else {
                result.append(contentsOf: name(of: scalar).unicodeScalars)
            }
        }
        return String(result)
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0d, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
