import ArgumentParser
import Core
import Git
import Manifests

/// Waiting until what is declared is reached.
extension StatusVerb {
    private enum Progress {
        case reached, underWay(String), failed(String)
    }

    func awaitGoal(_ branch: StatusBranch) async throws {
        let end = ContinuousClock.now + .milliseconds(timeout.milliseconds)
        var told = ""
        var last: FleetStatus?
        while true {
            let reading = try await read(branch, known: last?.declared)
            last = reading ?? last
            let progress = try await progress(reading, branch)
            switch progress {
            case .reached:
                if let reading { try await show(reading, in: branch) }
                return
            case .failed(let why):
                Terminal.complain("sluice: \(Terminal.clean(why))")
                try await showForPrograms(reading, branch)
                throw ExitCode.no
            case .underWay(let what):
                if what != told {
                    Terminal.complain("\(Timestamp.text(FleetStatus.wall)) waiting: \(Terminal.clean(what))")
                }
                told = what
            }
            guard ContinuousClock.now < end else {
                let notes = reading?.notes.map { "; \($0)" }.joined() ?? ""
                Terminal.complain("sluice: not healthy within \(timeout): \(Terminal.clean(told + notes))")
                try await showForPrograms(reading, branch)
                throw ExitCode.no
            }
            let next = ContinuousClock.now + .milliseconds(interval.milliseconds)
            try await Task.sleep(until: min(next, end), clock: .continuous)
        }
    }

    /// What is there instead of what was waited for: a program has no other way to learn why.
    private func showForPrograms(_ reading: FleetStatus?, _ branch: StatusBranch) async throws {
        guard options.output == .json, let reading else { return }
        if let name, !reading.statuses.contains(where: { $0.application == name }) { return }
        try await show(reading, in: branch)
    }

    private func progress(_ reading: FleetStatus?, _ branch: StatusBranch) async throws -> Progress {
        guard let reading else { return try await unled(branch) }
        let statuses = Dictionary(uniqueKeysWithValues: reading.statuses.map { ($0.application, $0) })
        let shown = Dictionary(uniqueKeysWithValues: reading.shown.map { ($0.application, $0) })
        let declared = reading.declared
        if let name, statuses[name] == nil {
            throw StatusBranch.unknown(
                name, "\(reading.look.branch) does not declare", known: reading.statuses.map(\.application))
        }
        if let absence = reading.absence { return .failed(absence.sentence) }
        let errors = declared?.fleet.findings.filter { $0.severity == .error } ?? []
        for name in name.map({ [$0] }) ?? reading.statuses.map(\.application) {
            guard let status = statuses[name] else { continue }
            if status.phase == .removed, reading.differences[name] == nil { continue }
            if let obstacle = reading.obstacles[name] { return .failed(obstacle) }
            if let difference = reading.differences[name] {
                let isNew = status.observedRevision == declared?.head.description && status.history.isEmpty
                let told = isNew ? "\(name) has no status yet" : StatusText.line(of: status)
                return .underWay("\(told); \(difference) and not taken up yet")
            }
            let failed = reading.stuckDependencies(of: status).filter { other in
                guard let other = shown[other] else { return false }
                return [.failure, .invalid].contains(other.waiting?.reason) || other.stage?.failure != nil
            }
            if let first = failed.first {
                return .failed("\(name) waits for \(first), which does not go on until somebody sees to it")
            }
            let progress = Self.progress(shown[name] ?? status, declared?.fleet.applications[name]?.application)
            if case .reached = progress { continue }
            return progress
        }
        if name == nil, let finding = errors.first {
            return .failed("\(reading.look.branch) has errors, so not all of it is taken up: \(finding)")
        }
        return .reached
    }

    /// Of a status that speaks of what is declared.
    private static func progress(_ status: Status, _ application: Application?) -> Progress {
        let name = status.application
        let wanted = application.flatMap { $0.activation == .active ? $0.release : nil }
        let isRejected = wanted.map { status.rejected.last?.attempt.digest == $0.digest } ?? true
        // What failed and is held is as far as it gets by itself, like what was turned back.
        if status.phase == .degraded, isRejected || status.stage?.failure != nil {
            return .failed("\(name) failed: \(status.waiting?.message ?? status.rejected.last?.reason ?? "Degraded")")
        }
        if status.phase == .healthy, let wanted, status.stable?.release.digest != wanted.digest {
            return .underWay("\(StatusText.line(of: status)); \(wanted.version) is declared and does not serve yet")
        }
        return status.phase == .healthy ? .reached : .underWay(StatusText.line(of: status))
    }

    /// Nobody has led yet: what is not there at all is said at once.
    private func unled(_ branch: StatusBranch) async throws -> Progress {
        let look = try await branch.look()
        if let given = branch.givenBranch, look.manifests == nil {
            throw Failure(
                "\(Terminal.clean(branch.place.shown)) has no branch \(Terminal.clean(given))",
                advice: "is --branch right?")
        }
        return .underWay("no status yet: no daemon has led \(Terminal.clean(branch.place.environment))")
    }
}
