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
            nothing is slow beyond the declared start times, and releases run without the faults they declare. It \
            starts from where REVISION's declaration is settled.

            Exit codes: 0 a plan, or nothing to do; 1 the change does not reach what it declares (it \
            waits for something that does not come; a pause that is declared by until or suspend counts as reached); 2 the revisions or manifests cannot be read.
            """
    )

    @Argument(help: "A git repository, or a folder in one.")
    var path: String

    @Option(help: "The revision that is settled now.")
    var from: String

    @Option(help: "The revision that comes. Left out: the files on the disk, or HEAD of a bare repository.")
    var to: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        try await answering {
            let pair = try await FleetPair(path: path, from: from, to: to)
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
        guard !pair.changed.isEmpty else { return RehearsalReport(pair, settled: true) }
        var rehearsal = Rehearsal(isIdeal: true, gates: .pass)
        try await RehearsalReport.settle(&rehearsal, at: pair)
        let before = pair.changed.map { rehearsal.engine.status(of: $0) }
        rehearsal.declare(try await pair.newChange())
        var report = RehearsalReport(pair, settled: rehearsal.run(limit: .hours(24 * 60), awaitsRetention: false))
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
        let ends = "from \(report.from ?? "nothing") to \(report.to)"
        guard report.applications.contains(where: { !$0.steps.isEmpty }) else {
            Terminal.print("\(ends): nothing to do")
            return
        }
        Terminal.print(Terminal.dim(ends))
        for entry in report.applications {
            Terminal.print("\n" + RehearsalReport.title(entry))
            guard !entry.steps.isEmpty else {
                Terminal.print("  nothing to do")
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
