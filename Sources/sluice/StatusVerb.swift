import ArgumentParser
import Core
import Foundation
import Git
import Manifests

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
                guard let tip = try await branch.refresh().status else { throw branch.absence }
                try show(try await branch.statuses(at: tip, of: name))
            }
        }
    }

    private func show(_ statuses: [Status]) throws {
        switch options.output {
        case .json:
            if name != nil, let only = statuses.first {
                Terminal.print(StatusCoding.json(only))
            } else {
                Terminal.print("[" + statuses.map { StatusCoding.json($0) }.joined(separator: ",") + "]")
            }
        case .text:
            Terminal.print(text(statuses))
        }
    }

    private func text(_ statuses: [Status]) -> String {
        let now = Self.reckoned(statuses)
        let columns = Terminal.isTerminal ? Terminal.size?.columns : nil
        if name != nil, let only = statuses.first { return StatusText.details(of: only, at: now, columns: columns) }
        return statuses.isEmpty ? "nothing is declared yet" : StatusText.table(of: statuses, at: now, columns: columns)
    }

    /// Ours, or the daemon's where its clock runs ahead, as on a simulated platform at many times real time.
    private static func reckoned(_ statuses: [Status]) -> Instant {
        var latest = now
        for status in statuses {
            let told = [status.history.last?.at, status.stage?.enteredAt, status.stage?.heldSince]
            for at in told.compactMap({ $0 }) + status.conditions.map(\.lastTransitionTime) { latest = max(latest, at) }
        }
        return latest
    }

    static var now: Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    // MARK: Watching

    private func follow(_ branch: StatusBranch) async throws {
        var last: ObjectID?
        var shown: [Status] = []
        var told: [ApplicationName: Status] = [:]
        var toldTrouble: String?
        while true {
            var (tip, trouble): (ObjectID?, String?) = (nil, nil)
            do {
                tip = try await branch.refresh().status
                if tip == nil { trouble = branch.absence.message }
            } catch {
                trouble = (error as? GitError)?.message ?? "\(error)"
            }
            if let tip, tip != last { shown = try await branch.statuses(at: tip, of: name) }
            if Terminal.isTerminal, options.output == .text {
                let body = last == nil && tip == nil ? "nothing was read yet" : text(inOrder(shown))
                Terminal.redraw(heading(shown, trouble) + "\n\n" + body)
            } else {
                if let trouble, trouble != toldTrouble { Terminal.complain("sluice: \(Terminal.clean(trouble))") }
                toldTrouble = trouble
                for status in shown where told[status.application] != status {
                    told[status.application] = status
                    append(status)
                }
            }
            last = tip ?? last
            try await Task.sleep(for: .milliseconds(interval.milliseconds))
        }
    }

    /// What is looked at, and why it could not be just now.
    private func heading(_ statuses: [Status], _ trouble: String?) -> String {
        if let trouble { return Terminal.red("NOT CURRENT: \(Terminal.clean(trouble))") }
        let place = Terminal.clean("\(repository.environment) of \(repository.repository)")
        let time = Timestamp.text(Self.now).dropFirst(11).prefix(8)
        return Terminal.dim("\(time)  \(StatusText.counts(of: statuses)); \(place), every \(interval)")
    }

    /// By name; where the screen does not hold all, those that ask for somebody come first.
    private func inOrder(_ statuses: [Status]) -> [Status] {
        guard let rows = Terminal.size?.rows, statuses.count + 3 > rows else { return statuses }
        func isQuiet(_ status: Status) -> Bool { status.phase == .healthy || status.phase == .removed }
        return statuses.filter { !isQuiet($0) } + statuses.filter(isQuiet)
    }

    private func append(_ status: Status) {
        switch options.output {
        case .json: Terminal.print(StatusCoding.json(status))
        case .text: Terminal.print("\(Timestamp.text(Self.now)) " + StatusText.line(of: status))
        }
    }

    // MARK: Waiting

    private enum Progress {
        case reached, underWay(String), failed(String)
    }

    private func awaitGoal(_ branch: StatusBranch) async throws {
        let end = ContinuousClock.now + .milliseconds(timeout.milliseconds)
        var told = ""
        while true {
            let progress = try await progress(branch)
            switch progress {
            case .reached:
                if let tip = try await branch.refresh().status {
                    try show(try await branch.statuses(at: tip, of: name))
                }
                return
            case .failed(let why):
                Terminal.complain("sluice: \(Terminal.clean(why))")
                try await showForPrograms(branch)
                throw ExitCode.no
            case .underWay(let what):
                if what != told { Terminal.complain("\(Timestamp.text(Self.now)) waiting: \(Terminal.clean(what))") }
                told = what
            }
            guard ContinuousClock.now < end else {
                Terminal.complain("sluice: not healthy within \(timeout): \(Terminal.clean(told))")
                try await showForPrograms(branch)
                throw ExitCode.no
            }
            let next = ContinuousClock.now + .milliseconds(interval.milliseconds)
            try await Task.sleep(until: min(next, end), clock: .continuous)
        }
    }

    /// What is there instead of what was waited for: a program has no other way to learn why.
    private func showForPrograms(_ branch: StatusBranch) async throws {
        guard options.output == .json, let tip = try? await branch.refresh().status else { return }
        try show(try await branch.statuses(at: tip, of: name))
    }

    private func progress(_ branch: StatusBranch) async throws -> Progress {
        let tips = try await branch.refresh()
        guard let tip = tips.status else { return .underWay("no status yet") }
        let statuses = try await branch.statuses(at: tip)
        var declared: [ApplicationName: Application] = [:]
        var finding: Finding?
        if let manifests = tips.manifests {
            let fleet = try await FleetReader.revision(manifests, of: branch.mirror)
            declared = fleet.applications.mapValues(\.application)
            finding = fleet.findings.first { $0.severity == .error }
        }
        if let name, tips.manifests != nil, declared[name] == nil,
            !statuses.contains(where: { $0.application == name })
        {
            let known = Set(declared.keys).union(statuses.map(\.application)).sorted()
            throw StatusBranch.unknown(name, "\(branch.manifestBranch) does not declare", known: known)
        }
        let names = name.map { [$0] } ?? Set(declared.keys).union(statuses.map(\.application)).sorted()
        for name in names {
            guard let status = statuses.first(where: { $0.application == name }) else {
                return .underWay("\(name) has no status yet")
            }
            if status.phase == .removed { continue }
            if declared[name] == nil, let finding {
                return .failed(
                    "\(branch.manifestBranch) does not declare \(name) without error, so what it says is not taken up: "
                        + "\(finding)")
            }
            let wanted = declared[name].flatMap { $0.activation == .active ? $0.release : nil }
            let isRejected = wanted.map { status.rejected.last?.attempt.digest == $0.digest } ?? true
            if status.phase == .degraded, isRejected {
                return .failed(
                    "\(name) failed: \(status.waiting?.message ?? status.rejected.last?.reason ?? "Degraded")")
            }
            let serves = wanted.map { status.stable?.release.digest == $0.digest } ?? true
            if status.phase == .healthy, !serves, let wanted {
                return .underWay(
                    "\(StatusText.line(of: status)); \(wanted.version) is declared and not taken up yet")
            }
            if status.phase != .healthy { return .underWay(StatusText.line(of: status)) }
        }
        return .reached
    }
}
