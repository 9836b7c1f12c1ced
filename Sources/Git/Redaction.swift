import Basics

/// Keeps credentials out of messages.
enum Redaction {
    /// The text on one line as ``Basics/PlainText`` has it, bounded, since some of it was written by a server; and with
    /// what may open a repository taken out of every address in it: the user's part, and what a query says.
    static func clean(_ text: some StringProtocol) -> String { withoutSecrets(PlainText.line(text, limit: 600)) }

    /// The same of text that is shown as it is.
    static func withoutSecrets(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let mark = rest.firstRange(of: "://") {
            result += withoutLogins(rest[..<mark.lowerBound]) + "://"
            rest = rest[mark.upperBound...]
            let end = rest.firstIndex { "/ '\"?#".contains($0) } ?? rest.endIndex
            if let at = rest[..<end].lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
            let address = rest.prefix { !" '\"<>".contains($0) }
            guard let query = address.firstIndex(of: "?"), address.index(after: query) < address.endIndex else {
                continue
            }
            result += rest[..<query] + "?…"
            rest = rest[address.endIndex...]
        }
        return result + withoutLogins(rest)
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
