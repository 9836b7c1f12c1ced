/// A deadline that runs in the candidate's own time, and stands still in everybody else's.
///
/// Whose time it is follows from what is waited for (``Planner/isOthersTime``) and from nothing else: what git, a person,
/// another application, the platform or the side that is replaced takes, the candidate does not answer for. Nor does it
/// for time in which nobody looked.
package struct StageClock: Hashable, Sendable, Codable {
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

    /// What it measures has come further: it has `span` from now on, or what was left where that is more.
    package mutating func restart(_ span: Span, at now: Instant) {
        let isStopped = stoppedAt != nil
        stop(false, at: now)
        deadline = max(deadline, now + span)
        stop(isStopped, at: now)
    }

    /// Gives back time in which nobody looked.
    package mutating func forgive(_ span: Span) {
        if stoppedAt == nil { deadline += max(.zero, span) }
    }
}

/// How far a stage, or what comes up outside of one, has ever come. What comes further makes progress, however slowly; what only
/// comes back does not, or one that crashes and starts again would never be given up.
package struct Reach: Hashable, Sendable {
    /// When what it belongs to began.
    var since: Instant
    var ready: Int
    var weight: Int

    /// Takes in what is so now.
    ///
    /// - Returns: whether it is more than ever before.
    mutating func extend(_ now: Reach) -> Bool {
        let isMore = now.ready > ready || now.weight > weight
        (ready, weight) = (max(ready, now.ready), max(weight, now.weight))
        return isMore
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
        case .capacity, .quota, .hold, .gate, .evaluation, .contract, .drain, .failure, .platform: false
        }
    }
}
