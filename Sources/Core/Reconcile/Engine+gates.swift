extension Engine {
    /// Asks for evaluations, as many at once over all applications as there are passes.
    ///
    /// - Returns: whether all that are due are under way.
    mutating func start(
        _ runs: [GateRun], of name: ApplicationName, _ stage: Int, _ now: Instant, _ commands: inout [Command]
    ) -> Bool {
        for run in runs where states[name]?.gateRuns[run.gate.name] == nil {
            guard evaluations < configuration.concurrency else { return false }
            evaluations += 1
            let id = begin(.evaluate(name, gate: run.gate, run.attempt, stage: stage), now)
            states[name]?.gateRuns[run.gate.name] = id
            commands.append(.evaluate(id, run))
        }
        return true
    }

    /// A result counts only for the attempt and the stage that it was asked for.
    mutating func evaluated(
        _ name: ApplicationName, _ gate: Gate, _ attempt: Attempt, _ stage: Int, _ result: GateResult, _ now: Instant
    ) {
        evaluations -= 1
        guard var state = states[name] else { return }
        state.gateRuns[gate.name] = nil
        if state.status.candidate?.release.attempt == attempt, state.status.stage?.index == stage,
            let index = state.status.stage?.gates.firstIndex(where: { $0.name == gate.name }),
            state.status.stage?.gates[index].verdict == nil
        {
            state.status.stage?.gates[index].record(result, of: gate, at: now)
        }
        states[name] = state
        wake(name, now)
    }
}
