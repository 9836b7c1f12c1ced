import ArgumentParser
import Core

/// Goes back to the stable release.
struct AbortVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Goes back to the stable release, and remembers the rejected one.",
        discussion: """
            Works while paused or suspended. The manifest still declares the rejected version, which is not tried again \
            until somebody declares it anew, or asks to retry; sluice rollback makes the manifest agree.

            Exit codes: 0 it stands; 1 there is nothing to abort; 2 the repository cannot be read or written.
            """)

    @Argument(help: "The application.")
    var name: String

    @OptionGroup var meant: MeantRelease
    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            let status = try await desk.status(of: name)
            if let first = status.firstDeployment {
                try meant.check(name, first.version, first.attempt.digest)
                try await desk.submit(desk.request(.abort, name, first.attempt), first.subject)
                if options.output.output == .text {
                    Terminal.print("nothing else of it serves: it waits for another version to be declared")
                }
                return
            }
            if status.phase == .healthy, status.stable == nil, status.removal == nil, status.candidate != nil {
                throw Refusal(
                    "\(name) has nothing to go back to: no other version of it serves",
                    advice: "declare another version, or take its manifest out")
            }
            try await desk.refuseUntold(status)
            let dropping = try await desk.dropping(status)
            let rollout = try RolloutInFlight(
                status,
                advice: dropping
                    ?? (Self.canGoBack(status)
                        ? "to go back from what serves: \(desk.command("rollback", name))" : nil),
                ifRemoved: try await desk.declaringAgain(status).map { "to declare it again, in a clone: \($0)" })
            try meant.check(rollout)
            try await desk.submit(desk.request(.abort, name, rollout.attempt), rollout.subject)
        }
    }

    /// Whether something served before what serves now, as far as the status tells.
    private static func canGoBack(_ status: Status) -> Bool {
        guard status.stable != nil else { return false }
        return status.retained?.served == true || status.past == nil || status.former != nil
    }
}
