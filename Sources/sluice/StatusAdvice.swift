import Core

/// What an application is doing, what comes next, and what a person can do about it: the answers for three in the morning.
enum StatusAdvice {
    static func doing(_ status: Status, _ now: Instant) -> String {
        if let rollback = status.rollback {
            let goal = status.stable.map { "to \($0.release.release.version) on \($0.side.rawValue)" } ?? "to nothing"
            return "going back \(goal): \(rollback.message)"
        }
        if let name = status.removal?.renamedTo { return "nothing: it is called \(name) now" }
        if let removal = status.removal { return removal.doneAt == nil ? "being removed" : "nothing, it is removed" }
        if let stage = status.stage, let candidate = status.candidate {
            let version = "\(candidate.release.release.version) on \(candidate.side.rawValue)"
            let place = StatusText.stage(of: status).map { " (\($0))" } ?? ""
            if stage.failure != nil { return "\(version) failed and stays at \(candidate.weight)%\(place)" }
            if stage.pausedAt != nil {
                let way = stage.heldSince == nil ? "on its way to" : "at"
                let what =
                    switch status.waiting?.reason {
                    case .gate: "waits for its gate"
                    case .paused, .suspended, .until: "is paused"
                    default: "waits"
                    }
                return "\(version) \(what) \(way) \(candidate.weight)%\(place)"
            }
            return stage.heldSince == nil
                ? "raising \(version) to \(stage.weight)%\(place)" : "holding \(version) at \(stage.weight)%\(place)"
        }
        if let stable = status.stable {
            let serves = "\(stable.release.release.version) serves on \(stable.side.rawValue)"
            return status.darkWords(at: now).map { "\(serves); \($0)" } ?? "\(serves), nothing moves"
        }
        guard let candidate = status.candidate else { return "nothing is deployed" }
        let version = "\(candidate.release.release.version) on \(candidate.side.rawValue)"
        if status.rejected.contains(where: { $0.attempt == candidate.release.attempt }) {
            return "nothing serves; \(version) was given up"
        }
        return status.phase == .healthy ? "nothing serves; \(version) is inactive" : "bringing up \(version)"
    }

    static func next(_ status: Status, _ now: Instant) -> String {
        if status.rollback != nil { return "all weight on the side that serves, as fast as its capacity allows" }
        if status.removal?.renamedTo != nil { return "nothing under this name" }
        if let removal = status.removal {
            return removal.doneAt == nil
                ? "torn down in \(StatusText.remaining(until: removal.graceUntil, now))" : "nothing: it is removed"
        }
        guard let stage = status.stage, let candidate = status.candidate else {
            if status.firstDeployment != nil, status.phase != .paused, let candidate = status.candidate {
                return "all weight on \(candidate.side.rawValue), once it is ready"
                    + (status.bringUp.map { StatusText.failing($0, now) } ?? "")
            }
            if let waiting = status.waiting, waiting.reason != .retention {
                switch waiting.reason {
                case .failure:
                    let retried = status.retriable == nil ? "" : "it is retried, or "
                    return "nothing, until \(retried)a commit declares another version or this one anew"
                case .invalid: return "nothing of what is declared, until a commit mends it"
                case .suspended: return "nothing forward, until a commit takes suspend out"
                case .paused: return "nothing forward, until the pause is taken back"
                case .capacity, .capacityShortfall, .quota:
                    return nextOfDark(status, now) ?? "goes on by itself when the wait is over"
                default: return "goes on by itself when the wait is over"
                }
            }
            if let next = nextOfDark(status, now) { return next }
            return "nothing, until a commit changes it"
        }
        let stages = candidate.strategy.stages
        let after =
            stage.index + 1 < stages.count
            ? "\(stages[stage.index + 1].weight)% (stage \(stages[stage.index + 1].name))"
            : "\(candidate.release.release.version) is the stable one"
        if stage.failure != nil { return "nothing rises until it is tried again, or another version is declared" }
        if stage.pausedAt != nil {
            let first = stage.heldSince == nil ? "\(stage.weight)% on \(candidate.side.rawValue)" : after
            return "\(first), once \(status.waiting?.reason.end ?? "what it waits for is over")"
        }
        guard let until = stage.holdUntil else {
            return "\(stage.weight)% on \(candidate.side.rawValue), then a hold; fails in "
                + StatusText.remaining(until: stage.deadline, now)
        }
        if until > now { return "in \(StatusText.remaining(until: until, now)): \(after)" }
        return stage.gates.contains { $0.verdict == nil } ? "once its gates pass: \(after)" : after
    }
}

extension Waiting.Reason {
    /// What has to be for what waits to go on, where somebody else sees to that: `the gate lets it`.
    fileprivate var end: String {
        switch self {
        case .paused: "the pause is over"
        case .suspended: "it is suspended no more"
        case .until: "its ceiling is raised"
        case .gate, .evaluation: "the gate lets it"
        case .quota: "its namespace has room"
        case .status: "the status branch takes it"
        case .platform: "the platform does it"
        case .observation: "the platform is seen again"
        case .dependency: "what it depends on is Healthy"
        case .queued: "it is its turn"
        case .invalid: "a commit mends it"
        case .capacityShortfall: "enough is ready"
        case .propagation: "the weights are acknowledged"
        case .drain: "what it replaces has finished"
        case .capacity, .hold, .contract, .retention, .failure, .removal, .notTakenUp: "what it waits for is over"
        }
    }
}
