import ArgumentParser
import Core

/// Lets a stage pass before its time.
struct PromoteVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Skips what is left of a stage's hold, or all stages.",
        discussion: """
            The gates of the stage must still pass; only an analysis that cannot tell, beyond its inconclusiveLimit, is \
            left out. Where a gate waits for somebody (an approval, a webhook that says not yet) it is refused. With --full the rollout goes straight to its last stage, gates left \
            out; capacity is never left out. A pause, suspend and until come first.

            Exit codes: 0 it stands; 1 there is nothing to promote, or the stage cannot pass; 2 the repository cannot be read or written.
            """)

    @Argument(help: "The application.")
    var name: String

    @Flag(help: "All stages that are left, and their gates.")
    var full = false

    @Option(help: "Only if it is at this stage.")
    var stage: String?

    @OptionGroup var meant: MeantRelease
    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            let status = try await desk.status(of: name)
            try await desk.refuseUntold(status)
            let rollout = try RolloutInFlight(status, advice: "a new version begins with a commit to its manifest")
            try meant.check(rollout)
            if let stage, stage != rollout.stage.name {
                throw Refusal(
                    "\(rollout.subject) is not at stage \(Terminal.brief(stage))",
                    advice: "if that is what you mean, give --stage \(Place.quoted(rollout.stage.name))")
            }
            if let failure = rollout.stage.failure {
                throw Refusal(
                    "\(name) \(rollout.version) failed: \(Terminal.clean(failure))",
                    advice: "\(desk.command("retry", name)) tries the stage again, "
                        + "\(desk.command("abort", name)) goes back")
            }
            if status.waiting?.reason == .until {
                throw Refusal(
                    "\(name) is at its until, which is declared and comes before a promotion",
                    advice: "raise rollout.until in its manifest, and push")
            }
            if !full { try Self.judge(rollout, desk) }
            let request = desk.request(
                .promote, name, rollout.attempt, stage: full ? nil : rollout.stage.name, isFull: full)
            try await desk.submit(request, rollout.subject + (full ? " to the end" : ""))
            if status.phase == .paused, options.output.output == .text {
                Terminal.print("it takes effect when the pause is over")
            }
            let open = full ? [] : rollout.stage.gates.filter { $0.verdict != .passed }
            if !open.isEmpty, options.output.output == .text {
                Terminal.print(Terminal.clean("its gates must still pass: \(Self.words(open))"))
            }
        }
    }

    /// Refuses where the stage cannot pass however long its hold is: promoting it would change nothing.
    private static func judge(_ rollout: RolloutInFlight, _ desk: RequestDesk) throws {
        for gate in rollout.stage.gates where gate.verdict != .passed {
            let isConsent = gate.kind == .approval
            guard isConsent || gate.pending || gate.verdict == .failed else { continue }
            let name = rollout.name
            let full = desk.advice("promote", name, " --full leaves all gates out")
            throw Refusal(
                Terminal.clean(
                    "\(rollout.subject) cannot pass yet: gate \(gate.name) \(gate.verdict == .failed ? "failed" : "waits")"
                        + (gate.detail.map { " (\($0))" } ?? "") + ", and a promotion skips the hold only"),
                advice: isConsent ? desk.advice("approve", name, " --gate \(gate.name) consents to it; \(full)") : full)
        }
    }

    /// `errors (not enough traffic yet); without it where it cannot tell`
    private static func words(_ gates: [GateProgress]) -> String {
        gates.map { gate in
            let isUnclear = gate.kind == .analysis && (gate.unclear ?? 0) > 0
            return gate.name + (gate.detail.map { " (\($0))" } ?? "")
                + (isUnclear ? ", left out where it cannot tell beyond its inconclusiveLimit" : "")
        }.joined(separator: "; ")
    }
}
