/// What the engine holds of one application. Everything but `status` can be lost and found again.
struct ApplicationState: Sendable {
    enum Pass: Sendable, Equatable {
        case idle
        case observing(EffectID)
        case performing(EffectID)
    }

    /// The last good declaration; nil before there was one.
    @Indirect var declaration: Declaration?
    /// Why the head's declaration is not in force; nil when it is.
    var heldBy: String?
    /// The head does not declare it.
    var isAbsent = false
    var status: Status
    /// Counts the transitions of `status`.
    var generation = 0
    /// The generation of the newest change of progress: moves forward wait for its push.
    var required = 0
    /// The newest generation that is known to be pushed.
    var pushed = 0
    /// What the newest transition is told as; nil once it was told.
    var summary: String?
    /// What the status branch was last told beside progress.
    var told: Status.News
    /// Since when the present step has been awaited, and whether that was told.
    var momentSince: Instant?
    var isSlow = false
    var pass = Pass.idle
    /// A wake that came while a pass was under way.
    var wokenDuringPass = false
    /// Platform time before which observations are out of date.
    var freshAfter = Instant(milliseconds: .min)
    var lastReadAt = Instant(milliseconds: .min)
    /// Observations in a row that were out of date although each was newer than the one before.
    var outdatedCount = 0
    var failures = 0
    /// No observation has come since the engine started: recorded times are not yet trusted.
    var isRestored: Bool
    var shortSince: Instant?
    var gateRuns: [String: EffectID] = [:]
    /// Actions so far in this stage, so that a repetition has a key of its own.
    var actions = 0
    /// Something is moving or has not been looked at since it changed.
    var isBusy = true

    init(status: Status, isRestored: Bool) {
        self.status = status
        told = status.news(isSlow: false)
        self.isRestored = isRestored
    }
}
