/// What the engine holds of one application. Everything but `status` can be lost and found again.
struct ApplicationState: Sendable {
    enum Pass: Sendable, Equatable {
        case idle
        case observing(EffectID)
        case performing(EffectID)
    }

    /// The last good declaration; nil before there was one.
    @Indirect var declaration: Declaration?
    /// The head does not declare it.
    var isAbsent = false
    var status: Status
    /// Counts the transitions of `status`.
    var generation = 0
    /// The generation of the newest change of progress: moves forward wait for its push.
    var required = 0
    /// The newest generation that is known to be pushed.
    var pushed = 0
    /// What the status branch was last told beside progress.
    var told: Status.News
    /// It was told that something is waited for.
    var isWaitTold: Bool
    /// What is awaited has been for so long that it was told.
    var isSlow = false
    var pass = Pass.idle
    /// A wake that came while a pass was under way.
    var wokenDuringPass = false
    /// Platform time before which observations are out of date.
    var freshAfter = Instant(milliseconds: .min)
    var lastReadAt = Instant(milliseconds: .min)
    /// No observation has come since the engine started: recorded times are not yet trusted.
    var isRestored: Bool
    /// Actions so far in this stage, so that a repetition has a key of its own.
    var actions = 0
    /// Something is moving or has not been looked at since it changed.
    var isBusy = true
    @Indirect fileprivate var passing: Passing?

    init(status: Status, isRestored: Bool) {
        self.status = status
        told = status.news(isSlow: false)
        isWaitTold = status.waiting != nil
        self.isRestored = isRestored
    }
}

extension ApplicationState {
    /// What an observation is worth by when it was read.
    enum Verdict {
        case fresh, outdated
        /// The platform's clock was set back: its times count from this one on.
        case believedAgain
    }

    /// Notes when an observation was read.
    mutating func takeIn(readAt: Instant, isTooOld: Bool) -> Verdict {
        let isNewer = readAt > lastReadAt
        lastReadAt = readAt
        let isBeforeLast = readAt < freshAfter
        if !isBeforeLast, !isTooOld {
            outdatedCount = 0
            return .fresh
        }
        outdatedCount = isNewer ? outdatedCount + 1 : 0
        guard outdatedCount >= 4 else { return isBeforeLast ? .outdated : .fresh }
        outdatedCount = 0
        freshAfter = readAt
        return .believedAgain
    }
}

extension ApplicationState {
    /// What an application at rest has nothing of: most are, so they have no room for it.
    fileprivate struct Passing: Sendable, Equatable {
        var heldBy: String?
        var summary: String?
        var momentSince: Instant?
        var outdatedCount = 0
        var failures = 0
        var lastPurpose: String?
        var repetitions = 0
        var shortSince: Instant?
        var lookDue: Instant?
        var reach: Reach?
        var gateRuns: [String: EffectID] = [:]
    }

    private var now: Passing {
        get { passing ?? Passing() }
        set { passing = newValue == Passing() ? nil : newValue }
    }

    /// Why the head's declaration is not in force; nil when it is.
    var heldBy: String? {
        get { passing?.heldBy }
        set { if heldBy != newValue { now.heldBy = newValue } }
    }

    /// What the newest transition is told as; nil once it was told.
    var summary: String? {
        get { passing?.summary }
        set { if summary != newValue { now.summary = newValue } }
    }

    /// Since when the present step has been awaited.
    var momentSince: Instant? {
        get { passing?.momentSince }
        set { if momentSince != newValue { now.momentSince = newValue } }
    }

    /// Observations in a row that were out of date although each was newer than the one before.
    var outdatedCount: Int {
        get { passing?.outdatedCount ?? 0 }
        set { if outdatedCount != newValue { now.outdatedCount = newValue } }
    }

    /// Of the platform, in a row.
    var failures: Int {
        get { passing?.failures ?? 0 }
        set { if failures != newValue { now.failures = newValue } }
    }

    /// What the last action was for, while passes still lead to actions.
    var lastPurpose: String? {
        get { passing?.lastPurpose }
        set { if lastPurpose != newValue { now.lastPurpose = newValue } }
    }

    /// Actions in a row for the same purpose after the first.
    var repetitions: Int {
        get { passing?.repetitions ?? 0 }
        set { if repetitions != newValue { now.repetitions = newValue } }
    }

    var shortSince: Instant? {
        get { passing?.shortSince }
        set { if shortSince != newValue { now.shortSince = newValue } }
    }

    /// When it was to be looked at next, as the last decision had it; nil where nothing is timed.
    var lookDue: Instant? {
        get { passing?.lookDue }
        set { if lookDue != newValue { now.lookDue = newValue } }
    }

    /// How far its stage, or what comes up outside of one, has come.
    var reach: Reach? {
        get { passing?.reach }
        set { if reach != newValue { now.reach = newValue } }
    }

    /// A deadline runs, for a stage or for what comes up outside of one.
    func isTimed(at now: Instant) -> Bool { status.stage != nil || status.bringUp.map { !$0.isOver(at: now) } ?? false }

    /// A tombstone that is on the branch.
    var isForgettable: Bool { status.removal?.doneAt != nil && pushed >= generation }

    /// Nothing was looked at or done because somebody else did not answer: the candidate's time stands still.
    mutating func stopClocks(at now: Instant, after lateness: Span) {
        status.stage?.clock.forgive(lateness)
        status.stage?.clock.stop(true, at: now)
        guard status.bringUp?.isOver(at: now) == false else { return }
        status.bringUp?.forgive(lateness)
        status.bringUp?.stop(true, at: now)
    }

    /// Evaluations under way, by gate.
    var gateRuns: [String: EffectID] {
        get { passing?.gateRuns ?? [:] }
        set { if gateRuns != newValue { now.gateRuns = newValue } }
    }
}
