import Core

extension Laws {
    /// Statuses are on the branch.
    mutating func landed(_ updates: [StatusUpdate], _ simulation: Simulation) {
        counts.pushes += 1
        for update in updates {
            let status = update.status
            lastDone[status.application] = simulation.now
            for rejection in status.rejected {
                let isNew = rejections.insert(
                    Rejected(application: status.application, attempt: rejection.attempt)
                ).inserted
                if isNew {
                    judgeBlame(rejection, status.application, simulation)
                    noteNameless(rejection.attempt, status.application, simulation)
                }
            }
            judgeClaim(status, simulation)
            judgeAgreement(status, simulation)
            judgeCompletion(status, simulation)
            judgeSize(update, simulation)
            if status.stage == nil { endRollout(status, simulation) }
            recorded[status.application] = status
            recordedHeads[status.application, default: []].formUnion(takenUp)
            if let removal = status.removal, removal.doneAt != nil, removal.renamedTo == nil {
                forgotten[status.application] = simulation.remote.index(of: status.observedRevision)
            }
        }
    }

    /// A rejection of what no head introduced is one of what is declared, whatever it is called.
    private mutating func noteNameless(_ attempt: Attempt, _ name: ApplicationName, _ simulation: Simulation) {
        guard !simulation.remote.commits.contains(where: { $0.revision == attempt.introduced }),
            let declared = declared(name, simulation), declared.digest == attempt.digest
        else { return }
        rejections.insert(Rejected(application: name, attempt: numbered(declared, simulation)))
    }

    /// What passed counts for a rollout, under whatever name it goes on.
    private mutating func endRollout(_ status: Status, _ simulation: Simulation) {
        // The next rollout may have begun before the word that the last one ended has landed.
        let next = simulation.engine.status(of: status.application)?.candidate?.release.digest
        for (key, count) in passes where key.application == status.application && key.digest != next {
            passes[key] = nil
            guard let name = status.removal?.renamedTo else { continue }
            var renamed = key
            renamed.application = name
            passes[renamed, default: 0] += count
        }
    }

    /// Law 11: a status states only what was observed.
    private mutating func judgeClaim(_ status: Status, _ simulation: Simulation) {
        guard let stage = status.stage, let candidate = status.candidate, stage.heldSince != nil else { return }
        // What is to be adopted is still under its former name, or already under this one.
        let names = [status.application, status.adopting].compactMap { $0 }
        let had = names.compactMap { highest[SideKey(application: $0, side: candidate.side)] }.max() ?? 0
        if had < stage.weight {
            broken(
                "law 11 (status states only what was observed)", simulation,
                "\(status.application) says it holds \(stage.weight)% on \(candidate.side), which never had it")
        }
    }

    /// Law 11: what a status says in one word and what it says in conditions is one judgement.
    private mutating func judgeAgreement(_ status: Status, _ simulation: Simulation) {
        guard status.phase == .healthy, let stable = status.stable, stable.weight > 0 else { return }
        let denied = status.conditions.first { [.ready, .stableHealthy].contains($0.type) && !$0.status }
        guard let denied else { return }
        broken(
            "law 11 (one judgement)", simulation,
            "\(status.application) is Healthy, and \(denied.type.rawValue) is False: \(denied.message)")
    }

    /// Law 7: no weight follows a ladder's last stage, but its gates count as well.
    private mutating func judgeCompletion(_ status: Status, _ simulation: Simulation) {
        guard let before = recorded[status.application], let candidate = before.candidate, let stage = before.stage,
            status.stage == nil, status.candidate == nil, status.rollback == nil,
            status.stable?.release.digest == candidate.release.digest, status.stable?.side == candidate.side,
            // What takes over from a side that is dead, for a newer version to find a free one, is not through.
            fetchedFleet[status.application]?.release.digest == candidate.release.digest,
            let last = candidate.strategy.stages.last, stage.index == candidate.strategy.stages.count - 1,
            !edited.contains(status.application), !isPromoted(candidate.release.attempt, simulation)
        else { return }
        for name in last.gates {
            judgeGate(
                name, last.name, candidate, of: status.application, "\(status.application) says that it is through",
                simulation)
        }
    }

    /// Law 15: a status is as long at the end of a year as on the first day.
    private mutating func judgeSize(_ update: StatusUpdate, _ simulation: Simulation) {
        let status = update.status
        let gates = status.stage?.gates.count ?? 0
        let declared = status.candidate?.strategy.stages.map(\.gates.count).max() ?? 0
        let isBounded =
            status.history.count <= History.limit && status.rejected.count <= Status.rejectedLimit
            && status.conditions.count <= Condition.Kind.allCases.count && gates <= declared
            && update.summary.utf8.count <= 1_000 && !update.summary.contains("\n")
        if !isBounded { broken("law 15 (bounded)", simulation, "\(status.application)'s status grows") }
    }

    /// When everything is said and done, the branch says what the engine decided: law 11.
    mutating func checkRecords(_ simulation: Simulation) {
        for name in simulation.engine.applications {
            guard let status = simulation.engine.status(of: name), status.removal == nil else { continue }
            let recorded = simulation.remote.statuses[name]
            if recorded.map({ !tells($0, status) }) ?? true {
                broken(
                    "law 11 (the branch knows)", simulation,
                    "\(name) is \(status.headline), and the branch says \(recorded?.headline ?? "nothing")")
            }
        }
    }

    /// Whether two statuses agree on all but times, which start again after a restart where clocks disagree.
    private func tells(_ recorded: Status, _ status: Status) -> Bool {
        recorded.phase == status.phase && recorded.stable == status.stable && recorded.candidate == status.candidate
            && recorded.retained?.placement == status.retained?.placement && recorded.rollback == status.rollback
            && recorded.rejected == status.rejected && recorded.stage?.index == status.stage?.index
            && (recorded.stage?.heldSince == nil) == (status.stage?.heldSince == nil)
            && recorded.stage?.failure == status.stage?.failure
    }
}
