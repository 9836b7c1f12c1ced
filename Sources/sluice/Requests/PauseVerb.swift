import ArgumentParser
import Core

/// Holds a rollout, or the fleet, where it is.
struct PauseVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Holds a rollout, or every one, where it is.",
        discussion: """
            Commits a request, as you, to the branch sluice/requests/<environment>. Weights stay, holds and deadlines \
            stand still; going back still works. With --all nothing in the environment moves forward until \
            sluice resume --all.

            Exit codes: 0 it stands; 1 there is nothing to pause; 2 the repository cannot be read or written.
            """)

    @OptionGroup var target: PauseTarget
    @OptionGroup var meant: MeantRelease
    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            guard let name = target.name else {
                try await desk.submit(desk.request(.pause, nil, nil), "the fleet")
                return
            }
            let status = try await desk.status(of: name)
            if let first = status.firstDeployment {
                try meant.check(name, first.version, first.attempt.digest)
                try await desk.submit(desk.request(.pause, name, first.attempt), first.subject)
                return
            }
            try await desk.refuseUntold(status)
            let rollout = try RolloutInFlight(
                status,
                advice: "to halt what is to come declare suspend: true in its manifest, or "
                    + desk.command("pause", "--all"))
            try meant.check(rollout)
            try await desk.submit(desk.request(.pause, name, rollout.attempt), rollout.subject)
        }
    }
}
