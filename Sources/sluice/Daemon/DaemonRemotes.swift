import ArgumentParser
import Git

/// Where a daemon reads and writes, and how it gets in.
struct DaemonRemotes: ParsableArguments {
    @Option(
        name: .long,
        help: "The manifest repository: a path, file://, ssh://, user@host:path, http:// or https://.")
    var repository: String

    @Option(name: .long, help: "The repository of the status branch, where it is another one.")
    var statusRepository: String?

    @Option(name: .long, help: "The environment; its status branch is sluice/status/<environment>.")
    var environment = "default"

    @Option(name: .long, help: "The user for http(s); SLUICE_GIT_USER in the environment does the same.")
    var user: String?

    @Option(
        name: .long,
        help: "A file whose first line is the token or password; SLUICE_GIT_TOKEN in the environment does the same.")
    var tokenFile: String?

    @Option(
        name: [.customLong("ssh-key"), .customLong("key-file")],
        help: "A private key for ssh; without it the agent is asked.")
    var sshKey: String?

    @Option(
        name: [.customLong("known-hosts"), .customLong("known-hosts-file")],
        help: "The known hosts for ssh; without it ~/.ssh/known_hosts.")
    var knownHosts: String?

    func validate() throws {
        let isLabel = environment.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        guard isLabel, !environment.isEmpty, environment.utf8.count <= 63, environment.first != "-",
            environment.last != "-"
        else { throw ValidationError("--environment takes lower-case letters, digits and hyphens") }
        _ = try remote("manifests", repository)
        if let statusRepository { _ = try remote("status", statusRepository) }
    }

    private var credentials: Credentials {
        Credentials(
            user: user, tokenFile: tokenFile, tokenVariable: "SLUICE_GIT_TOKEN", userVariable: "SLUICE_GIT_USER",
            keyFile: sshKey, knownHostsFile: knownHosts)
    }

    private func remote(_ name: String, _ url: String) throws -> Remote {
        do {
            return try Remote(name: name, url: url, credentials: credentials)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func manifests() throws -> Remote { try remote("manifests", repository) }
    func status() throws -> Remote { try remote("status", statusRepository ?? repository) }
}
