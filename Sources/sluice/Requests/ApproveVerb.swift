import ArgumentParser
import Core

/// Consents to a gate.
struct ApproveVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Consents to a gate of the rollout in flight.",
        discussion: """
            The consent is for this release and this stage, and carries over to no other. It is yours: where a gate asks \
            for several, others have to give theirs.

            Exit codes: 0 it stands; 1 there is nothing to approve, or the gate is no approval; 2 the repository cannot be read or written.
            """)

    @Argument(help: "The application.")
    var name: String

    @Option(help: "The gate.")
    var gate: String

    @Option(help: "The stage; left out, the one in flight.")
    var stage: String?

    @OptionGroup var meant: MeantRelease
    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            let status = try await desk.status(of: name)
            try await desk.refuseUntold(status)
            let rollout = try RolloutInFlight(
                status, advice: "consent is given to a rollout, once it waits for it")
            try meant.check(rollout)
            let stages = rollout.candidate.strategy.stages
            let wanted = stage ?? rollout.stage.name
            guard let index = stages.firstIndex(where: { $0.name == wanted }) else {
                throw Refusal(
                    "\(name) has no stage \(Terminal.clean(wanted))",
                    advice: "it has: " + stages.map(\.name).joined(separator: ", "))
            }
            guard index >= rollout.stage.index else {
                throw Refusal("\(name) has passed stage \(wanted) already")
            }
            guard stages[index].gates.contains(gate) else {
                let known = stages[index].gates.joined(separator: ", ")
                throw Refusal(
                    "stage \(wanted) of \(name) has no gate \(Terminal.clean(gate))",
                    advice: known.isEmpty ? "it has none" : "it has: \(known)")
            }
            let progress = rollout.stage.gates.first { $0.name == gate }
            // A stage that is to come may have gates that the one in flight has not.
            let kind = if let kind = progress?.kind { kind } else { try await desk.declaredKind(of: gate, in: name) }
            if let kind, kind != .approval {
                throw Refusal(
                    "gate \(gate) of stage \(wanted) is \(kind.words), which nobody consents to",
                    advice: desk.advice(
                        "promote", name,
                        kind == .analysis
                            ? " skips what is left of the hold, and goes on without an analysis that cannot tell"
                            : " --full goes to the end, gates left out"))
            }
            if index == rollout.stage.index, let progress {
                if progress.verdict == .passed { throw Refusal("gate \(gate) of stage \(wanted) has passed already") }
                if (progress.approvedBy ?? []).contains(where: { $0.hasPrefix(desk.person.description) }) {
                    throw Refusal("\(desk.person) has approved gate \(gate) of stage \(wanted) already")
                }
            }
            let request = desk.request(.approve, name, rollout.attempt, stage: wanted, gate: gate)
            try await desk.submit(request, "gate \(gate) of stage \(wanted) for \(name) \(rollout.version)")
        }
    }
}
