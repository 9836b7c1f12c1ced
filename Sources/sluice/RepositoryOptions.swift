import ArgumentParser
import Git

/// Where a repository is and what opens it.
struct RepositoryOptions: ParsableArguments {
    @Option(
        help: """
            The repository: a path, file://, ssh://, http:// or https:// address; without it SLUICE_REPOSITORY, or where \
            the clone that you stand in came from.
            """)
    var repository: String?

    @Option(
        help: """
            The environment, whose status branch is sluice/status/<environment>; without it SLUICE_ENVIRONMENT, the \
            setting sluice.environment of the clone that you stand in, or "default".
            """)
    var environment: String?

    @Option(help: "The branch that holds the manifests; without it the one that the daemon follows, or main.")
    var branch: String?

    @OptionGroup var access: CredentialOptions

    func validate() throws {
        if let branch { try Arguments.checkBranch(branch) }
        if let environment { try Arguments.checkBranch(environment, "--environment") }
    }
}
