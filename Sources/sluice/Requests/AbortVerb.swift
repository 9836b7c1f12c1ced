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

    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            let status = try await desk.status(of: name)
            if status.stable == nil, status.rollback == nil, status.candidate != nil {
                throw Refusal(
                    "\(name) has nothing to go back to: no other version of it serves",
                    advice: "declare another version, or take its manifest out")
            }
            let rollout = try RolloutInFlight(
                status, advice: "to go back from what serves: \(desk.command("rollback", name))")
            try await desk.submit(desk.request(.abort, name, rollout.attempt), rollout.subject)
        }
    }
}
