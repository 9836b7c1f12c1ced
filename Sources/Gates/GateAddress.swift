import Foundation

/// The address of whom a gate asks, apart from what opens it: a name and a password in it are sent as a header, and
/// stand in no status, log or error.
struct GateAddress {
    /// Without a name and a password.
    let url: String
    /// `name:password`, as the address has it; nil where it has none.
    private let login: String?

    init(_ text: String) {
        guard let mark = text.firstRange(of: "://") else {
            (url, login) = (text, nil)
            return
        }
        let end = text[mark.upperBound...].firstIndex { "/?#\\".contains($0) } ?? text.endIndex
        guard let at = text[mark.upperBound..<end].lastIndex(of: "@") else {
            (url, login) = (text, nil)
            return
        }
        login = String(text[mark.upperBound..<at])
        url = String(text[..<mark.upperBound] + text[text.index(after: at)...])
    }

    /// Whether its port, if it names one, is one.
    var hasSoundPort: Bool {
        guard let port = URL(string: url)?.port else { return true }
        return (1...65_535).contains(port)
    }

    /// The header that shows who asks (RFC 7617); nil where the address does not say.
    var authorization: String? {
        login.map { login in
            let parts = login.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String($0).removingPercentEncoding ?? String($0) }
            let shown = parts.count > 1 ? parts.joined(separator: ":") : (parts.first ?? "") + ":"
            return "Basic " + Data(shown.utf8).base64EncodedString()
        }
    }

    /// What may be shown of it: neither who asks, nor what a query says.
    var shown: String {
        let plain = url.prefix { !"?#".contains($0) }
        return plain.count < url.count ? plain + "?…" : String(plain)
    }
}
