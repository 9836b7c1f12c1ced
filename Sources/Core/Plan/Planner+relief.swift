/// What a rollout does when the side that it comes from dies under it.
///
/// A candidate that has weight, and can carry more, takes what the stable side cannot carry any more, beyond the weight of
/// its stage: law 2's exception, by which fewer requests fail. Once the stable side carries its share again, the weight
/// goes back to the stage's. It is asked before any hold, pause or ceiling: those hold a release back, and not help.
extension Planner {
    /// Weight that the stable side would have in a stage.
    private func share(in stage: StageProgress, _ candidate: Placement) -> Int {
        100 - min(stage.weight, weight(of: candidate.side))
    }

    /// Whether the stable side lacks now what it is to have in a stage, and was asked for. One that has all that was asked
    /// for is not dying, whatever was declared since, unless somebody took away what its weight needs.
    func lacksShare(_ stage: StageProgress, _ candidate: Placement) -> Bool {
        guard let stable = status.stable else { return false }
        return carriesReady(stable) < share(in: stage, candidate) && !(isAtFloor(stable) && hasFloors(stable))
    }

    /// Whether a side was asked for the replicas that its weight needs.
    private func hasFloors(_ placement: Placement) -> Bool { floorsCarry(weight(of: placement.side), placement) }

    /// Asks the stable side again for what its weight needs, where somebody took that away.
    ///
    /// - Returns: whether that was proposed.
    mutating func restoreFloors(of stable: Placement) -> Bool {
        guard isSettled, let side = observation.sides[stable.side], side.digest == stable.release.digest,
            !hasFloors(stable)
        else { return false }
        var floors = stable.floors(at: weight(of: stable.side))
        for component in side.components { floors[component.name] = max(component.floor, floors[component.name] ?? 1) }
        propose(
            .scale(side: stable.side, floors: floors), "scale \(stable.side.rawValue) \(describe(floors))", .back)
        return true
    }

    /// Whether the stable side cannot carry its share of a stage: at once where it has lost half of that, and otherwise
    /// once it has been so for a while, since a replica that restarts is no news.
    func isStableShort(_ stage: StageProgress, _ candidate: Placement) -> Bool {
        guard let stable = status.stable, lacksShare(stage, candidate) else { return false }
        return carriesReady(stable) * 2 < share(in: stage, candidate)
            || isShortForLong
    }

    /// Whether nothing of what stands on a side is ready, takes work or still has some.
    func isDead(_ side: Side) -> Bool {
        guard let components = observation.sides[side]?.components else { return true }
        return components.allSatisfy { $0.ready == 0 && $0.inFlight == 0 && $0.active == 0 && $0.unheard == nil }
    }

    /// Whether that has been so for a while: a replica that restarts is no news.
    func isDeadForLong(_ side: Side) -> Bool {
        isDead(side) && isShortForLong
    }

    /// The weight that a candidate is to have now: its stage's, or more while the stable side cannot carry the rest. What it
    /// took over so is not given back before that side carries its whole share again.
    func due(in stage: StageProgress, _ candidate: Placement) -> Int {
        max(stage.weight, relief(in: stage, candidate))
    }

    /// What of all that comes a candidate is to take because the stable side cannot; 0 where that carries its share.
    private func relief(in stage: StageProgress, _ candidate: Placement) -> Int {
        let current = weight(of: candidate.side)
        guard let stable = status.stable, current > 0, isStableShort(stage, candidate) else { return 0 }
        // No more than it carries: what is given to a side beyond that fails there too, and takes the rest with it.
        let here = carryWell(candidate)
        return max(min(here, 100 - carriesReady(stable)), min(current, here))
    }

    /// Takes over what the stable side cannot carry.
    ///
    /// - Returns: whether nothing else is to be decided meanwhile.
    mutating func relieve(_ candidate: Placement, _ stage: StageProgress) -> Bool {
        guard isSettled, let stable = status.stable, isStableShort(stage, candidate) else { return false }
        let current = weight(of: candidate.side)
        guard current > 0, carryWell(candidate) > 0 else { return false }
        let wanted = relief(in: stage, candidate)
        let share = share(in: stage, candidate)
        wait(
            .capacityShortfall,
            "\(stable.side.rawValue) carries \(carriesReady(stable))% of the \(share)% that it is to have: "
                + "\(shortage(of: stable, weight: share)); \(candidate.side.rawValue) takes over what it carries")
        isActive = true
        if wanted > current {
            restartHold(candidate)
            return raise(to: wanted, on: candidate.side, .back, isShortfall: true) == .underWay
        }
        return growInRelief(candidate, stable)
    }

    /// Gives back what a candidate took over, once the stable side carries its share again, whatever its stage waits for: to
    /// the weight that its gates have let it have.
    ///
    /// - Returns: whether that is under way.
    mutating func giveBack(_ candidate: Placement) -> Bool {
        guard let stage = status.stage, let stable = status.stable, weight(of: candidate.side) > stage.weight,
            relief(in: stage, candidate) == 0
        else { return false }
        let stages = candidate.strategy.stages
        let isOpen =
            stage.promotion == nil
            && stage.gates.contains {
                declaration?.gates[$0.name]?.when == .before && $0.verdict != .passed
            }
        let before = stages.indices.contains(stage.index - 1) ? stages[stage.index - 1].weight : 0
        restartHold(candidate)
        guard walk(to: 100 - (isOpen ? before : stage.weight), on: stable.side, .back) == .underWay else {
            return false
        }
        blameNobody()
        return true
    }

    /// A newer version wants the candidate's side, and there is nothing to go back to: the candidate gets everything and is
    /// the stable one, so that the newer version finds a side that is free.
    ///
    /// - Returns: whether that is so, and it is under way or done.
    mutating func takesOver(_ candidate: Placement, from stable: Placement) -> Bool {
        guard let stage = status.stage, weight(of: candidate.side) > 0, carriesReady(stable) == 0,
            carryWell(candidate) > 0
        else { return false }
        // One whose only replica restarts is back in a moment: nothing is given up for good before.
        guard weight(of: candidate.side) == 100, isSettled, isShortForLong else {
            if !relieve(candidate, stage) {
                // It has all that it can carry, and the rest is nobody's: the newer version takes the place of what is dead.
                if isSettled, isDeadForLong(stable.side), isAtFloor(candidate) || isShort(for: Self.reliefPatience) {
                    return false
                }
                wait(.capacityShortfall, "nothing of \(stable.side.rawValue) is ready")
            }
            isActive = true
            return true
        }
        var new = candidate
        (new.weight, new.state, new.since) = (100, .current, now)
        var old = stable
        (old.weight, old.state, old.since) = (0, drained(stable.side, stable), now)
        status.stable = new
        status.candidate = nil
        status.stage = nil
        status.retained = Retained(placement: old, until: now + new.strategy.retention.time, served: false)
        note(
            "\(new.release.release.version) serves on \(new.side.rawValue), since nothing of "
                + "\(old.release.release.version) is ready any more")
        return true
    }

    /// For so long the replicas that are to take over are waited for, where something newer is declared.
    private static var reliefPatience: Span { .minutes(5) }

    /// Asks for the replicas that carry what the stable side does not. What is not ready there takes no room.
    private mutating func growInRelief(_ candidate: Placement, _ stable: Placement) -> Bool {
        guard let side = observation.sides[candidate.side] else { return false }
        let needed = 100 - carriesReady(stable)
        var floors: [String: Int] = [:]
        var grows = false
        for component in side.components {
            let full = required(component.name, of: candidate)
            let ready = observation.sides[stable.side]?.component(component.name)?.ready ?? 0
            let surge = max(candidate.strategy.surge, Strategy.standard.surge)
            let room = Capacity.limit(full: full, surge: surge, weight: 100, otherFull: 0) - ready
            let floor = max(component.floor, min(Capacity.need(weight: needed, of: full), room))
            floors[component.name] = floor
            grows = grows || floor > component.floor
        }
        guard grows else { return false }
        let purpose = "scale \(candidate.side.rawValue) \(describe(floors))"
        propose(.scale(side: candidate.side, floors: floors), purpose, .back)
        return true
    }
}
