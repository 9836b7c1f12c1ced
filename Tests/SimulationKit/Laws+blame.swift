import Core
import Simulator

/// Whose time it is, and who helps whom: a release is blamed for nothing that others do, what has begun is finished before
/// more is begun, and a candidate takes over from a stable side that dies under it.
extension Laws {
    static var blame: String { "law 13 (a good release is not rejected for what others do)" }
    static var finishing: String { "law 13 (what has begun is finished before more is begun)" }
    static var relief: String { "law 2 (what carries is used)" }

    // MARK: Blame

    /// A release without a fault, of an application that no accident befell in that time, does not run out of it: what took
    /// it is git's, the platform's, somebody's, or the daemon's own.
    mutating func judgeBlame(_ rejection: Rejection, _ name: ApplicationName, _ simulation: Simulation) {
        let words = ["made no progress within", "for longer than", "was not ready within"]
        // What has all that there is room for beside an autoscaler of the other side has what its surge declares.
        guard !rejection.reason.contains("there is room for more") else { return }
        guard words.contains(where: rejection.reason.contains), !hadAccident(rejection, name, simulation),
            // One whose every action is refused is in trouble of its own.
            simulation.scenario.aimed[name]?.isEmpty ?? true,
            // Nor is one that took such a one over under a new name.
            simulation.scenario.aimed.isEmpty || simulation.scenario.fleet.contains(where: { $0.name == name }),
            let release = declaredRelease(rejection.attempt.digest, simulation), release.isFaultless
        else { return }
        broken(Self.blame, simulation, "\(name) \(rejection.version): \(rejection.reason)")
    }

    /// Whether an accident, or what it left behind, lay in the time that a release is said to have used up.
    private func hadAccident(_ rejection: Rejection, _ name: ApplicationName, _ simulation: Simulation) -> Bool {
        let deadlines = simulation.remote.commits.compactMap { commit -> Span? in
            guard case .inline(let strategy)? = commit.fleet[name]?.strategy else { return nil }
            return strategy.progressDeadline
        }
        let at = rejection.at - simulation.clockOffset
        let time = (at - (deadlines.max() ?? .minutes(20)))...at
        return (accidentsOfAll + (accidents[name] ?? [])).contains { $0.overlaps(time) }
    }

    private func declaredRelease(_ digest: Digest, _ simulation: Simulation) -> Release? {
        simulation.remote.commits.lazy.reversed().flatMap(\.fleet.values).map(\.release).first { $0.digest == digest }
    }

    // MARK: More than can be looked at

    /// An application was looked at: it may have begun a rollout.
    mutating func judgeBeginning(_ name: ApplicationName, _ simulation: Simulation) {
        let isMoving = isMoving(of: name, simulation)
        let isFirst = simulation.engine.status(of: name)?.stage?.index == 0
        let hasBegun = isMoving && isFirst && !moving.contains(name)
        if isMoving { moving.insert(name) } else { moving.remove(name) }
        lookedAt[name] = simulation.now
        guard hasBegun else { return }
        let others = moving.filter { $0 != name && self.isMoving(of: $0, simulation) }
        let overdue = others.filter { simulation.now - (lookedAt[$0] ?? simulation.now) > .minutes(2) }
        guard others.count > 2 * simulation.scenario.looksAtOnce, let first = overdue.sorted().first else { return }
        broken(
            Self.finishing, simulation,
            "\(name) begins beside \(others.count) others, and nobody has looked at \(first) for "
                + "\(simulation.now - (lookedAt[first] ?? simulation.now))")
    }

    private func isMoving(of name: ApplicationName, _ simulation: Simulation) -> Bool {
        guard let status = simulation.engine.status(of: name), let stage = status.stage else { return false }
        return stage.failure == nil && stage.heldSince == nil && status.rollback == nil
    }

    // MARK: Relief

    /// Whether a weight is what the stable side cannot carry any more, and goes to a candidate that has some already.
    func isRelief(
        _ weight: Int, _ candidate: Placement, _ stage: StageProgress, _ observation: Observation,
        _ name: ApplicationName, _ simulation: Simulation
    ) -> Bool {
        let before = observation.route?.route.weights[candidate.side] ?? 0
        guard before > 0 else { return false }
        let here = carried(candidate.side, name, observation, simulation).0
        let there = min(100, carry(candidate.side.other, name, observation, simulation))
        return there < 100 - min(stage.weight, before) && weight <= min(here, 100 - there)
    }

    /// What the side and the other one carry; nothing, where half of what it is given fails.
    private func carried(
        _ side: Side, _ name: ApplicationName, _ observation: Observation, _ simulation: Simulation
    ) -> (Int, Int) {
        func well(_ side: Side) -> Int {
            (observation.sides[side]?.failing ?? 0) >= 50
                ? 0 : min(100, carry(side, name, observation, simulation))
        }
        return (well(side), well(side.other))
    }

    func isAborted(_ candidate: Placement) -> Bool {
        standing?.contains { $0.verb == .abort && $0.attempt == candidate.release.attempt } ?? false
    }

    /// By what was reported: a stable side that carries nothing is not left with the weight while the candidate, which has
    /// some, could take it.
    mutating func judgeNeglect(_ name: ApplicationName, _ simulation: Simulation) {
        guard let observation = seen[name]?.observation, let status = simulation.engine.status(of: name),
            let candidate = status.candidate, status.stable != nil, status.stage != nil, status.rollback == nil,
            let route = observation.route, route.settled,
            (1..<100).contains(route.route.weights[candidate.side]),
            case let here = carried(candidate.side, name, observation, simulation).0,
            // One that is ready and fails is the gates' to judge: to shift by errors sends traffic to and fro.
            carry(candidate.side.other, name, observation, simulation) == 0,
            here > route.route.weights[candidate.side]
        else {
            neglected[name] = nil
            return
        }
        if Self.isForLong(&neglected, name, simulation) {
            broken(
                Self.relief, simulation,
                "\(name): \(candidate.side) carries \(here)% and is left with "
                    + "\(route.route.weights[candidate.side])%, the other carries nothing")
        }
    }

    /// By what was reported: what a candidate took over, it gives back once the stable side carries its share again. Who
    /// holds a rollout where it is holds that too.
    mutating func judgeGivenBack(_ name: ApplicationName, _ simulation: Simulation) {
        let halts: [Waiting.Reason?] = [.paused, .suspended, .failure]
        guard let observation = seen[name]?.observation, let status = simulation.engine.status(of: name),
            let candidate = status.candidate, status.stable != nil, let stage = status.stage, status.rollback == nil,
            !halts.contains(status.waiting?.reason), let route = observation.route, route.settled,
            route.route.weights[candidate.side] > stage.weight,
            carried(candidate.side, name, observation, simulation).1 >= 100 - stage.weight
        else {
            kept[name] = nil
            return
        }
        if Self.isForLong(&kept, name, simulation) {
            broken(
                Self.relief, simulation,
                "\(name): \(candidate.side) keeps \(route.route.weights[candidate.side])% in a stage of "
                    + "\(stage.weight)%, and the other carries its share")
        }
    }

    /// Notes since when something is so, and says whether that is long enough for anybody to have changed it.
    private static func isForLong(
        _ since: inout [ApplicationName: Instant], _ name: ApplicationName, _ simulation: Simulation
    ) -> Bool {
        let begin = since[name] ?? simulation.now
        since[name] = begin
        return simulation.now - begin > .minutes(20)
    }
}

extension Release {
    var isFaultless: Bool {
        components.allSatisfy { component in
            guard case .simulated(let run) = component.run else { return true }
            return run.faults.isEmpty
        }
    }
}
