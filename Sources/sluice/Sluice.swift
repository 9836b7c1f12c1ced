import ArgumentParser

/// The command line: one verb, one file.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Progressive delivery from git: commit to deploy, revert to roll back.",
        version: "0.1.0",
        subcommands: [
            InitVerb.self, ValidateVerb.self, PlanVerb.self, SimulateVerb.self, RunVerb.self, SimulatorVerb.self,
            StatusVerb.self, HistoryVerb.self, PauseVerb.self, ResumeVerb.self, PromoteVerb.self, AbortVerb.self,
            RetryVerb.self, ApproveVerb.self, RollbackVerb.self, TrafficVerb.self, AgentVerb.self, DemoVerb.self,
            TransportVerb.self,
        ]
    )

    /// As the default, but with exit code 2 for arguments that make no sense.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var verb = command as? any AsyncParsableCommand { try await verb.run() } else { try command.run() }
        } catch {
            let code = exitCode(for: error)
            // What was asked for, such as help, and what a verb has said itself.
            if error is ExitCode || code == .success { exit(withError: error) }
            // Words that were given stand in it as they are, line breaks and all.
            let message = CommandLine.arguments.filter { $0 != Terminal.clean($0) }.reduce(fullMessage(for: error)) {
                $0.replacing($1, with: Terminal.clean($1))
            }
            Terminal.complain(message)
            exit(withError: code == .validationFailure ? ExitCode.cannotAnswer : code)
        }
    }
}
