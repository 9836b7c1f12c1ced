import CGit2

/// A `Key: value` line at the end of a commit message.
package struct Trailer: Hashable, Sendable {
    package let key: String
    package let value: String

    /// Line breaks and other control characters in the value become spaces, so that no value can forge another
    /// trailer; characters that git does not allow in a key become hyphens.
    package init(_ key: String, _ value: String) {
        let letters = key.unicodeScalars.map { scalar -> Character in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(Character(scalar)))
                ? Character(scalar) : "-"
        }
        self.key = letters.isEmpty ? "Unnamed" : String(letters)
        let words = value.unicodeScalars.map {
            $0.properties.generalCategory == .control || $0 == "\u{2028}" || $0 == "\u{2029}" ? " " : Character($0)
        }
        self.value = String(words).split(separator: " ").joined(separator: " ")
    }

    /// The trailers that git finds at the end of a message.
    static func parse(_ message: String) -> [Trailer] {
        var found = git_message_trailer_array()
        guard git_message_trailers(&found, message) == 0 else { return [] }
        defer { git_message_trailer_array_free(&found) }
        return (0..<found.count).map {
            Trailer(String(cString: found.trailers[$0].key), String(cString: found.trailers[$0].value))
        }
    }

    /// The message with the trailers as its last paragraph.
    static func message(_ message: String, trailers: [Trailer]) -> String {
        var text = String(
            String.UnicodeScalarView(message.unicodeScalars.filter { $0.value >= 32 || $0 == "\n" || $0 == "\t" })
        )
        while text.last?.isWhitespace == true { text.removeLast() }
        text += "\n"
        guard !trailers.isEmpty else { return text }
        return text + "\n" + trailers.map { "\($0.key): \($0.value)\n" }.joined()
    }
}
