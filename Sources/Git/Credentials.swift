import Glibc

/// Where the child finds what a remote asks for. Holds names of files and variables, never a secret itself.
package struct Credentials: Hashable, Codable, Sendable {
    /// The user for http(s); ssh takes it from the address, else `git`.
    package var user: String?
    /// A file whose first line is the token or password.
    package var tokenFile: String?
    /// An environment variable that holds the token or password.
    package var tokenVariable: String?
    /// An environment variable that holds the user.
    package var userVariable: String?
    /// An ssh private key without a passphrase; nil asks the agent.
    package var keyFile: String?
    /// The known hosts; nil is `~/.ssh/known_hosts`.
    package var knownHostsFile: String?
    /// Certificates (PEM) of the authorities that https trusts; nil trusts the machine's.
    package var caFile: String?

    package init(
        user: String? = nil,
        tokenFile: String? = nil,
        tokenVariable: String? = nil,
        userVariable: String? = nil,
        keyFile: String? = nil,
        knownHostsFile: String? = nil,
        caFile: String? = nil
    ) {
        self.user = user
        self.tokenFile = tokenFile
        self.tokenVariable = tokenVariable
        self.userVariable = userVariable
        self.keyFile = keyFile
        self.knownHostsFile = knownHostsFile
        self.caFile = caFile
    }

    /// User and token, read anew each time so that a rotated token is taken up.
    func userAndToken(embedded: (user: String?, password: String?)) throws(GitError) -> (user: String, token: String)? {
        var token = embedded.password
        if let name = tokenVariable { token = getenv(name).map { String(cString: $0) } ?? token }
        if let path = tokenFile {
            guard let bytes = File.read(path, limit: 65_536) else {
                throw GitError(.authentication, "the token file \(path) cannot be read")
            }
            token = String(String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline })
        }
        let variable = userVariable.flatMap { getenv($0) }.map { String(cString: $0) }
        guard let token else { return nil }
        return (variable ?? user ?? embedded.user ?? "git", token)
    }
}
