/// Keeps credentials out of messages.
enum Redaction {
    /// The text with the user information of every address in it taken out, control characters replaced and the
    /// length bounded, since some of it was written by a server.
    static func clean(_ text: String) -> String {
        var result = ""
        var rest = Substring(
            text.unicodeScalars.prefix(600).map { $0.value < 32 || $0.value == 127 ? " " : String($0) }.joined()
        )
        while let mark = rest.firstRange(of: "://") {
            result += rest[..<mark.upperBound]
            rest = rest[mark.upperBound...]
            let end = rest.firstIndex { "/ '\"".contains($0) } ?? rest.endIndex
            if let at = rest[..<end].lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        }
        return result + rest
    }
}
