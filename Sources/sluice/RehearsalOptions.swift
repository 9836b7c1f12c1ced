import ArgumentParser
import Foundation

/// Where `plan` and `simulate` begin, and what they take for granted.
struct RehearsalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The environment whose status branch says what is live. Left out: SLUICE_ENVIRONMENT, the repository's setting sluice.environment, or default."
        ))
    var environment: String?

    @Flag(help: "Stop at approvals, instead of taking them as given.")
    var stopAtApprovals = false

    @Flag(help: "Begin where --from is settled, whatever is live.")
    var settled = false

    /// Of a repository or a folder in one; nil where what is live is not asked for.
    func liveEnvironment(of path: String) -> String? {
        if settled { return nil }
        return environment ?? ProcessInfo.processInfo.environment["SLUICE_ENVIRONMENT"].flatMap {
            $0.isEmpty ? nil : $0
        }
            ?? Clone.environment(in: path) ?? "default"
    }
}
