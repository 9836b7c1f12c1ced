extension Planner {
    /// The request that stands for the candidate's own attempt.
    func request(_ verb: Request.Verb, for attempt: Attempt) -> Request? {
        context.requests.first { $0.verb == verb && $0.concerns(attempt) }
    }

    /// Why nothing may move forward now, whatever is due; nil where it may. Going back is not asked.
    func halt(of attempt: Attempt?) -> (reason: Waiting.Reason, message: String)? {
        let paused = pauses(of: attempt)
        if let application = declaration?.application, application.suspend {
            // What the planner says comes first: what follows is the words of whoever wrote them.
            let beside = paused.map { ", and \($0)" } ?? ""
            let reason = application.suspendReason.map { beside.isEmpty ? ": \($0)" : "; suspended: \($0)" } ?? ""
            return (.suspended, "suspended\(beside)\(reason)")
        }
        return paused.map { (.paused, $0) }
    }

    /// Who paused what, in words: whoever takes one pause back has to know of the other.
    private func pauses(of attempt: Attempt?) -> String? {
        let own = attempt.flatMap { request(.pause, for: $0) }
        guard let fleet = context.fleetPause else { return own.map { "paused by \($0.origin)" } }
        guard let own else { return "the fleet is paused by \(fleet.origin)" }
        return "it and the fleet are paused by \(own.origin), and the fleet by \(fleet.origin)"
    }

    /// An abort goes back to the stable release, and is remembered.
    mutating func heedAbort(_ candidate: Placement) -> Bool {
        guard let abort = request(.abort, for: candidate.release.attempt) else { return false }
        reject(candidate.release, "aborted by \(abort.origin)")
        turnBack(.rejected, "aborted by \(abort.origin)")
        return true
    }

    /// Notes that someone lets the stage, or all of them, pass before its time.
    mutating func heedPromotion(_ candidate: Placement) {
        guard let stage = status.stage, stage.promotion == nil, stage.failure == nil else { return }
        let promotion = context.requests.first {
            $0.verb == .promote && $0.concerns(candidate.release.attempt) && ($0.isFull || $0.stage == stage.name)
        }
        guard let promotion else { return }
        status.stage?.promotion = Promotion(by: promotion.origin, isFull: promotion.isFull)
        if let end = stage.holdUntil { status.stage?.holdUntil = min(end, now) }
        note("stage \(stage.name) \(promotion.isFull ? "and all after it " : "")promoted by \(promotion.origin)")
    }

    /// A stage that was promoted in full gives way to the ladder's last, as far as `until` lets it.
    ///
    /// - Returns: whether another stage was entered.
    mutating func skipStages(_ candidate: Placement) -> Bool {
        guard let stage = status.stage, let promotion = stage.promotion, promotion.isFull else { return false }
        let last = ceiling(of: candidate)
        guard stage.index < last else { return false }
        enterStage(last)
        status.stage?.promotion = promotion
        return true
    }

    /// Takes in the consents that stand for a gate of this stage.
    mutating func heedApprovals(_ index: Int, _ approval: Approval, _ candidate: Placement) {
        guard let stage = status.stage, stage.gates[index].verdict == nil, context.areRequestsKnown else { return }
        var people: Set<String> = []
        var names: [String] = []
        for request in context.requests
        where request.verb == .approve && request.concerns(candidate.release.attempt) && request.stage == stage.name
            && request.gate == stage.gates[index].name && people.insert(request.person).inserted
        {
            names.append(request.origin)
        }
        status.stage?.gates[index].approvedBy = names.isEmpty ? nil : names
        let isGiven = names.count >= approval.count
        status.stage?.gates[index].passed = isGiven ? 1 : 0
        status.stage?.gates[index].pending = !isGiven
        let given = names.isEmpty ? "" : ", given by \(names.joined(separator: ", "))"
        status.stage?.gates[index].detail = "\(names.count) of \(approval.count) approvals\(given)"
    }

    /// A rejected attempt that someone asks to retry blocks no more: what follows it is another attempt. Only what the head
    /// declares is tried again.
    mutating func heedRetry() {
        for index in status.rejected.indices where status.rejected[index].retriedBy == nil {
            let attempt = status.rejected[index].attempt
            guard declaration?.declares(attempt) ?? false, let retry = request(.retry, for: attempt) else { continue }
            status.rejected[index].retriedBy = retry.origin
            status.rejected[index].restoration = nil
            note("\(status.rejected[index].version) is tried again, asked by \(retry.origin)")
        }
    }

    /// A release that failed and was held where it was goes on from the beginning of its stage.
    mutating func heedRetryOfHeld() -> Bool {
        guard var candidate = status.candidate, let stage = status.stage, stage.failure != nil,
            let retry = request(.retry, for: candidate.release.attempt)
        else { return false }
        candidate.release.retries = (candidate.release.retries ?? 0) + 1
        status.candidate = candidate
        status.stage = newStage(stage.index, of: candidate)
        note("stage \(stage.name) is tried again, asked by \(retry.origin)")
        return true
    }

    /// A restoring commit has no purpose once the head declares something else.
    mutating func settleRestorations() {
        guard let declaration else { return }
        for index in status.rejected.indices where status.rejected[index].restoration == .pending {
            let attempt = status.rejected[index].attempt
            if declaration.digest != attempt.digest || declaration.introduced != attempt.introduced {
                status.rejected[index].restoration = .moot
            }
        }
    }

    /// The declared release with the number of times that it was asked to be tried again.
    func numbered(_ release: DeclaredRelease) -> DeclaredRelease {
        var numbered = release
        // A retry of what failed and was held is no rejection before it fails again: the highest number counts.
        let retries = status.rejected.lazy
            .filter { $0.attempt.digest == release.digest && $0.attempt.introduced == release.introduced }
            .map { ($0.attempt.retry ?? 0) + ($0.retriedBy == nil ? 0 : 1) }.max()
        numbered.retries = retries == 0 ? nil : retries
        return numbered
    }
}

extension Status {
    /// Whether a request has nothing more to say to this application as it is declared.
    func isSpent(_ request: Request, _ declaration: Declaration?) -> Bool {
        guard let attempt = request.attempt else { return false }
        if request.verb == .retry {
            if stage?.failure != nil, candidate?.release.attempt == attempt { return false }
            let isDeclared = declaration?.declares(attempt) ?? true
            return !isDeclared || !rejected.contains { $0.attempt == attempt && $0.retriedBy == nil }
        }
        let serving = declaration?.settled(by: self, isRouted: true).serving
        if let candidate, request.concerns(candidate.release.attempt) { return false }
        // A rollout that is about to begin: its requests may have come before it.
        let isToCome =
            serving?.digest == attempt.digest && serving?.introduced == attempt.introduced
            && stable?.release.digest != attempt.digest && !rejected.contains { $0.attempt == attempt }
        return !isToCome
    }
}
