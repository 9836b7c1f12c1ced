import ArgumentParser
import Core
import Foundation
import Git
import Manifests
import Repository

/// Says what is where, what it waits for and what comes next.
struct StatusVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What is where, what it waits for, what happens next.",
        discussion: """
            Reads the status branch that the daemon writes; needs no daemon. With NAME, all about one application. \
            --watch goes on: it redraws on a terminal and appends a line for each change elsewhere. --wait healthy is \
            for CI: it ends when everything declared on the manifest branch (or NAME) serves and is Healthy.

            Exit codes: 0 shown, or what was waited for came; 1 it failed or did not come in time; 2 the repository \
            or the status cannot be read.
            """
    )

    enum Goal: String, ExpressibleByArgument, CaseIterable {
        case healthy
    }

    @OptionGroup var repository: RepositoryOptions

    @Argument(help: "One application.")
    var name: String?

    @Option(help: "The folder of the manifests in the repository; without it the one that the daemon follows.")
    var path: String?

    @Flag(help: "Go on telling what changes.")
    var watch = false

    @Option(help: "Wait until this is so: healthy.")
    var wait: Goal?

    @Option(help: "How long to wait at most.", transform: StatusVerb.span)
    var timeout: Span = .minutes(30)

    @Option(help: "Time between looks with --watch and --wait.", transform: StatusVerb.span)
    var interval: Span = .seconds(2)

    @OptionGroup var options: OutputOptions

    func validate() throws {
        guard wait == nil || !watch else { throw ValidationError("--watch goes on, --wait ends: give one of them") }
    }

    private static func span(_ text: String) throws -> Span {
        guard let span = Span(text), span > .zero else {
            throw ValidationError("'\(text)' is no duration; write one as 90s, 30m or 1h30m")
        }
        return span
    }

    func run() async throws {
        try await answering {
            let branch = try StatusBranch(repository)
            if wait != nil {
                try await awaitGoal(branch)
            } else if watch {
                try await follow(branch)
            } else {
                guard let reading = try await read(branch) else { throw await branch.absence() }
                if let name, !reading.statuses.contains(where: { $0.application == name }) {
                    throw StatusBranch.unknown(
                        name, "there is no status of", known: reading.statuses.map(\.application))
                }
                try await show(reading, in: branch)
            }
        }
    }

    func read(_ branch: StatusBranch, known: Declared? = nil) async throws -> FleetStatus? {
        try await FleetStatus.read(branch, folder: try path.map { try Arguments.folder($0) }, known: known)
    }

    func show(_ reading: FleetStatus, in branch: StatusBranch) async throws {
        let chosen = reading.shown.filter { name == nil || $0.application == name }
        switch options.output {
        case .json:
            var reports = chosen.map { reading.report($0) }
            if name != nil, let only = chosen.first {
                reports[0].advice = try await StatusAdvice.all(only, reading, context(branch))
                Terminal.print(StatusCoding.json(reports[0]))
            } else {
                Terminal.print("[" + reports.map { StatusCoding.json($0) }.joined(separator: ",") + "]")
            }
            for note in reading.notes { Terminal.complain("sluice: \(note)") }
        case .text:
            Terminal.print(try await text(reading, chosen, in: branch))
        }
    }

    private func context(_ branch: StatusBranch) -> StatusAdvice.Context {
        var context = StatusAdvice.Context(place: branch.place)
        if let given = branch.givenBranch { context.manifests += ["--branch", given] }
        if let path { context.manifests += ["--path", path] }
        return context
    }

    private func text(_ reading: FleetStatus, _ statuses: [Status], in branch: StatusBranch) async throws -> String {
        let columns = Terminal.isTerminal ? Terminal.size?.columns : nil
        let notes = reading.notes.map { "\n\n" + Terminal.yellow($0) }.joined()
        if name != nil, let only = statuses.first {
            let ways = try await StatusAdvice.all(only, reading, context(branch))
            return StatusText.details(
                of: only, at: reading.now, outlook: reading.outlook(only), ways: ways, columns: columns)
                + notes
        }
        if statuses.isEmpty { return "nothing is declared yet" + notes }
        return StatusText.table(of: statuses, at: reading.now, columns: columns) + notes
    }

    // MARK: Watching

    private func follow(_ branch: StatusBranch) async throws {
        var last: FleetStatus?
        var told: [ApplicationName: Status] = [:]
        var toldTrouble: String?
        while true {
            var (reading, trouble): (FleetStatus?, String?) = (nil, nil)
            do {
                reading = try await read(branch, known: last?.declared)
                if reading == nil { trouble = await branch.absence().message }
            } catch {
                trouble = (error as? GitError)?.message ?? (error as? Failure)?.message ?? "\(error)"
            }
            if let trouble, options.output == .json || !Terminal.isTerminal, trouble != toldTrouble {
                Terminal.complain("sluice: \(Terminal.clean(trouble))")
            }
            toldTrouble = trouble
            last = reading ?? last
            let shown = (last?.shown ?? []).filter { name == nil || $0.application == name }
            if Terminal.isTerminal, options.output == .text {
                let body =
                    if let last { try await text(last, inOrder(shown), in: branch) } else { "nothing was read yet" }
                Terminal.redraw(heading(shown, trouble, branch.place, last) + "\n\n" + body)
            } else {
                for status in shown where told[status.application] != status {
                    told[status.application] = status
                    append(status, last)
                }
            }
            try await Task.sleep(for: .milliseconds(interval.milliseconds))
        }
    }

    /// What is looked at, and why it could not be just now.
    private func heading(_ statuses: [Status], _ trouble: String?, _ at: Place, _ reading: FleetStatus?) -> String {
        if let trouble { return Terminal.red("NOT CURRENT: \(Terminal.clean(trouble))") }
        let place = Terminal.clean("\(at.environment) of \(at.shown)")
        let scale = reading?.look.record?.timeScale.map { ", its time \(Terminal.clean($0)) times as fast" } ?? ""
        let time = Timestamp.text(FleetStatus.wall).dropFirst(11).prefix(8)
        return Terminal.dim("\(time)  \(StatusText.counts(of: statuses)); \(place), every \(interval)\(scale)")
    }

    /// By name; where the screen does not hold all, those that ask for somebody come first.
    private func inOrder(_ statuses: [Status]) -> [Status] {
        guard let rows = Terminal.size?.rows, statuses.count + 3 > rows else { return statuses }
        func isQuiet(_ status: Status) -> Bool { status.phase == .healthy || status.phase == .removed }
        return statuses.filter { !isQuiet($0) } + statuses.filter(isQuiet)
    }

    private func append(_ status: Status, _ reading: FleetStatus?) {
        switch options.output {
        case .json: Terminal.print(StatusCoding.json(reading?.report(status) ?? StatusReport(status: status)))
        case .text: Terminal.print("\(Timestamp.text(FleetStatus.wall)) " + StatusText.line(of: status))
        }
    }
}
