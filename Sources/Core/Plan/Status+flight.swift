extension Status {
    /// Whether a rollout is under way and has to be looked at often: one that waits for a person, or in a hold that is not
    /// over soon, costs nothing meanwhile.
    func isInFlight(isOthersTime: Bool, _ now: Instant) -> Bool {
        if rollback != nil { return true }
        let isComing = bringUp.map { !$0.isOver(at: now) } ?? false
        guard stage != nil && stage?.failure == nil || isComing else { return false }
        switch waiting?.reason {
        case .suspended, .paused, .until, .invalid, .failure, .dependency: return false
        case .gate: return !isOthersTime
        case .hold: return waiting?.until.map { $0 - now < .minutes(1) } ?? true
        default: return true
        }
    }

    /// The rejection that keeps a declared release from being rolled out; nil where none does.
    package func rejection(of declared: DeclaredRelease) -> Rejection? {
        rejected.last {
            $0.attempt.digest == declared.digest && $0.attempt.introduced == declared.introduced && $0.retriedBy == nil
        }
    }

    /// Whether those who depend on the application may be told otherwise of it than before.
    func isOtherwise(for after: Status) -> Bool {
        phase != after.phase || stable?.release.digest != after.stable?.release.digest || rejected != after.rejected
    }
}
