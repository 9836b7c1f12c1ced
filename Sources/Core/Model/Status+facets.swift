extension Status {
    /// What later decisions build on. A change of it is pushed before anything moves forward.
    package struct Progress: Hashable, Sendable, Codable {
        @Indirect var stable: Placement?
        @Indirect var candidate: Placement?
        @Indirect var retained: Retained?
        @Indirect var stage: StageProgress?
        @Indirect var rollback: RollbackProgress?
        @Indirect var removal: Removal?
        var adopting: ApplicationName?
        var rejected: [Rejection]
    }

    package var progress: Progress {
        var stage = stage
        for index in stage?.gates.indices ?? 0..<0 {
            let gate = GateProgress(name: stage?.gates[index].name ?? "")
            let (verdict, approvedBy) = (stage?.gates[index].verdict, stage?.gates[index].approvedBy)
            stage?.gates[index] = gate
            stage?.gates[index].verdict = verdict
            stage?.gates[index].approvedBy = approvedBy
        }
        // How a deadline runs is nothing that anything builds on: it would be pushed whenever somebody else's time begins.
        if let entered = stage?.enteredAt { stage?.clock = StageClock(deadline: entered) }
        var progress = Progress(stage: stage, adopting: adopting, rejected: rejected)
        progress.$stable = $stable
        progress.$candidate = $candidate
        progress.$retained = $retained
        progress.$rollback = $rollback
        progress.$removal = $removal
        return progress
    }

    /// What is worth telling although nothing builds on it. Live numbers and wording are not.
    package struct News: Hashable, Sendable, Codable {
        var phase: Phase
        var waiting: Waiting.Reason?
        /// On whom or what is waited for, in words.
        var about: String?
        /// Gates for which a person, or whoever evaluates them, is waited for, each with which of the two it is.
        var stalled: [String]?
        var isSlow: Bool
        /// One bit for each condition that is true.
        var conditions: UInt8
        /// Why the declaration in force is not the head's, or what is wrong with it, in words: whoever mends the head has
        /// to see what is left.
        var finding: String?
        var observedRevision: Revision
        var appliedRevision: Revision?

        /// Whether nothing differs but that a wait is over: what follows it will be told soon enough.
        func onlyStopsWaiting(_ before: News) -> Bool {
            guard waiting == nil, !isSlow else { return false }
            var same = before
            same.waiting = nil
            same.about = nil
            same.stalled = nil
            same.isSlow = false
            return same == self
        }
    }

    /// - Parameter isSlow: what is usually over in moments has been awaited for longer.
    /// - Returns: what a reader of the branch should be told.
    package func news(isSlow: Bool) -> News {
        News(
            phase: phase, waiting: waiting?.reason.topic, about: waiting?.subject(isSlow: isSlow),
            stalled: waiting?.reason == .gate ? stage?.stalledGates : nil, isSlow: isSlow,
            conditions: conditions.reduce(0) { $0 << 1 | ($1.status ? 1 : 0) },
            finding: conditions.first { $0.type == .declarationValid && $0.reason != Condition.valid }?.message,
            observedRevision: observedRevision, appliedRevision: appliedRevision)
    }

    /// The state in a line, for a commit that no event of its own gave rise to.
    package var headline: String {
        let mover = stage != nil && rollback == nil ? candidate : nil
        let version = (mover ?? stable ?? candidate)?.release.release.version ?? "nothing"
        let wait = waiting.map { ", waiting: \($0.message)" } ?? ""
        return "\(phase.rawValue) \(version)\(wait)"
    }

    /// What is waited for goes on from before where the reason is the same, at the same stage.
    package mutating func keepWaiting(since before: Status, at now: Instant) {
        guard let reason = waiting?.reason else { return }
        let goesOn = before.waiting?.reason == reason && before.stage?.index == stage?.index
        waiting?.since = (goesOn ? before.waiting?.since : nil) ?? now
    }

    /// Sets a condition; its transition time moves only when its value does.
    package mutating func set(
        _ type: Condition.Kind, _ value: Bool, _ reason: String, _ message: String, rewrittenTo head: Revision? = nil,
        at now: Instant
    ) {
        guard let index = conditions.firstIndex(where: { $0.type == type }) else {
            var condition = Condition(
                type: type, status: value, reason: reason, message: message, lastTransitionTime: now)
            condition.rewrittenTo = head
            conditions.append(condition)
            conditions.sort { $0.type.rawValue < $1.type.rawValue }
            return
        }
        if conditions[index].status != value { conditions[index].lastTransitionTime = now }
        conditions[index].status = value
        conditions[index].reason = reason
        conditions[index].message = message
        conditions[index].rewrittenTo = head
    }
}

extension Waiting.Reason {
    /// Whether it is a moment of every walk: capacity coming up, a weight being acknowledged.
    package var isMomentary: Bool {
        switch self {
        case .capacity, .capacityShortfall, .propagation, .drain, .observation, .status, .platform, .evaluation, .quota:
            true
        default: false
        }
    }

    fileprivate var topic: Waiting.Reason? { isMomentary ? nil : self }
}

extension Waiting {
    /// What of its words is told anew when it changes: who or what is waited for. Numbers are not: how many are ready,
    /// how much was measured and how long it takes changes with every look. A quota is declared, and is.
    fileprivate func subject(isSlow: Bool) -> String? {
        switch reason {
        case .dependency: message
        case .suspended, .paused, .until, .failure, .invalid, .removal, .retention, .notTakenUp:
            Self.wordsAlone(message)
        // What comes behind the quota is who has how much of it.
        case .quota: isSlow ? String(message.prefix { $0 != "," }) : nil
        // What a gate says is a measurement, who waits in a queue moves up, and the rest is a moment of every walk.
        case .hold, .gate, .evaluation, .queued, .contract, .capacity, .capacityShortfall, .drain, .observation,
            .status, .propagation, .platform:
            nil
        }
    }

    /// Without numbers, except those that belong to a name.
    private static func wordsAlone(_ message: String) -> String {
        var (words, isName) = ("", false)
        for character in message {
            let isDigit = ("0"..."9").contains(character)
            if !isDigit || isName { words.append(character) }
            isName = isDigit ? isName : character.isLetter
        }
        return words
    }
}

extension StageProgress {
    /// Gates that cannot tell, or that nobody answers for, while the stage's clock stands still for them.
    fileprivate var stalledGates: [String]? {
        guard pausedAt != nil else { return nil }
        return gates.filter { $0.verdict == nil && ($0.pending || $0.unclear != nil) }
            .map { $0.pending ? $0.name : "\($0.name) cannot tell" }
    }
}
