import Basics

/// A value as it stands in a status file or in JSON: ordered, untyped.
package indirect enum TextNode: Hashable, Sendable {
    /// Text that JSON quotes.
    case text(String)
    /// A number or a boolean, that JSON does not quote.
    case bare(String)
    case list([TextNode])
    /// Keys in the order in which they are written.
    case map([(key: String, value: TextNode)])

    package static func == (a: TextNode, b: TextNode) -> Bool {
        switch (a, b) {
        case (.text(let a), .text(let b)), (.bare(let a), .bare(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(json) }

    subscript(key: String) -> TextNode? {
        guard case .map(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    // MARK: JSON

    /// RFC 8259, without insignificant space.
    var json: String {
        var text = ""
        writeJSON(into: &text)
        return text
    }

    private func writeJSON(into text: inout String) {
        switch self {
        case .text(let value): TextNode.quote(value, into: &text)
        case .bare(let value): text += value
        case .list(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += "," }
                item.writeJSON(into: &text)
            }
            text += "]"
        case .map(let entries):
            text += "{"
            for (index, entry) in entries.enumerated() {
                if index > 0 { text += "," }
                TextNode.quote(entry.key, into: &text)
                text += ":"
                entry.value.writeJSON(into: &text)
            }
            text += "}"
        }
    }

    /// A string between double quotes, in ASCII where it is not seen. JSON and YAML differ only in how they write what
    /// lies beyond the first 65,536 characters.
    private static func quote(_ value: String, into text: inout String, isYAML: Bool = false) {
        func hexadecimal(_ value: some BinaryInteger, _ count: Int) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: count - digits.count) + digits
        }
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where PlainText.isSeen(scalar): text.unicodeScalars.append(scalar)
            case _ where isYAML && scalar.value > 0xffff: text += "\\U" + hexadecimal(scalar.value, 8)
            default: for unit in UTF16.encode(scalar)?.map({ $0 }) ?? [] { text += "\\u" + hexadecimal(unit, 4) }
            }
        }
        text += "\""
    }

    // MARK: YAML

    /// Block style, two spaces a level; text is quoted where YAML could take it for something else.
    var yaml: String {
        var text = ""
        writeYAML(into: &text, indent: 0, isInline: false)
        return text
    }

    private func writeYAML(into text: inout String, indent: Int, isInline: Bool) {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .text(let value):
            TextNode.write(value, into: &text)
            text += "\n"
        case .bare(let value):
            text += value + "\n"
        case .list(let items):
            if items.isEmpty { return text += "[]\n" }
            for (index, item) in items.enumerated() {
                if index > 0 || !isInline { text += margin }
                text += "- "
                item.writeYAML(into: &text, indent: indent + 2, isInline: true)
            }
        case .map(let entries):
            if entries.isEmpty { return text += "{}\n" }
            for (index, entry) in entries.enumerated() {
                if index > 0 || !isInline { text += margin }
                TextNode.write(entry.key, into: &text)
                text += ":"
                if entry.value.isBlock {
                    text += "\n"
                    entry.value.writeYAML(into: &text, indent: indent + 2, isInline: false)
                } else {
                    text += " "
                    entry.value.writeYAML(into: &text, indent: indent + 2, isInline: true)
                }
            }
        }
    }

    private static func write(_ value: String, into text: inout String) {
        if isPlain(value) { text += value } else { quote(value, into: &text, isYAML: true) }
    }

    private var isBlock: Bool {
        switch self {
        case .text, .bare: false
        case .list(let items): !items.isEmpty
        case .map(let entries): !entries.isEmpty
        }
    }

    /// Whether text reads back as itself without quotes: a letter first, then letters, digits and a few marks, and no
    /// word that YAML 1.1 gives another meaning.
    private static func isPlain(_ value: String) -> Bool {
        guard let first = value.utf8.first, value.utf8.count <= 200 else { return false }
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20)
        guard isLetter else { return false }
        let isSafe = value.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "/")
        }
        let words: Set = ["y", "n", "yes", "no", "true", "false", "on", "off", "null"]
        return isSafe && !words.contains(value.lowercased())
    }
}
