import Core

/// Transitions as lines on standard output.
struct TransitionLine {
    /// What was told last of each application: its phase, and the line's hash.
    private var told: [ApplicationName: (phase: Phase, line: Int)] = [:]

    /// A line that says what the application's last one did is left out: what could not be pushed is decided anew, and
    /// pushed again, until the branch takes it.
    mutating func print(_ update: StatusUpdate, at now: Core.Instant) {
        let before = told[update.status.application]?.line
        let line = text(update)
        guard before != told[update.status.application]?.line else { return }
        Terminal.print(Terminal.clean("\(WallClock.text(now))  \(line)"))
    }

    /// `shop: 1.1.0 serves on flop; Healthy`: where what came later went into the same commit, it has no line of its own,
    /// and a phase in which an application rests is told all the same.
    mutating func text(_ update: StatusUpdate) -> String {
        let (name, phase) = (update.status.application, update.status.phase)
        let isNews = told[name]?.phase != phase
        var line = "\(name): \(update.summary)"
        told[name] = (phase, line.hashValue)
        switch phase {
        case .healthy, .degraded, .paused, .removed:
            if isNews, !update.summary.hasPrefix(phase.rawValue) { line += "; \(phase.rawValue)" }
        case .pending, .progressing, .removing: break
        }
        return line
    }
}

/// Core's instants as people read them.
enum WallClock {
    /// Time of day in UTC: `14:03:10`.
    static func text(_ instant: Core.Instant) -> String {
        let seconds = ((instant.milliseconds / 1000) % 86_400 + 86_400) % 86_400
        func two(_ n: Int64) -> String { n < 10 ? "0\(n)" : "\(n)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    /// A length of time, rounded for people: `4m12s`, `35s`, `1h05m`.
    static func text(_ span: Span) -> String {
        let seconds = max(0, span.milliseconds / 1000)
        if seconds >= 3600 { return "\(seconds / 3600)h\(seconds / 60 % 60)m" }
        return seconds >= 60 ? "\(seconds / 60)m\(seconds % 60)s" : "\(seconds)s"
    }
}
