import ArgumentParser

/// How a result is written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people; may change.
    case text
    /// For programs: one value, fields stay as they are.
    case json
}

struct OutputOptions: ParsableArguments {
    @Option(name: .long, help: "How the result is written: text or json.")
    var output: OutputFormat = .text
}
