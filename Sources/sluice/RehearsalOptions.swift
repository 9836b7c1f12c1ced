import ArgumentParser
import Foundation

/// Where `plan` and `simulate` begin, and what they take for granted.
struct RehearsalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The environment whose status branch says what is live. Left out: SLUICE_ENVIRONMENT, or default."))
    var environment: String?

    @Flag(help: "Stop at approvals, instead of taking them as given.")
    var stopAtApprovals = false

    @Flag(help: "Begin where --from is settled, whatever is live.")
    var settled = false

    /// nil where what is live is not asked for.
    var liveEnvironment: String? {
        if settled { return nil }
        return environment ?? ProcessInfo.processInfo.environment["SLUICE_ENVIRONMENT"] ?? "default"
    }
}
