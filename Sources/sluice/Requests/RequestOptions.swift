import ArgumentParser

/// What every verb takes that asks for something.
struct RequestOptions: ParsableArguments {
    @OptionGroup var repository: RepositoryOptions

    @Option(help: "Why; it is told wherever the request shows.")
    var reason: String?

    @OptionGroup var output: OutputOptions
}
