/// What YAML's core schema makes of a scalar without quotes (YAML 1.2, chapter 10.3).
package enum PlainScalar {
    package enum Meaning {
        case null, boolean, number, text
    }

    package static func meaning(of bytes: UnsafeBufferPointer<UInt8>) -> Meaning {
        guard let first = bytes.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return isNumber(bytes) ? .number : .text
        case UInt8(ascii: "~"):
            return bytes.count == 1 ? .null : .text
        case UInt8(ascii: "n"), UInt8(ascii: "N"):
            return isWord(bytes, "null") ? .null : .text
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            return isWord(bytes, "true") ? .boolean : .text
        case UInt8(ascii: "f"), UInt8(ascii: "F"):
            return isWord(bytes, "false") ? .boolean : .text
        default:
            return .text
        }
    }

    /// Whether the text says something else without quotes, to this reader or to an older one that knows YAML 1.1.
    static func needsQuotes(_ text: String, inFlow: Bool) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let first = bytes.first, let last = bytes.last else { return true }
            if meaning(of: bytes) != .text || isOldBoolean(bytes) { return true }
            // Dates and sexagesimal numbers of YAML 1.1 begin with a digit and hold nothing but these.
            if bytes.allSatisfy({ "0123456789:-+._eExXo".utf8.contains($0) }) { return true }
            if first == UInt8(ascii: " ") || last == UInt8(ascii: " ") || last == UInt8(ascii: ":") { return true }
            if "-?:,[]{}#&*!|>'\"%@`=<".utf8.contains(first) { return true }
            if bytes.count >= 3, bytes.prefix(3).allSatisfy({ $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }) {
                return true
            }
            var before: UInt8 = 0
            for byte in bytes {
                if byte < 0x20 || byte >= 0x7F { return true }
                if byte == UInt8(ascii: "#"), before == UInt8(ascii: " ") { return true }
                if before == UInt8(ascii: ":"), byte == UInt8(ascii: " ") { return true }
                if inFlow, ",[]{}:".utf8.contains(byte) { return true }
                before = byte
            }
            return false
        }
    }

    /// The text as a scalar that reads back as exactly it: plain where that is safe, in double quotes otherwise.
    static func written(_ text: String, inFlow: Bool = true) -> String {
        needsQuotes(text, inFlow: inFlow) ? quoted(text) : text
    }

    /// The text in double quotes. The form is valid JSON too.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default:
                // Control characters, line separators, the byte order mark and what YAML calls not printable.
                let value = scalar.value
                if value < 0x20 || (0x7F..<0xA0).contains(value) || value == 0x2028 || value == 0x2029
                    || value == 0xFEFF || value == 0xFFFE || value == 0xFFFF
                {
                    let digits = String(value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }

    /// `word`, `Word` or `WORD`.
    private static func isWord(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        let lower = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        func matches(upper: (Int) -> Bool) -> Bool {
            bytes.indices.allSatisfy { bytes[$0] == (upper($0) ? lower[$0] & 0xDF : lower[$0]) }
        }
        return matches { _ in false } || matches { $0 == 0 } || matches { _ in true }
    }

    private static func isOldBoolean(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count <= 5 else { return false }
        let lower = String(decoding: bytes, as: UTF8.self).lowercased()
        return ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(lower)
    }

    private static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = bytes[...]
        func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        if rest.count > 2, rest[0] == UInt8(ascii: "0"), rest[1] == UInt8(ascii: "x") || rest[1] == UInt8(ascii: "o") {
            let octal = rest[1] == UInt8(ascii: "o")
            return rest.dropFirst(2).allSatisfy { byte in
                octal
                    ? byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "7")
                    : Character(UnicodeScalar(byte)).isHexDigit
            }
        }
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        if rest.first == UInt8(ascii: "."), rest.count == 4 {
            let word = String(decoding: rest, as: UTF8.self).lowercased()
            if word == ".inf" || word == ".nan" { return true }
        }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(fraction)
        }
        guard !whole.isEmpty || fraction > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard !rest.isEmpty else { return false }
            rest = rest.dropFirst(rest.prefix(while: isDigit).count)
        }
        return rest.isEmpty
    }
}
