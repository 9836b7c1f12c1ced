import ArgumentParser
import Core
import Manifests
import Rehearsal

/// Says what a change will do before it is pushed.
struct PlanVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "The ordered steps that a change will take, with times, weights and peak capacity.",
        discussion: """
            The daemon's own engine is run in virtual time against an ideal platform: every gate passes at once, \
            nothing is slow beyond the declared start times, and releases run without the faults they declare. \
            Approvals are taken as given, and told; with --stop-at-approvals they are not.

            It begins at what is live, where the repository holds the environment's status branch (in a clone, as it \
            was fetched last) and --from is not older than that: left out, --from is what the daemon took up last. \
            Otherwise, and with --settled, it begins where --from's declaration is settled.

            Exit codes: 0 a plan, or nothing to do; 1 the change does not reach what it declares (it \
            waits for something that does not come; a pause that is declared by until or suspend counts as reached); 2 the revisions or manifests cannot be read.
            """
    )

    @Argument(help: "A git repository, or a folder in one.")
    var path: String

    @Option(help: "The revision that is settled now. Left out: what is live, by the status branch.")
    var from: String?

    @Option(help: "The revision that comes. Left out: the files on the disk, or HEAD of a bare repository.")
    var to: String?

    @OptionGroup var beginning: RehearsalOptions

    @OptionGroup var options: OutputOptions

    func run() async throws {
        try await answering {
            let pair = try await FleetPair(
                path: path, from: from, to: to, environment: beginning.liveEnvironment(of: path))
            guard from != nil || pair.live != nil else {
                let branch = LiveFleet.branch(of: beginning.liveEnvironment(of: path) ?? "default")
                throw Failure(
                    "nothing is known of what is live: there is no \(Terminal.clean(branch)) here that speaks of it",
                    advice: "name where to begin (--from HEAD), or fetch the branch (git fetch origin)")
            }
            let report = try await rehearse(pair)
            switch options.output {
            case .json: Terminal.print(StatusCoding.json(report))
            case .text: print(report)
            }
            let isStuck = report.applications.contains { !$0.reached && $0.phase != .paused }
            if !report.settled || isStuck { throw ExitCode.no }
        }
    }

    private func rehearse(_ pair: FleetPair) async throws -> RehearsalReport {
        let isGiven = !beginning.stopAtApprovals
        guard !pair.changed.isEmpty else { return RehearsalReport(pair, settled: true, approvalsGiven: isGiven) }
        var rehearsal = Rehearsal(isIdeal: true, gates: .pass)
        rehearsal.givesApprovals = isGiven
        let before = try await RehearsalReport.settle(&rehearsal, at: pair)
        rehearsal.declare(try await pair.newChange())
        var report = RehearsalReport(
            pair, settled: rehearsal.run(limit: .hours(24 * 60), awaitsRetention: false),
            approvalsGiven: isGiven)
        report.applications = zip(pair.changed, before).map { name, status in
            RehearsalReport.entry(name, pair, rehearsal, before: status)
        }
        guard report.settled else { return report }
        // Only for the steps: what the old side's retention ends with.
        _ = rehearsal.run(limit: .hours(24 * 366), awaitsRetention: true)
        for index in report.applications.indices {
            let name = report.applications[index].name
            report.applications[index].steps = rehearsal.moments.filter { $0.application == name }
        }
        return report
    }

    private func print(_ report: RehearsalReport) {
        guard report.applications.contains(where: { !$0.steps.isEmpty || !$0.reached }) else {
            Terminal.print("\(report.ends): nothing to do")
            return
        }
        Terminal.print(Terminal.dim(report.ends))
        for entry in report.applications {
            Terminal.print("\n" + RehearsalReport.title(entry))
            guard !entry.steps.isEmpty else {
                Terminal.print("  " + RehearsalReport.stillness(entry))
                continue
            }
            Terminal.print(RehearsalReport.lines(entry.steps) + "\n")
            Terminal.print("  " + Self.summary(entry))
        }
        if !report.settled { Terminal.print("\nThis does not come to rest within 60 days.") }
    }

    private static func summary(_ entry: RehearsalReport.Entry) -> String {
        var parts = [
            "takes \(RehearsalReport.seconds(entry.duration))", "peak capacity \(entry.peakCapacity)% of need",
        ]
        if let text = RehearsalReport.switchBack(entry) { parts.insert(Terminal.clean(text), at: 0) }
        if let version = entry.retained, let side = entry.retainedSide, let until = entry.retainedUntil {
            parts.append(
                "\(version) stays on \(side.rawValue) for a rollback until \(RehearsalReport.clock(until))")
        }
        if !entry.reached {
            parts.append(
                Terminal.yellow(
                    "stops short of what is declared: \(Terminal.clean(entry.waiting ?? entry.phase.rawValue))"))
        }
        return parts.joined(separator: "; ")
    }
}
