/// Keeps credentials out of messages.
enum Redaction {
    /// The text with the user information of every address in it taken out, control characters replaced and the
    /// length bounded, since some of it was written by a server.
    static func clean(_ text: String) -> String {
        var result = ""
        var rest = Substring(String(String.UnicodeScalarView(text.unicodeScalars.prefix(600).map(visible))))
        while let mark = rest.firstRange(of: "://") {
            result += withoutLogins(rest[..<mark.lowerBound]) + "://"
            rest = rest[mark.upperBound...]
            let end = rest.firstIndex { "/ '\"?#".contains($0) } ?? rest.endIndex
            if let at = rest[..<end].lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        }
        return result + withoutLogins(rest)
    }

    /// A space for what a terminal would act on: C0 and C1 controls, and marks that turn or break lines.
    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: " "
        default: scalar
        }
    }

    /// Takes `user:password@` out of addresses as scp has them. A user without a password stays.
    private static func withoutLogins(_ text: Substring) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            guard let colon = word.firstIndex(of: ":"), let at = word.lastIndex(of: "@"), colon < at,
                word[word.index(after: at)...].contains(":")
            else { return String(word) }
            // A quote before it stays.
            let opening = word.prefix { "'\"(<".contains($0) }
            return String(opening) + word[word.index(after: at)...]
        }.joined(separator: " ")
    }
}
