import Core
import Manifests

/// A status as a person reads it.
enum StatusText {
    /// A row for each. Where that is wider than `columns`, what is waited for stands on a line of its own below.
    static func table(of statuses: [Status], at now: Instant, columns: Int? = nil) -> String {
        let wide = wideTable(of: statuses, at: now)
        guard let columns, wide.split(separator: "\n").contains(where: { Terminal.seen(String($0)) > columns }) else {
            return wide
        }
        let head = ["APPLICATION", "PHASE", "STABLE", "CANDIDATE", "AGE"].map { Terminal.bold($0) }
        let rows = statuses.map { status in
            [
                Terminal.clean(status.application), phase(status),
                status.stable.map { placement($0, of: status) } ?? "-",
                status.candidate.map { placement($0, of: status) } ?? "-", age(since: status.history.last?.at, now),
            ]
        }
        let lines = Terminal.table([head] + rows).split(separator: "\n").map(String.init)
        var shown = Array(lines.prefix(1))
        for (line, status) in zip(lines.dropFirst(), statuses) {
            shown.append(line)
            let wait = waiting(status, at: now)
            let notes = [stage(of: status), wait == "-" ? nil : wait].compactMap { $0 }
            guard !notes.isEmpty else { continue }
            shown += Terminal.wrap(Terminal.clean(notes.joined(separator: "; ")), columns - 4).map { "    " + $0 }
        }
        return shown.joined(separator: "\n")
    }

    private static func wideTable(of statuses: [Status], at now: Instant) -> String {
        let head = ["APPLICATION", "PHASE", "STABLE", "CANDIDATE", "AGE", "WAITING"].map { Terminal.bold($0) }
        return Terminal.table(
            [head]
                + statuses.map { status in
                    [
                        Terminal.clean(status.application), phase(status),
                        status.stable.map { placement($0, of: status) } ?? "-", candidate(of: status, at: now),
                        age(since: status.history.last?.at, now), Terminal.clean(waiting(status, at: now)),
                    ]
                })
    }

    /// How many applications there are, and how many of them in each phase.
    static func counts(of statuses: [Status]) -> String {
        let phases = Phase.allCases.compactMap { phase in
            let count = statuses.count { $0.phase == phase && !$0.isUnknown }
            return count == 0 ? nil : "\(count) \(phase.rawValue)"
        }
        let unknown = statuses.count { $0.isUnknown }
        return (phases + (unknown == 0 ? [] : ["\(unknown) Unknown"])).joined(separator: ", ")
    }

    /// One line: `search: Progressing, 4.1.0@flip 90%, 4.2.0@flop 10% stage 2/4 early; waiting: …`.
    static func line(of status: Status) -> String {
        var parts = [status.phaseWord]
        if let stable = status.stable { parts.append(placement(stable, of: status)) }
        if let candidate = status.candidate { parts.append(placement(candidate, of: status)) }
        if let stage = stage(of: status) { parts.append(stage) }
        let waiting = status.waiting.map { "; waiting: \($0.message)" } ?? ""
        return Terminal.clean("\(status.application): \(parts.joined(separator: ", "))\(waiting)")
    }

    // MARK: One application

    /// All about one application; sentences are broken where they are longer than `columns`.
    static func details(
        of status: Status, at now: Instant, outlook: StatusOutlook = StatusOutlook(), ways: [StatusAdvice.Way],
        columns: Int? = nil
    ) -> String {
        var lines = ["\(Terminal.bold(Terminal.clean(status.application)))  \(phase(status))"]
        if status.isUnknown {
            let rows = wrapped([["  unknown", Terminal.clean(status.waiting?.message ?? "")]], columns)
            return lines[0] + "\n\n" + Terminal.table(rows + advice(ways, columns))
        }
        lines.append("")
        lines.append(Terminal.table(places(status, now)))
        lines.append("")
        let leads = outlook.leader.map { [["  leader", $0]] } ?? []
        lines.append(Terminal.table(wrapped(next(status, now, outlook) + leads, columns) + advice(ways, columns)))
        if !status.conditions.isEmpty {
            lines += ["", Terminal.bold("Conditions")]
            lines.append(
                Terminal.table(
                    status.conditions.map {
                        [
                            "  " + $0.type.rawValue, $0.status ? Terminal.green("True") : Terminal.red("False"),
                            age(since: $0.lastTransitionTime, now), Terminal.clean($0.reason),
                            Terminal.clean($0.message),
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
                            Terminal.clean($0.reason), Timestamp.text($0.at), Terminal.clean(afterwards(of: $0)),
                        ]
                    }))
        }
        if !status.history.isEmpty {
            lines += ["", Terminal.bold("History, newest first")]
            lines.append(
                Terminal.table(
                    status.history.reversed().map {
                        ["  " + Timestamp.text($0.at), short($0.revision), Terminal.clean($0.message)]
                    }))
        }
        return lines.joined(separator: "\n")
    }

    private static func places(_ status: Status, _ now: Instant) -> [[String]] {
        var rows: [[String]] = []
        func add(_ role: String, _ place: Placement, _ more: String = "") {
            rows.append([
                "  " + role, Terminal.clean(placement(place, of: status)), place.state.rawValue,
                Terminal.clean("in \(place.namespace), from \(short(place.revision))"), more,
            ])
        }
        if let stable = status.stable { add("stable", stable) }
        if let candidate = status.candidate { add("candidate", candidate, stage(of: status) ?? "") }
        if let retained = status.retained {
            add("retained", retained.placement, "removed in \(remaining(until: retained.until, now))")
        }
        if rows.isEmpty { rows.append(["  nothing is deployed"]) }
        for side in Side.allCases {
            guard let live = status.live else { continue }
            let parts = live.replicas.filter { $0.side == side }
                .map { "\(Terminal.clean($0.component)) \($0.ready)/\($0.wanted)" }
            guard !parts.isEmpty else { continue }
            let age = age(since: live.readAt, now)
            rows.append(["  ready", "\(side.rawValue): \(parts.joined(separator: ", "))", "as told \(age) ago"])
        }
        rows.append([
            "  declared", "seen \(short(status.observedRevision))",
            status.appliedRevision.map { "reached \(short($0))" } ?? "not reached yet",
        ])
        return rows
    }

    private static func next(_ status: Status, _ now: Instant, _ outlook: StatusOutlook) -> [[String]] {
        var rows = [["  doing", Terminal.clean(StatusAdvice.doing(status, now))]]
        if let waiting = status.waiting {
            let until = waiting.until.map { " (\(due($0, now)))" } ?? ""
            let since = waiting.since.map { ", since \(Timestamp.text($0)) (\(age(since: $0, now)))" } ?? ""
            rows.append(["  waiting", Terminal.clean("\(waiting.reason.rawValue): \(waiting.message)\(until)\(since)")])
        }
        if let queued = status.queued { rows.append(["  queued", Terminal.clean(queued.words)]) }
        if let promotion = status.stage?.promotion {
            let what = promotion.isFull ? "to the end" : "past this stage's hold"
            rows.append(["  promoted", Terminal.clean("\(what), by \(promotion.by)")])
        }
        for gate in status.stage?.gates ?? [] {
            let verdict =
                gate.verdict?.rawValue
                ?? (gate.pending ? "waits for somebody" : "open: \(gate.passed) passed, \(gate.failed) failed")
            let detail = gate.detail.map { ", \($0)" } ?? ""
            rows.append(["  gate", Terminal.clean("\(gate.name): \(verdict)\(detail)")])
        }
        rows.append(["  next", Terminal.clean(outlook.next(StatusAdvice.next(status, now), now))])
        if let stage = status.stage, stage.failure == nil, status.rollback == nil {
            let stands = stage.pausedAt == nil ? "" : ", and stands still meanwhile"
            rows.append(["  deadline", "\(Timestamp.text(stage.deadline))\(stands)"])
        } else if let clock = status.bringUp, clock.deadline > now || clock.stoppedAt != nil {
            let stands = clock.stoppedAt == nil ? "" : ", and stands still meanwhile"
            rows.append(["  deadline", "\(Timestamp.text(clock.deadline))\(stands)"])
        }
        return rows
    }

    /// A command stands alone on its line, so that it can be taken as it is; what comes of it stands below.
    private static func advice(_ ways: [StatusAdvice.Way], _ columns: Int?) -> [[String]] {
        ways.flatMap { way -> [[String]] in
            let text = Terminal.clean(way.text)
            guard let command = way.command else { return wrapped([["  " + way.name, text]], columns) }
            return [["  " + way.name, Terminal.clean(command)]] + wrapped([["", text]], columns)
        }
    }

    /// What became of a rejection.
    private static func afterwards(of rejection: Rejection) -> String {
        if let asker = rejection.retriedBy { return "tried again, asked by \(asker)" }
        switch rejection.restoration {
        case .pending: return "a commit that restores the release before is to be pushed"
        case .pushed: return "a commit restores the release before"
        case .proposed: return "a commit that restores the release before waits on a branch of its own to be merged"
        case .impossible: return "no commit restores the release before; the history says why"
        case .moot, nil: return ""
        }
    }

    /// Rows of a name and a sentence, with the sentence broken to fit beside the names.
    private static func wrapped(_ rows: [[String]], _ columns: Int?) -> [[String]] {
        guard let columns else { return rows }
        let indent = (rows.map { $0[0].count }.max() ?? 0) + 2
        return rows.flatMap { row in
            Terminal.wrap(row[1], max(20, columns - indent)).enumerated().map { [$0 == 0 ? row[0] : "", $1] }
        }
    }

    // MARK: Parts

    private static func phase(_ status: Status) -> String {
        if status.isUnknown { return Terminal.red(status.phaseWord) }
        let phase = status.phase
        return switch phase {
        case .healthy: Terminal.green(phase.rawValue)
        case .degraded: Terminal.red(phase.rawValue)
        case .progressing, .paused, .removing, .pending: Terminal.yellow(phase.rawValue)
        case .removed: Terminal.dim(phase.rawValue)
        }
    }

    /// `4.2.0@flop 10%`; where another weight was observed when this was told, that one comes first: `1% → 10%`. A weight
    /// that was decided and is not known to stand yet has an arrow: `→10%`.
    private static func placement(_ placement: Placement, of status: Status) -> String {
        let isMoving = status.rollback != nil || status.stage != nil && status.stage?.heldSince == nil
        let live = status.live?.weight(of: placement.side)
        var weight = "\(placement.weight)%"
        if let live, live != placement.weight {
            weight = "\(live)% → \(weight)"
        } else if isMoving, live == nil {
            weight = "→\(weight)"
        }
        return Terminal.clean("\(placement.release.release.version)@\(placement.side.rawValue) \(weight)")
    }

    static func stage(of status: Status) -> String? {
        guard let stage = status.stage, let candidate = status.candidate else { return nil }
        return "stage \(stage.index + 1)/\(candidate.strategy.stages.count) \(Terminal.clean(stage.name))"
    }

    private static func candidate(of status: Status, at now: Instant) -> String {
        guard let candidate = status.candidate else { return "-" }
        var parts = [placement(candidate, of: status)]
        if let stage = stage(of: status) { parts.append(stage) } else { parts.append(candidate.state.rawValue) }
        if let until = status.stage?.holdUntil, until > now { parts.append("hold \(remaining(until: until, now))") }
        return parts.joined(separator: ", ")
    }

    private static func waiting(_ status: Status, at now: Instant) -> String {
        guard let waiting = status.waiting else {
            return status.removal?.renamedTo.map { "it is called \($0) now" } ?? "-"
        }
        return waiting.message + (waiting.until.map { ", \(due($0, now))" } ?? "")
    }

    static func age(since then: Instant?, _ now: Instant) -> String {
        then.map { coarse(now - $0) } ?? "-"
    }

    static func remaining(until end: Instant, _ now: Instant) -> String {
        end > now ? coarse(end - now) : "due"
    }

    /// `; fails in 4m`, of what has a clock that runs.
    static func failing(_ clock: StageClock, _ now: Instant) -> String {
        clock.stoppedAt == nil && clock.deadline > now ? "; fails in \(coarse(clock.deadline - now))" : ""
    }

    /// The same of what may be long overdue.
    private static func due(_ end: Instant, _ now: Instant) -> String {
        now - end < .minutes(1) ? remaining(until: end, now) : "was due \(age(since: end, now)) ago"
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
