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
                wait(.gate, "gate \(progress.name) is not declared; nothing can evaluate it")
                continue
            }
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
            allPassed = false
            if !progress.pending { isOurTime = true }
            if case .approval = gate.check {
                let command = "sluice approve \(status.application) --gate \(gate.name)"
                wait(.gate, "gate \(gate.name): \(progress.detail ?? ""); \(command)")
                continue
            }
            if let next = progress.nextAt, next > now {
                wake(at: next)
                wait(.gate, "gate \(gate.name): \(progress.detail ?? "waiting")", until: next)
            } else {
                gateRuns.append(run(of: gate, candidate, stage))
                let detail = progress.detail.map { ", last: \($0)" } ?? ""
                wait(.evaluation, "gate \(gate.name) is being evaluated\(detail)")
            }
        }
        // What waits for a person, or for someone to evaluate it, does not use up the release's time.
        pauseDeadline(!allPassed && !isOurTime)
        return allPassed
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
            version: candidate.release.release.version, stage: stage.name, candidate: candidate.side,
            namespace: candidate.namespace, weight: weight(of: candidate.side), heldSince: stage.heldSince)
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
            self.detail = detail
        case .outcome(let outcome, let detail):
            self.detail = detail
            switch outcome {
            case .passed: passed += 1
            case .failed: failed += 1
            case .inconclusive: inconclusive += 1
            case .error: errors += 1
            }
        }
        if failed > gate.failureLimit { verdict = .failed }
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
