import Core

extension Status {
    /// A release that is brought up where nothing serves: its attempt can be held and given up, although it has no stages.
    /// nil where there is none.
    var firstDeployment: (attempt: Attempt, version: String, subject: String)? {
        guard stable == nil, rollback == nil, removal == nil, phase != .healthy, let release = candidate?.release,
            !rejected.contains(where: { $0.attempt == release.attempt })
        else { return nil }
        return (
            release.attempt, release.release.version,
            "\(application) \(release.release.version), its first deployment"
        )
    }
}

extension Status {
    /// `1.1.0 waits dark on flop`, or is on its way to; nil where nothing does.
    fileprivate var waitingDark: String? {
        dark.map { dark in
            let what = bringUp == nil ? "waits" : "is to wait"
            return "\(dark.release.release.version) \(what) dark on \(dark.side.rawValue)"
        }
    }
}

/// The rollout that a request is about, or why there is none.
struct RolloutInFlight {
    var name: ApplicationName
    var candidate: Placement
    var stage: StageProgress

    /// Where none is in flight, the refusal ends with the advice; where it is not declared any more, with the other.
    init(_ status: Status, advice: String?, ifRemoved: String? = nil) throws(Refusal) {
        name = status.application
        if let removal = status.removal {
            let what = removal.doneAt == nil ? "is being removed" : "was removed"
            let successor = removal.renamedTo.map { ", as it is called \($0) now" } ?? ""
            throw Refusal("\(name) \(what)\(successor); no rollout of it is in flight", advice: ifRemoved)
        }
        if let rollback = status.rollback {
            let goal = status.stable?.release.release.version ?? "nothing"
            throw Refusal("\(name) is going back to \(goal) already (\(rollback.message)), and nothing holds that up")
        }
        guard let candidate = status.candidate, let stage = status.stage else {
            let stands =
                status.stable.map {
                    "; \($0.release.release.version) serves, and \(status.waitingDark ?? "nothing moves")"
                } ?? ""
            if status.stable == nil, let release = status.candidate?.release,
                let rejection = status.rejected.last(where: { $0.attempt == release.attempt })
            {
                throw Refusal(
                    "\(name) \(rejection.version) was given up already (\(rejection.reason)), and nothing serves",
                    advice: "declare another version, or take its manifest out")
            }
            throw Refusal("no rollout of \(name) is in flight\(stands)", advice: advice)
        }
        (self.candidate, self.stage) = (candidate, stage)
    }

    var attempt: Attempt { candidate.release.attempt }
    var version: String { candidate.release.release.version }

    /// `shop 1.1.0 at 50% (stage 1/2 half)`
    var subject: String {
        "\(name) \(version) at \(candidate.weight)% "
            + "(stage \(stage.index + 1)/\(candidate.strategy.stages.count) \(stage.name))"
    }
}
