import ArgumentParser
import Git

/// Where a repository is and what opens it.
struct RepositoryOptions: ParsableArguments {
    @Option(help: "The repository: a path, file://, ssh://, http:// or https:// address.")
    var repository: String

    @Option(help: "The environment whose status branch, sluice/status/<environment>, is read.")
    var environment = "default"

    @Option(help: "The branch that holds the manifests.")
    var branch = "main"

    @Option(help: "The user for http(s); the variable SLUICE_GIT_USER serves too.")
    var user: String?

    @Option(help: "A file whose first line is the token for http(s); the variable SLUICE_GIT_TOKEN serves too.")
    var tokenFile: String?

    @Option(help: "An ssh private key; left out, the agent is asked.")
    var keyFile: String?

    @Option(help: "The known hosts for ssh; left out, ~/.ssh/known_hosts.")
    var knownHostsFile: String?

    var credentials: Credentials {
        Credentials(
            user: user, tokenFile: tokenFile, tokenVariable: "SLUICE_GIT_TOKEN", userVariable: "SLUICE_GIT_USER",
            keyFile: keyFile, knownHostsFile: knownHostsFile)
    }
}
