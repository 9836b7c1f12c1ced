/// A deadline that runs in the candidate's own time, and stands still in everybody else's.
///
/// Whose time it is follows from what is waited for (``Planner/isOthersTime``) and from nothing else: what git, a person,
/// another application, the platform or the side that is replaced takes, the candidate does not answer for. Nor does it
/// for time in which nobody looked.
package struct StageClock: Hashable, Sendable {
    package var deadline: Instant
    /// Since when it has stood still; nil while it runs.
    package var stoppedAt: Instant?

    package init(deadline: Instant, stoppedAt: Instant? = nil) {
        self.deadline = deadline
        self.stoppedAt = stoppedAt
    }

    /// Whether the candidate's time is used up.
    package func isOver(at now: Instant) -> Bool { stoppedAt == nil && now >= deadline }

    /// Lets it stand still, or run on with what was left of it.
    package mutating func stop(_ isStopped: Bool, at now: Instant) {
        if isStopped {
            stoppedAt = stoppedAt ?? now
        } else if let since = stoppedAt {
            stoppedAt = nil
            deadline += now - since
        }
    }

    /// Gives back time in which nobody looked.
    package mutating func forgive(_ span: Span) {
        if stoppedAt == nil { deadline += max(.zero, span) }
    }
}

extension StageProgress {
    package var clock: StageClock {
        get { StageClock(deadline: deadline, stoppedAt: pausedAt) }
        set { (deadline, pausedAt) = (newValue.deadline, newValue.stoppedAt) }
    }
}

extension Waiting.Reason {
    /// Whether what is waited for is somebody else's to do, whatever the details.
    var isOthersTime: Bool {
        switch self {
        case .status, .suspended, .paused, .until, .dependency, .invalid, .queued, .propagation, .observation,
            .capacityShortfall, .removal, .retention, .notTakenUp:
            true
        // Of these it depends: whoever waits says whose time it is.
        case .capacity, .hold, .gate, .evaluation, .contract, .drain, .failure, .platform: false
        }
    }
}
