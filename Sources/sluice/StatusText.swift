import Core
import Manifests

/// A status as a person reads it.
enum StatusText {
    static func table(of statuses: [Status], at now: Instant) -> String {
        let head = ["APPLICATION", "PHASE", "STABLE", "CANDIDATE", "WAITING", "AGE"].map { Terminal.bold($0) }
        return Terminal.table(
            [head]
                + statuses.map { status in
                    [
                        Terminal.clean(status.application), phase(status.phase),
                        status.stable.map(placement) ?? "-", candidate(of: status, at: now),
                        Terminal.clean(waiting(status, at: now)), age(since: status.history.last?.at, now),
                    ]
                })
    }

    /// One line: `search: Progressing, 4.1.0@flip 90%, 4.2.0@flop 10% stage 2/4 early; waiting: …`.
    static func line(of status: Status) -> String {
        var parts = [status.phase.rawValue]
        if let stable = status.stable { parts.append(placement(stable)) }
        if let candidate = status.candidate { parts.append(placement(candidate)) }
        if let stage = stage(of: status) { parts.append(stage) }
        let waiting = status.waiting.map { "; waiting: \($0.message)" } ?? ""
        return Terminal.clean("\(status.application): \(parts.joined(separator: ", "))\(waiting)")
    }

    // MARK: One application

    static func details(of status: Status, at now: Instant) -> String {
        var lines = ["\(Terminal.bold(Terminal.clean(status.application)))  \(phase(status.phase))"]
        lines.append("")
        lines.append(Terminal.table(places(status, now)))
        lines.append("")
        lines.append(Terminal.table(next(status, now)))
        if !status.conditions.isEmpty {
            lines += ["", Terminal.bold("Conditions")]
            lines.append(
                Terminal.table(
                    status.conditions.map {
                        [
                            "  " + $0.type.rawValue, $0.status ? Terminal.green("True") : Terminal.red("False"),
                            Terminal.clean($0.reason), Terminal.clean($0.message),
                            age(since: $0.lastTransitionTime, now),
                        ]
                    }))
        }
        if !status.rejected.isEmpty {
            lines += ["", Terminal.bold("Rejected")]
            lines.append(
                Terminal.table(
                    status.rejected.map {
                        [
                            "  " + Terminal.clean($0.version), "introduced \(short($0.attempt.introduced))",
                            Terminal.clean($0.reason), Timestamp.text($0.at),
                        ]
                    }))
        }
        if !status.history.isEmpty {
            lines += ["", Terminal.bold("History")]
            lines.append(
                Terminal.table(
                    status.history.map {
                        ["  " + Timestamp.text($0.at), short($0.revision), Terminal.clean($0.message)]
                    }))
        }
        return lines.joined(separator: "\n")
    }

    private static func places(_ status: Status, _ now: Instant) -> [[String]] {
        var rows: [[String]] = []
        func add(_ role: String, _ place: Placement, _ more: String = "") {
            rows.append([
                "  " + role, Terminal.clean(placement(place)), place.state.rawValue,
                Terminal.clean("in \(place.namespace), from \(short(place.revision))"), more,
            ])
        }
        if let stable = status.stable { add("stable", stable) }
        if let candidate = status.candidate { add("candidate", candidate, stage(of: status) ?? "") }
        if let retained = status.retained {
            add("retained", retained.placement, "removed in \(remaining(until: retained.until, now))")
        }
        if rows.isEmpty { rows.append(["  nothing is deployed"]) }
        rows.append([
            "  declared", "seen \(short(status.observedRevision))",
            status.appliedRevision.map { "reached \(short($0))" } ?? "not reached yet",
        ])
        return rows
    }

    private static func next(_ status: Status, _ now: Instant) -> [[String]] {
        var rows: [[String]] = []
        if let waiting = status.waiting {
            let until = waiting.until.map { " (\(remaining(until: $0, now)))" } ?? ""
            rows.append(["  waiting", Terminal.clean("\(waiting.reason.rawValue): \(waiting.message)\(until)")])
        }
        if let rollback = status.rollback {
            rows.append(["  going back", Terminal.clean("\(rollback.reason.rawValue): \(rollback.message)")])
        }
        for gate in status.stage?.gates ?? [] {
            let verdict =
                gate.verdict?.rawValue
                ?? (gate.pending ? "waits for somebody" : "open: \(gate.passed) passed, \(gate.failed) failed")
            let detail = gate.detail.map { ", \($0)" } ?? ""
            rows.append(["  gate", Terminal.clean("\(gate.name): \(verdict)\(detail)")])
        }
        rows.append(["  next", Terminal.clean(nextStep(status, now))])
        return rows
    }

    private static func nextStep(_ status: Status, _ now: Instant) -> String {
        if let rollback = status.rollback {
            return "the weight returns to the stable side (\(rollback.reason.rawValue))"
        }
        if let removal = status.removal {
            return removal.doneAt == nil
                ? "torn down in \(remaining(until: removal.graceUntil, now))" : "nothing: it is removed"
        }
        guard let stage = status.stage, let candidate = status.candidate else {
            if let waiting = status.waiting, waiting.reason != .retention { return "goes on when that is over" }
            return "nothing, until a commit changes it"
        }
        let stages = candidate.strategy.stages
        let after =
            stage.index + 1 < stages.count
            ? "\(stages[stage.index + 1].weight)% (stage \(stages[stage.index + 1].name))"
            : "\(candidate.release.release.version) is the stable one"
        if stage.failure != nil { return "nothing rises until the release is declared anew" }
        if stage.pausedAt != nil { return "then \(after), once the pause is over" }
        guard let until = stage.holdUntil else {
            return "\(stage.weight)% on \(candidate.side.rawValue), then a hold; deadline in "
                + remaining(until: stage.deadline, now)
        }
        return "in \(remaining(until: until, now)): \(after)"
    }

    // MARK: Parts

    private static func phase(_ phase: Phase) -> String {
        switch phase {
        case .healthy: Terminal.green(phase.rawValue)
        case .degraded: Terminal.red(phase.rawValue)
        case .progressing, .paused, .removing, .pending: Terminal.yellow(phase.rawValue)
        case .removed: Terminal.dim(phase.rawValue)
        }
    }

    /// `4.2.0@flop 10%`
    private static func placement(_ placement: Placement) -> String {
        Terminal.clean("\(placement.release.release.version)@\(placement.side.rawValue) \(placement.weight)%")
    }

    private static func stage(of status: Status) -> String? {
        guard let stage = status.stage, let candidate = status.candidate else { return nil }
        return "stage \(stage.index + 1)/\(candidate.strategy.stages.count) \(Terminal.clean(stage.name))"
    }

    private static func candidate(of status: Status, at now: Instant) -> String {
        guard let candidate = status.candidate else { return "-" }
        var parts = [placement(candidate)]
        if let stage = stage(of: status) { parts.append(stage) } else { parts.append(candidate.state.rawValue) }
        if let until = status.stage?.holdUntil, until > now { parts.append("hold \(remaining(until: until, now))") }
        return parts.joined(separator: ", ")
    }

    private static func waiting(_ status: Status, at now: Instant) -> String {
        guard let waiting = status.waiting else { return "-" }
        return waiting.message + (waiting.until.map { ", \(remaining(until: $0, now))" } ?? "")
    }

    static func age(since then: Instant?, _ now: Instant) -> String {
        then.map { coarse(now - $0) } ?? "-"
    }

    private static func remaining(until end: Instant, _ now: Instant) -> String {
        end > now ? coarse(end - now) : "due"
    }

    /// The two largest units: `3d4h`, `1h5m`, `42s`.
    static func coarse(_ span: Span) -> String {
        let seconds = max(0, span.milliseconds / 1000)
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60)
        if days > 0 { return hours > 0 ? "\(days)d\(hours)h" : "\(days)d" }
        if hours > 0 { return minutes > 0 ? "\(hours)h\(minutes)m" : "\(hours)h" }
        if minutes > 0 { return seconds % 60 > 0 ? "\(minutes)m\(seconds % 60)s" : "\(minutes)m" }
        return "\(seconds)s"
    }

    static func short(_ revision: Revision) -> String { Terminal.clean(String(revision.prefix(10))) }
}
