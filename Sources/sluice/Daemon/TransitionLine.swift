import Core

/// A transition as a line on standard output.
enum TransitionLine {
    static func print(_ update: StatusUpdate, at now: Core.Instant) {
        Terminal.print(
            Terminal.clean("\(WallClock.text(now))  \(update.status.application): \(update.summary)"))
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
