import ArgumentParser
import Foundation
import Git

/// What opens a repository: names of files and variables, never a secret itself.
struct CredentialOptions: ParsableArguments {
    @Option(help: "The user for http(s); SLUICE_GIT_USER in the environment does the same.")
    var user: String?

    @Option(help: "A file whose first line is the token; SLUICE_GIT_TOKEN in the environment does the same.")
    var tokenFile: String?

    @Option(help: "A private key for ssh; without it the agent is asked.")
    var sshKey: String?

    @Option(help: "The known hosts for ssh; without it ~/.ssh/known_hosts.")
    var knownHosts: String?

    @Option(
        help: """
            Certificates (PEM) of the authorities that https trusts instead of the machine's; SLUICE_GIT_CA_FILE in the \
            environment does the same.
            """)
    var caFile: String?

    var credentials: Credentials {
        Credentials(
            user: user, tokenFile: tokenFile, tokenVariable: "SLUICE_GIT_TOKEN", userVariable: "SLUICE_GIT_USER",
            keyFile: sshKey, knownHostsFile: knownHosts,
            caFile: caFile ?? ProcessInfo.processInfo.environment["SLUICE_GIT_CA_FILE"])
    }
}
