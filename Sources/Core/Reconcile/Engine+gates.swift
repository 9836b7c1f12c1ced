extension Engine {
    mutating func start(
        _ runs: [GateRun], of name: ApplicationName, _ stage: Int, _ now: Instant, _ commands: inout [Command]
    ) {
        for run in runs where states[name]?.gateRuns[run.gate.name] == nil {
            let id = begin(.evaluate(name, gate: run.gate, run.attempt, stage: stage), now)
            states[name]?.gateRuns[run.gate.name] = id
            commands.append(.evaluate(id, run))
        }
    }

    /// A result counts only for the attempt and the stage that it was asked for.
    mutating func evaluated(
        _ name: ApplicationName, _ gate: Gate, _ attempt: Attempt, _ stage: Int, _ result: GateResult, _ now: Instant
    ) {
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
