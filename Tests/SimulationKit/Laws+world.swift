import Core
import Simulator

extension Laws {
    /// After every event, against the true state of the world.
    mutating func checkWorld(_ simulation: Simulation) {
        for name in simulation.world.applications {
            checkServing(name, simulation)
            checkRequests(name, simulation)
            checkConsumers(name, simulation)
            guard let weights = simulation.world.weights(of: name) else { continue }
            for side in Side.allCases where !(0...100).contains(weights[side]) {
                broken("law 1 (weights)", simulation, "\(name): \(weights[side])% on \(side)")
            }
            if weights.flip + weights.flop != 100 { broken("law 1 (weights)", simulation, "\(name): \(weights)") }
        }
    }

    /// When faults have stopped for long enough: law 13, the declared state is reached and then nothing is done.
    mutating func checkEnd(_ simulation: Simulation) {
        let fleet = simulation.remote.headFleet
        let names = Set(fleet.keys).union(
            simulation.world.applications.filter { simulation.world.holdsAnything(of: $0) })
        for name in names.sorted() {
            checkReached(name, fleet[name], simulation)
        }
        checkRecords(simulation)
        let quietSince = simulation.now - Simulation.quiet
        for (name, at) in lastDone.sorted(by: { $0.key < $1.key }) where at > quietSince {
            guard let application = fleet[name], isGood(application) else { continue }
            broken("law 13 (then does nothing)", simulation, "\(name) was still worked on at \(at - Simulation.start)")
        }
    }

    private mutating func checkReached(
        _ name: ApplicationName, _ declared: Application?, _ simulation: Simulation
    ) {
        let law = "law 13 (the declared state is reached)"
        guard let declared else {
            if simulation.world.holdsAnything(of: name) {
                broken(law, simulation, "\(name) is not declared, and still runs: \(explain(name, simulation))")
            }
            return
        }
        guard isGood(declared), isReachable(declared, simulation) else { return }
        let head = simulation.remote.head ?? 0
        let status = simulation.engine.status(of: name)
        guard let serving = serving(name, declared, status, head, simulation.remote) else {
            if simulation.world.weights(of: name) != nil, !isInDoubt(status, simulation) {
                broken(law, simulation, "\(name) is inactive, and still has a route: \(explain(name, simulation))")
            }
            return
        }
        if !isGood(serving.application.release) { return }
        if isRejected(serving, name, status, simulation.remote) { return }
        if status?.stage?.failure != nil { return }
        // A platform that lied made a release serve that cannot, and what was on its way was aborted: both sides are taken.
        if status?.rollback != nil, let stable = status?.stable, !isGood(stable.release.release) { return }
        let weights = simulation.world.weights(of: name)
        let side: Side = (weights?.flip ?? 0) == 100 ? .flip : .flop
        guard weights?[side] == 100, simulation.world.digest(of: name, on: side) == serving.application.release.digest
        else {
            broken(
                law, simulation,
                "\(name) \(serving.application.release.version) does not serve: \(explain(name, simulation))"
            )
            return
        }
        if simulation.world.readyReplicas(of: name, on: side) == 0 {
            broken(law, simulation, "\(name) serves with no ready replica: \(explain(name, simulation))")
        }
        checkConsuming(name, on: side, simulation)
        // What is given more than it can take fails, and that is said of it.
        var world = simulation.world
        let failing = world.observe(name).sides[side]?.failing ?? 0
        if status?.phase != .healthy, failing < 50 {
            broken(law, simulation, "\(name) serves and is not Healthy: \(explain(name, simulation))")
        }
    }

    /// What should serve by the heads that the branch has had, and the newest that declared it; nil for nothing. A head
    /// that was forced away counts where the daemon has taken it up, or what is recorded tells of it: nobody else could
    /// know of it.
    func serving(
        _ name: ApplicationName, _ declared: Application, _ status: Status?, _ head: Int, _ remote: SimulatedRemote
    ) -> (commit: Int, application: Application)? {
        let heads = remote.heads(of: name, at: head)
        if declared.activation == .active { return heads.first }
        let formers = names.values.first { $0.contains(name) } ?? [name]
        let recorded = formers.reduce(into: takenUp) { $0.formUnion(recordedHeads[$1] ?? []) }
        // Of what was removed the record is gone too.
        let lost = formers.flatMap { [forgotten[$0], removedHere[$0]] }.compactMap { $0 }.max() ?? -1
        let known = remote.lines(through: recorded.filter { $0 > lost }.union([head]))
        // Where it is not known what came before, and that is said, what is recorded is believed.
        let isInDoubt = status?.conditions.contains { $0.reason == "HistoryUnknown" } ?? false
        if isInDoubt, remote.hidesHeads, let other = status?.past?.otherActive,
            let head = heads.first(where: {
                $0.application.activation == .active && $0.application.release.digest == other.digest
            })
        {
            return head
        }
        let standing = standing(heads.filter { $0.commit > lost && known.contains($0.commit) })
        if let other = standing.last(where: { $0.application.release.digest != declared.release.digest }) {
            return other
        }
        // Of a head that was forced away a record may tell.
        guard remote.hidesHeads, let other = status?.past?.otherActive else { return nil }
        return heads.first { $0.application.activation == .active && $0.application.release.digest == other.digest }
    }

    /// What heads, the newest first, declared active and did not take back: by declaring it inactive, or what came before it.
    private func standing(
        _ heads: [(commit: Int, application: Application)]
    ) -> [(commit: Int, application: Application)] {
        var standing: [(commit: Int, application: Application)] = []
        for head in heads.reversed() {
            let digest = head.application.release.digest
            let index = standing.lastIndex { $0.application.release.digest == digest }
            if head.application.activation == .inactive {
                if let index { standing.remove(at: index) }
            } else if let index {
                standing.removeSubrange((index + 1)...)
                standing[index] = head
            } else {
                standing.append(head)
            }
        }
        return standing
    }

    /// Unknown is not absent: what serves goes on where the history was rewritten and nobody can say what was active before
    /// it, as long as that is said.
    private func isInDoubt(_ status: Status?, _ simulation: Simulation) -> Bool {
        simulation.remote.hidesHeads && status?.stable != nil && status?.waiting?.reason == .invalid
            && status?.conditions.contains { $0.type == .declarationValid && $0.reason == "HistoryUnknown" } ?? false
    }

    func isRejected(
        _ serving: (commit: Int, application: Application), _ name: ApplicationName, _ status: Status?,
        _ remote: SimulatedRemote
    ) -> Bool {
        let digest = serving.application.release.digest
        return (status?.rejected ?? []).contains { rejection in
            guard rejection.attempt.digest == digest else { return false }
            return remote.hidesHeads
                || remote.isCurrent(rejection.attempt, of: serving.application.name, at: serving.commit)
        }
    }

    private func isGood(_ application: Application) -> Bool { isGood(application.release) }

    private func isGood(_ release: Release) -> Bool {
        release.components.allSatisfy { component in
            guard case .simulated(let run) = component.run else { return true }
            return run.faults.isEmpty
        }
    }

    /// A dependency that is bad, rejected or gone may keep an application waiting for ever.
    private func isReachable(_ application: Application, _ simulation: Simulation) -> Bool {
        application.dependsOn.allSatisfy { name in
            guard let dependency = simulation.remote.headFleet[name], isGood(dependency),
                dependency.activation == .active
            else { return false }
            return simulation.engine.status(of: name)?.phase == .healthy
        }
    }

    private func explain(_ name: ApplicationName, _ simulation: Simulation) -> String {
        guard let status = simulation.engine.status(of: name) else { return "the engine does not know it" }
        let waiting = status.waiting.map { "\($0.reason.rawValue): \($0.message)" } ?? "not waiting"
        let stable = status.stable.map { "\($0.release.release.version) on \($0.side)" } ?? "none"
        let candidate = status.candidate.map { "\($0.release.release.version) on \($0.side)" } ?? "none"
        let rejected = status.rejected.map { "\($0.version)@\($0.attempt.introduced.suffix(3))" }.joined(separator: " ")
        return "\(status.phase.rawValue), rejected [\(rejected)], stable \(stable), candidate \(candidate), stage "
            + "\(status.stage?.name ?? "-"), \(waiting)"
    }
}
