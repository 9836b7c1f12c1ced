import ArgumentParser
import Core
import Foundation
import Manifests
import Rehearsal
import Simulator

/// Runs a change in virtual time, with load and accidents.
struct SimulateVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a change in virtual time and tell what came of it.",
        discussion: """
            The daemon's own engine walks a simulated platform from one revision to another under load. Releases have \
            the faults that they declare; gates are measured; what only people or other systems can answer is taken \
            to pass, and approvals are taken as given (with --stop-at-approvals they are not). The same seed gives the same \
            run. It begins at what is live, as plan does, or where --from is settled; without either, the fleet is \
            deployed for the first time.

            A scenario (JSON) adds load curves and accidents; docs/cli.md shows one.

            Exit codes: 0 what is declared serves at the end; 1 it does not; 2 the revisions, manifests or scenario \
            cannot be read.
            """
    )

    @Argument(help: "A git repository, or a folder.")
    var path: String

    @Option(
        help: "The revision that is settled at the start. Left out: what is live, by the status branch; else nothing.")
    var from: String?

    @Option(help: "The revision that comes. Left out: the files on the disk, or HEAD of a bare repository.")
    var to: String?

    @Option(help: "Seed of all chance in the run; overrides the scenario's.")
    var seed: UInt64?

    @Option(help: "A JSON file with load and accidents.")
    var scenario: String?

    @OptionGroup var beginning: RehearsalOptions

    @OptionGroup var options: OutputOptions

    /// Virtual time after which a run is given up.
    private static let limit = Span.hours(72)
    /// A scenario's longest file, in bytes.
    private static let scenarioLimit = 1 << 20

    func run() async throws {
        try await answering {
            let scenario = try readScenario()
            let pair = try await FleetPair(
                path: path, from: from, to: to, environment: beginning.liveEnvironment(of: path))
            let (report, moments) = try await rehearse(pair, scenario)
            switch options.output {
            case .json: Terminal.print(StatusCoding.json(report))
            case .text: print(report, moments)
            }
            if !report.settled || report.applications.contains(where: { !$0.reached }) { throw ExitCode.no }
        }
    }

    private func readScenario() throws -> SimulationScenario {
        guard let scenario else { return SimulationScenario() }
        // Of nothing but a file is it known that reading it comes to an end.
        var information = stat()
        guard stat(scenario, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
            information.st_size <= Self.scenarioLimit, let data = FileManager.default.contents(atPath: scenario)
        else {
            throw Failure(
                "the scenario \(scenario) cannot be read", advice: "give the path of a JSON file of 1 MiB at most")
        }
        do {
            return try SimulationScenario(json: [UInt8](data))
        } catch {
            throw Failure("\(scenario): \(error)", advice: "docs/cli.md shows a scenario")
        }
    }

    private func rehearse(
        _ pair: FleetPair, _ scenario: SimulationScenario
    ) async throws -> (RehearsalReport, [Moment]) {
        let seed = seed ?? scenario.seed ?? 0
        var report = RehearsalReport(pair, settled: true, approvalsGiven: !beginning.stopAtApprovals)
        report.seed = seed
        guard !pair.changed.isEmpty else { return (report, []) }
        var rehearsal = Rehearsal(seed: seed, world: scenario.world, isIdeal: false, gates: .measure)
        rehearsal.givesApprovals = !beginning.stopAtApprovals
        let before = try await RehearsalReport.settle(&rehearsal, at: pair)
        rehearsal.declare(try await pair.newChange())
        for timed in scenario.disturbances { rehearsal.schedule(timed.disturbance, after: timed.at) }
        report.settled = rehearsal.run(limit: Self.limit, awaitsRetention: false)
        report.disturbances = rehearsal.moments.filter { $0.kind == .disturbance }
        for (name, status) in zip(pair.changed, before) {
            var entry = RehearsalReport.entry(name, pair, rehearsal, before: status)
            let requests = rehearsal.requests(of: name)
            entry.requests = Int(requests.total.rounded())
            entry.failed = Int(requests.failed.rounded())
            report.applications.append(entry)
        }
        let shown = Set(pair.changed)
        return (report, rehearsal.moments.filter { $0.application.isEmpty || shown.contains($0.application) })
    }

    private func print(_ report: RehearsalReport, _ moments: [Moment]) {
        let ends = "\(report.ends), seed \(report.seed ?? 0)"
        guard !moments.isEmpty || report.applications.contains(where: { !$0.reached }) else {
            Terminal.print("\(ends): nothing to do")
            return
        }
        Terminal.print(Terminal.dim(ends) + "\n")
        for entry in report.applications { Terminal.print(RehearsalReport.title(entry)) }
        let named = moments.filter { !RehearsalReport.isSilent($0) }.map { moment in
            var moment = moment
            if report.applications.count > 1, !moment.application.isEmpty {
                moment.text = "\(moment.application): \(moment.text)"
            }
            return moment
        }
        Terminal.print("\n" + RehearsalReport.lines(named) + "\n")
        Terminal.print(Terminal.table(report.applications.map(Self.outcome)))
        for entry in report.applications {
            guard let text = RehearsalReport.switchBack(entry) else { continue }
            Terminal.print(Terminal.clean("\(entry.name): \(text)"))
        }
        if !report.settled { Terminal.print("\nNot at rest after \(Self.limit) of virtual time.") }
    }

    private static func outcome(_ entry: RehearsalReport.Entry) -> [String] {
        let (requests, failed) = (entry.requests ?? 0, entry.failed ?? 0)
        let share = requests == 0 ? "" : " (\(percent(failed, of: requests)))"
        let state =
            entry.serving.map { "\($0) serves \(entry.weight)% on \(entry.servingSide?.rawValue ?? "?")" }
            ?? "nothing serves"
        let verdict = entry.reached ? Terminal.green("reached") : Terminal.red("not what is declared")
        let waiting = entry.reached ? "" : entry.waiting.map { ": " + Terminal.clean($0) } ?? ""
        return [
            Terminal.bold(Terminal.clean(entry.name)), entry.phase.rawValue, Terminal.clean(state),
            "took \(RehearsalReport.seconds(entry.duration))", "requests \(requests), failed \(failed)\(share)",
            "peak capacity \(entry.peakCapacity)%", verdict + waiting,
        ]
    }

    /// With three decimals, rounded down.
    static func percent(_ part: Int, of whole: Int) -> String {
        let thousandths = whole == 0 ? 0 : part * 100_000 / whole
        let decimals = String(1000 + thousandths % 1000).dropFirst()
        return "\(thousandths / 1000).\(decimals)%"
    }
}
