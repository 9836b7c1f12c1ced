import ArgumentParser

/// The command line: one verb, one file.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Progressive delivery from git: commit to deploy, revert to roll back.",
        version: "0.1.0",
        subcommands: [DemoVerb.self, RunVerb.self, SimulatorVerb.self, TransportVerb.self]
    )
}
