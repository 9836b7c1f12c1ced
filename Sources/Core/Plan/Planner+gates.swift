extension Planner {
    /// Whether the stage's gates of one kind have passed. Notes what is due, what is awaited, and failure.
    mutating func gatesPass(_ when: Gate.When, _ candidate: Placement) -> Bool {
        guard let stage = status.stage else { return false }
        if stage.promotion?.isFull == true { return true }
        var allPassed = true
        var isOurTime = false
        for index in stage.gates.indices {
            if case .approval(let approval) = declaration?.gates[stage.gates[index].name]?.check {
                heedApprovals(index, approval, candidate)
            }
            guard let progress = status.stage?.gates[index] else { return false }
            guard let gate = declaration?.gates[progress.name] else {
                allPassed = false
                let trouble = "it is not declared; nothing can evaluate it"
                status.stage?.gates[index].pending = true
                status.stage?.gates[index].detail = trouble
                wait(.gate, "gate \(progress.name): \(trouble)")
                continue
            }
            status.stage?.gates[index].kind = gate.check.kind
            guard gate.when == when, progress.verdict != .passed else { continue }
            if progress.verdict == .failed {
                fail("gate \(gate.name): \(progress.detail ?? "failed")")
                return false
            }
            if isSatisfied(gate, progress, stage) {
                status.stage?.gates[index].verdict = .passed
                status.stage?.gates[index].nextAt = nil
                continue
            }
            // It cannot tell, and somebody who can has let the stage pass.
            if isHeld(progress), stage.promotion != nil { continue }
            allPassed = false
            if !awaitsOthers(progress) { isOurTime = true }
            if case .approval = gate.check {
                let command = "sluice approve \(status.application) --gate \(gate.name)"
                wait(.gate, "gate \(gate.name): \(progress.detail ?? ""); \(command)")
                continue
            }
            if let next = progress.nextAt, next > now {
                wake(at: next)
                wait(.gate, words(progress) ?? "gate \(gate.name): waiting", until: next)
            } else {
                gateRuns.append(run(of: gate, candidate, stage))
                if isHeld(progress) {
                    wait(.gate, words(progress) ?? "")
                } else {
                    let detail = progress.detail.map { ", last: \($0)" } ?? ""
                    wait(.evaluation, "gate \(gate.name) is being evaluated\(detail)")
                }
            }
        }
        // What waits for a person, or for someone to evaluate it, does not use up the release's time.
        if !allPassed, !isOurTime { blameNobody() }
        return allPassed
    }

    /// The stage's gates of one kind that have not passed and use up the candidate's time, with what they said last; nil
    /// for none.
    func openGates(_ when: Gate.When) -> String? {
        let open = status.stage?.gates.filter {
            declaration?.gates[$0.name]?.when == when && $0.verdict != .passed && !awaitsOthers($0)
        }
        guard let open, !open.isEmpty else { return nil }
        return open.map { "gate \($0.name): \($0.detail ?? "no answer yet")" }.joined(separator: "; ")
    }

    /// Whether a person, or whoever evaluates it, has to act before the gate can pass.
    func awaitsOthers(_ progress: GateProgress) -> Bool {
        progress.verdict == nil && (progress.pending || isHeld(progress))
    }

    /// Whether more measurements in a row said nothing than are forgiven, and the manifest says to hold then.
    private func isHeld(_ progress: GateProgress) -> Bool {
        guard progress.verdict == nil, let unclear = progress.unclear,
            case .analysis(let analysis)? = declaration?.gates[progress.name]?.check
        else {
            return false
        }
        return analysis.onInconclusive == .hold && unclear > analysis.inconclusiveLimit
    }

    /// What is known of an open gate: its latest value with the threshold, and when it is evaluated next.
    func words(_ progress: GateProgress) -> String? {
        guard let detail = progress.detail else { return nil }
        let next = progress.nextAt.map { ", next at \($0.timeOfDay)" } ?? ""
        guard isHeld(progress) else { return "gate \(progress.name): \(detail)\(next)" }
        return
            "gate \(progress.name) cannot tell yet: \(detail)\(next) (it goes on measuring while deadlines stand still; "
            + "sluice promote \(status.application) goes on without it)"
    }

    /// Whether enough good measurements are there, and the hold that an analysis watches is over.
    private func isSatisfied(_ gate: Gate, _ progress: GateProgress, _ stage: StageProgress) -> Bool {
        switch gate.check {
        case .analysis(let analysis):
            let isOver = gate.when == .before || (stage.holdUntil.map { now >= $0 } ?? false)
            return progress.passed >= max(1, analysis.count) && isOver
        case .smokeTest, .webhook, .approval:
            return progress.passed >= 1
        }
    }

    private func run(of gate: Gate, _ candidate: Placement, _ stage: StageProgress) -> GateRun {
        GateRun(
            application: status.application, gate: gate, attempt: candidate.release.attempt,
            version: candidate.release.release.version, revision: candidate.revision, stage: stage.name,
            candidate: candidate.side, namespace: candidate.namespace,
            stable: status.stable.map {
                GateRun.Stable(side: $0.side, namespace: $0.namespace, version: $0.release.release.version)
            },
            service: candidate.release.release.components.first { $0.kind == .service }?.name,
            weight: weight(of: candidate.side), heldSince: stage.heldSince)
    }
}

extension GateProgress {
    /// Takes in one evaluation.
    ///
    /// - Parameters:
    ///   - result: what the evaluator said.
    ///   - gate: the gate's declaration, for its limits.
    ///   - now: when it came in; the next one is due an interval later.
    package mutating func record(_ result: GateResult, of gate: Gate, at now: Instant) {
        pending = false
        switch result {
        case .pending(let detail), .unavailable(let detail):
            pending = true
            self.detail = GateReading(detail).text
        case .outcome(let outcome, let reading):
            detail = reading.text
            if let value = reading.measured { measured = value }
            if let limit = reading.threshold { threshold = limit }
            switch outcome {
            case .passed: (passed, unclear) = (passed + 1, nil)
            case .failed: (failed, unclear) = (failed + 1, nil)
            case .inconclusive: (inconclusive, unclear) = (inconclusive + 1, (unclear ?? 0) + 1)
            case .error: errors += 1
            }
        }
        if failed > gate.failureLimit { verdict = .failed }
        if case .analysis(let analysis) = gate.check, analysis.onInconclusive == .fail,
            let unclear, unclear > analysis.inconclusiveLimit, verdict == nil
        {
            verdict = .failed
            detail = GateReading("\(unclear) inconclusive measurements in a row, the last: \(detail ?? "")").text
        }
        nextAt = verdict == nil ? now + gate.interval : nil
    }
}

extension Gate {
    /// Failed evaluations that are forgiven.
    package var failureLimit: Int {
        if case .analysis(let analysis) = check { return analysis.failureLimit }
        return 0
    }

    /// Time from one evaluation to the next, at least a second.
    package var interval: Span {
        if case .analysis(let analysis) = check { return max(analysis.interval, .seconds(1)) }
        return .seconds(10)
    }
}

extension Instant {
    /// Time of day in UTC: `14:03:10Z`.
    package var timeOfDay: String {
        let seconds = ((milliseconds / 1000) % 86_400 + 86_400) % 86_400
        func two(_ n: Int64) -> String { n < 10 ? "0\(n)" : "\(n)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
    }
}
