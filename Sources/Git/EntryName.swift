/// The name of an entry of a folder, judged before anybody is shown it or opens it.
package enum EntryName: Hashable, Sendable {
    case usable(String)
    /// No file system or person should be asked to take it: `..`, `.git`, a slash, a backslash, a control character, a
    /// mark that turns the direction of writing, more than ``TreeBounds/name`` bytes, or bytes that are not UTF-8. It is
    /// written as git quotes names, which no other name can look like.
    case unusable(shown: String)

    package init(_ bytes: some RandomAccessCollection<UInt8>) {
        if let name = Self.usable(bytes) { self = .usable(name) } else { self = .unusable(shown: Self.quoted(bytes)) }
    }

    /// As it may be shown.
    package var shown: String {
        switch self {
        case .usable(let name), .unusable(let name): name
        }
    }

    private static func usable(_ bytes: some RandomAccessCollection<UInt8>) -> String? {
        guard !bytes.isEmpty, bytes.count <= TreeBounds.name else { return nil }
        var isASCII = true
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "/") { return nil }
            if byte >= 0x80 { isASCII = false }
        }
        guard let name = String(validating: bytes, as: UTF8.self) else { return nil }
        if !isASCII, name.unicodeScalars.contains(where: \.steers) { return nil }
        if bytes.count <= 5, [".", "..", ".git", "git~1"].contains(name.lowercased()) { return nil }
        return name
    }

    /// Bytes of a name that are shown.
    private static var shownBytes: Int { 120 }

    private static func quoted(_ bytes: some RandomAccessCollection<UInt8>) -> String {
        var text = ""
        for byte in bytes.prefix(shownBytes) {
            switch byte {
            case UInt8(ascii: "\\"): text += "\\\\"
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\t"): text += "\\t"
            case 0x20..<0x7F where byte != UInt8(ascii: "/"): text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 8)
                text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        if bytes.count > shownBytes {
            // FNV-1a, so that two that begin alike stay two.
            let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            text += "\\…(\(bytes.count) bytes, \(String(hash, radix: 16)))"
        } else if !text.contains("\\") {
            // `.git`, `..`: what git would not quote.
            text += "\\"
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Controls, ends of lines, and marks that turn the direction of writing.
    fileprivate var steers: Bool {
        switch value {
        case 0x80...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
