import Core

extension Rehearsal {
    /// Notes how an application's status differs from what it was.
    mutating func tell(_ name: ApplicationName, from before: Status?) {
        guard let status = engine.status(of: name), status != before else { return }
        tellPassedGates(name, before?.stage, status)
        let history = status.history.entries
        for entry in history.suffix(from: history.newBegin(since: before?.history)) {
            add(name, .progress, entry.message)
        }
        if let stage = status.stage, let until = stage.holdUntil, until != before?.stage?.holdUntil, until > now {
            add(name, .hold, "hold \(stage.weight)% for \(until - now)", until: until)
        }
        for gate in status.stage?.gates ?? [] {
            let former = before?.stage?.gates.first { $0.name == gate.name }
            guard let verdict = gate.verdict, former?.verdict != verdict || before?.stage?.index != status.stage?.index
            else { continue }
            // It was told when it was given.
            if gate.kind == .approval, givesApprovals { continue }
            add(name, .gate, "gate \(gate.name): \(verdict.rawValue)\(gate.detail.map { ", \($0)" } ?? "")")
        }
        if let waiting = status.waiting, waiting.reason.isTold, waiting.reason != before?.waiting?.reason {
            add(name, .wait, "wait: \(waiting.message)", until: waiting.until, reason: waiting.reason)
        }
        if status.phase != before?.phase {
            add(name, .phase, status.phase.rawValue)
        } else if status.phase == .healthy, status.waiting == nil, before?.waiting?.reason.isTold == true {
            // What was waited for has come, and the phase was the same all along.
            add(name, .phase, status.phase.rawValue)
        }
    }

    /// Gates that were open in a stage that is left behind passed on the way out.
    private mutating func tellPassedGates(_ name: ApplicationName, _ left: StageProgress?, _ status: Status) {
        guard let left, status.rollback == nil, status.stage?.index != left.index, status.stable?.weight != 0 else {
            return
        }
        for gate in left.gates where gate.verdict == nil && gate.passed > 0 {
            add(name, .gate, "gate \(gate.name): Passed \(gate.passed) times\(gate.detail.map { ", \($0)" } ?? "")")
        }
    }

    private mutating func add(
        _ name: ApplicationName, _ kind: Moment.Kind, _ text: String, until: Instant? = nil,
        reason: Waiting.Reason? = nil
    ) {
        lastNews = now
        var moment = Moment(at: now - declaredAt, application: name, kind: kind, text: text)
        moment.until = until.map { $0 - declaredAt }
        moment.reason = reason
        moments.append(moment)
    }
}

extension Rehearsal {
    /// Gives the consent that an application's stage waits for, where it is taken as given.
    ///
    /// - Returns: whether anything was consented to.
    mutating func consent(to name: ApplicationName) -> Bool {
        guard givesApprovals, let status = engine.status(of: name), let stage = status.stage,
            let attempt = status.candidate?.release.attempt, attempt.digest == expected[name]?.digest
        else { return false }
        var isGiven = false
        for gate in stage.gates where gate.verdict == nil && gate.pending {
            guard case .approval(let approval)? = expected[name]?.gates[gate.name]?.check else { continue }
            for number in 1...max(1, approval.count) {
                let request = Request(
                    id: "\(name)/\(stage.name)/\(gate.name)/\(attempt.digest)/\(attempt.introduced)/\(number)",
                    verb: .approve, application: name, attempt: attempt, stage: stage.name, gate: gate.name,
                    by: "whoever is asked <\(number)@taken.as.given>", isVerified: true)
                guard !approvals.contains(where: { $0.id == request.id }) else { continue }
                approvals.append(request)
                isGiven = true
            }
            if isGiven {
                let people = approval.count == 1 ? "1 approval" : "\(approval.count) approvals"
                add(name, .gate, "gate \(gate.name): \(people), taken as given")
            }
        }
        return isGiven
    }
}

extension [HistoryEntry] {
    /// Position of the first entry that `before` does not have at its end.
    fileprivate func newBegin(since before: History?) -> Int {
        guard let last = before?.last, let position = lastIndex(of: last) else { return startIndex }
        return position + 1
    }
}

extension Waiting.Reason {
    /// Whether it is worth a line: holds and gates have theirs, and what is over in a moment has none.
    fileprivate var isTold: Bool {
        switch self {
        case .hold, .gate, .observation, .status, .propagation, .retention, .drain: false
        default: true
        }
    }
}
