/// A repository somewhere else: its address, and where its credentials are.
package struct Remote: Hashable, Codable, Sendable {
    /// How a remote is reached.
    enum Scheme: String, Codable {
        case local, http, https, ssh, git
    }

    /// Names its references in a mirror: `refs/remotes/<name>/…`.
    package let name: String
    package let credentials: Credentials
    /// Without user information and without what a query says, safe to print. A local remote's is its path.
    package let url: String
    /// The same with its query.
    private let address: String
    let scheme: Scheme
    let host: String
    let port: Int?
    let path: String
    private let user: String?
    private let password: String?

    /// Reads a path, `file://`, `ssh://`, `user@host:path`, `http://`, `https://` or `git://`.
    ///
    /// A password in the address is taken out of it and never printed.
    package init(name: String, url text: String, credentials: Credentials = Credentials()) throws(GitError) {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 32 && !"/\\:*?[^~".utf8.contains($0) }), !name.contains("..")
        else {
            throw GitError(.invalid, "'\(name)' cannot name a remote")
        }
        self.name = name
        self.credentials = credentials
        guard let mark = text.firstRange(of: "://") else {
            if let colon = Self.hostEnd(of: text) {
                let authority = Self.split(text[..<colon])
                let rest = text[text.index(after: colon)...]
                (user, password) = (authority.user, authority.password)
                for word in [authority.host, authority.user ?? ""] where word.hasPrefix("-") || authority.host.isEmpty {
                    throw GitError(.invalid, "\(Redaction.clean(text)) names no host that ssh could be given")
                }
                (scheme, host, port) = (.ssh, authority.host, nil)
                path = rest.hasPrefix("/") ? String(rest) : "/~/" + rest
                // libgit2 reads this form itself, and only this form reaches a path relative to the home folder.
                url = "\(authority.host):\(rest)"
            } else {
                (scheme, host, port, path, user, password, url) = (.local, "", nil, text, nil, nil, text)
            }
            address = url
            return
        }
        let rest = text[mark.upperBound...]
        // A password with a slash in it that was not written as %2F.
        let login = rest.prefix { !"?#".contains($0) }.lastIndex(of: "@") ?? rest.startIndex
        let afterColon = rest.firstIndex(of: ":").map { rest[$0...].dropFirst().prefix { $0 != "/" } } ?? "0"
        let start = login > rest.startIndex && Int(afterColon) == nil ? login : rest.startIndex
        let slash = rest[start...].firstIndex(of: "/") ?? rest.endIndex
        let path = String(rest[slash...])
        if text.hasPrefix("file://") {
            (scheme, host, port, self.path, user, password, url) = (.local, "", nil, path, nil, nil, path)
            address = path
            return
        }
        guard let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased()), scheme != .local else {
            throw GitError(
                .invalid,
                "the address \(Redaction.clean(text)) has a scheme that is not known",
                advice: "use a path, file://, ssh://, http:// or https://"
            )
        }
        let authority = Self.split(rest[..<slash])
        guard !authority.host.isEmpty else { throw GitError(.invalid, "\(Redaction.clean(text)) names no host") }
        self.scheme = scheme
        if let text = authority.port, !(1...65_535).contains(Int(text) ?? 0) {
            throw GitError(
                .invalid, "\(Redaction.clean(text)) is no port of \(Redaction.clean(authority.host))",
                advice: "ports go from 1 to 65535")
        }
        for word in [authority.host, authority.user ?? ""] where word.hasPrefix("-") {
            throw GitError(.invalid, "'\(Redaction.clean(word))' cannot be a host or a user: it begins with a hyphen")
        }
        (host, port, user, password) = (
            authority.host, authority.port.flatMap { Int($0) }, authority.user, authority.password
        )
        self.path = path
        address = "\(scheme.rawValue)://\(authority.host)\(authority.port.map { ":\($0)" } ?? "")\(path)"
        url = Redaction.withoutSecrets(address)
    }

    /// Where the host of an address ends that is written as scp takes it; nil of a path. A password may hold colons, at
    /// signs and slashes.
    private static func hostEnd(of text: String) -> String.Index? {
        let slash = text.firstIndex(of: "/") ?? text.endIndex
        guard let colon = text.firstIndex(of: ":"), colon < slash else { return nil }
        let login = text[..<colon]
        guard !login.contains("@"), let at = text[colon...].lastIndex(of: "@") else { return colon }
        guard let end = text[at...].firstIndex(of: ":"), !text[at..<end].contains("/") else { return colon }
        return end
    }

    /// The port as it is written: digits, whatever number they make.
    private static func split(_ text: Substring) -> (user: String?, password: String?, host: String, port: String?) {
        var rest = text
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let information = rest[..<at].split(separator: ":", maxSplits: 1).map { decode($0) }
            user = information.first
            password = information.count > 1 ? information[1] : nil
            rest = rest[rest.index(after: at)...]
        }
        if let colon = rest.lastIndex(of: ":") {
            let port = rest[rest.index(after: colon)...]
            if !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                return (user, password, String(rest[..<colon]), String(port))
            }
        }
        return (user, password, String(rest), nil)
    }

    static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    var embedded: (user: String?, password: String?) { (user, password) }

    /// The address as libgit2 gets it, never with a password. What is reached by ssh is no affair of libgit2's.
    var transportURL: String { scheme == .ssh ? "\(SSHTransport.prefix)://remote" : address }

    /// Whether both are one repository, whoever logs in.
    package func isSameRepository(as other: Remote) -> Bool { address == other.address }

    /// Any address as it may be printed: without a password, and without what a query says.
    package static func printed(_ address: String) -> String { Redaction.clean(address) }

    /// Who logs in.
    var login: String { user ?? "git" }
}

extension Remote: CustomStringConvertible {
    package var description: String { url }
}
