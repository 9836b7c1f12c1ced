package import Core
import Simulator

extension Rehearsal {
    /// Begins with what the statuses say is live, instead of with nothing.
    ///
    /// The platform gets what they record: the releases on their sides, ready, and the weights. What they do not record,
    /// such as replicas that are missing, is taken to be as it should be.
    ///
    /// - Parameters:
    ///   - statuses: what the status branch holds.
    ///   - now: from when on; the times in the statuses are held against it.
    package mutating func begin(with statuses: [Status], at now: Instant) {
        // Long enough for what was deployed to be ready, whatever it is.
        let deployedAt = now - .hours(24)
        world = World(seed: seed, start: deployedAt, configuration: world.configuration)
        self.now = now
        recorded = statuses
        for status in statuses { deploy(status) }
        world.advance(to: now - .hours(1))
        for status in statuses { route(status) }
        world.advance(to: now)
        for status in statuses where status.stable != nil {
            baseline[status.application] = world.totals(of: status.application)
        }
        lastNews = now
    }

    private mutating func deploy(_ status: Status) {
        for (sequence, placed) in Self.placements(of: status).enumerated() {
            let (placement, weight) = placed
            let action = Action.deploy(
                side: placement.side, namespace: placement.namespace, release: placement.release.release,
                digest: placement.release.digest, floors: placement.floors(at: weight))
            _ = try? world.perform(
                isIdeal ? action.withoutFaults : action, application: status.runningName, epoch: 0, sequence: sequence)
        }
    }

    private mutating func route(_ status: Status) {
        guard let stable = status.stable else { return }
        let weights = Weights(status.candidateWeight, on: stable.side.other)
        var route = Route(weights: weights)
        for component in stable.release.release.components where component.kind == .consumer {
            let count = stable.full(component.name)
            let isExclusive = component.subscriptions.contains(where: \.exclusive)
            let moved = ConsumerShare.candidate(of: count, weight: status.candidateWeight, exclusive: isExclusive)
            route.actives[component.name] =
                stable.side == .flip
                ? PerSide(flip: count - moved, flop: moved) : PerSide(flip: moved, flop: count - moved)
        }
        _ = try? world.perform(.route(route), application: status.runningName, epoch: 0, sequence: 10)
    }

    /// What stands on the sides, and the weight that each was given replicas for.
    private static func placements(of status: Status) -> [(Placement, Int)] {
        var found: [(Placement, Int)] = []
        var share = 0
        if let candidate = status.candidate {
            share = status.stage == nil ? 100 : max(status.candidateWeight, candidate.strategy.prescale)
            found.append((candidate, share))
        }
        if let stable = status.stable {
            // As much as the surge lets stand beside the candidate, and no less than it serves.
            let left = 100 + (status.candidate ?? stable).strategy.surge - share
            let isMoving = status.stage != nil
            found.append((stable, isMoving ? min(100, max(100 - status.candidateWeight, left)) : 100))
        }
        if let retained = status.retained?.placement {
            found.append((retained, retained.strategy.retention.capacity))
        }
        return found
    }
}

extension Status {
    /// The name that the platform knows it by.
    fileprivate var runningName: ApplicationName { adopting ?? application }

    /// Percent that the candidate has: its stage's, or, while that is being made, what the stage before it left.
    fileprivate var candidateWeight: Int {
        guard let candidate, let stage else { return 0 }
        if stage.heldSince != nil { return stage.weight }
        let stages = candidate.strategy.stages
        return stage.index > 0 && stage.index <= stages.count ? stages[stage.index - 1].weight : 0
    }
}
