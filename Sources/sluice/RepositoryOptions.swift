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

    @OptionGroup var access: CredentialOptions

    var credentials: Credentials { access.credentials }
}
