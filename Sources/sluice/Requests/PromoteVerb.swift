import ArgumentParser
import Core

/// Lets a stage pass before its time.
struct PromoteVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Skips what is left of a stage's hold, or all stages.",
        discussion: """
            The gates of the stage must still pass. With --full the rollout goes straight to its last stage, gates left \
            out; capacity is never left out. A pause, suspend and until come first.

            Exit codes: 0 it stands; 1 there is nothing to promote; 2 the repository cannot be read or written.
            """)

    @Argument(help: "The application.")
    var name: String

    @Flag(help: "All stages that are left, and their gates.")
    var full = false

    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            let status = try await desk.status(of: name)
            let rollout = try RolloutInFlight(status, advice: "a new version begins with a commit to its manifest")
            if let failure = rollout.stage.failure {
                throw Refusal(
                    "\(name) \(rollout.version) failed: \(Terminal.clean(failure))",
                    advice: "sluice retry \(name) tries the stage again, sluice abort \(name) goes back")
            }
            if status.waiting?.reason == .until {
                throw Refusal(
                    "\(name) is at its until, which is declared and comes before a promotion",
                    advice: "raise rollout.until in its manifest, and push")
            }
            let request = desk.request(
                .promote, name, rollout.attempt, stage: full ? nil : rollout.stage.name, isFull: full)
            try await desk.submit(request, rollout.subject + (full ? " to the end" : ""))
            if status.phase == .paused, options.output.output == .text {
                Terminal.print("it takes effect when the pause is over")
            }
        }
    }
}
