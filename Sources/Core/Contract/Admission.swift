/// The safety predicate: evaluated before every action, whoever proposed it.
///
/// It judges an action by the observation alone and not by the plan, so that a mistake in the plan is refused and
/// not carried out. Its clauses today are those of capacity and of work in flight. The contract clause over topics
/// and schemas has the same shape and stands here when it comes: safe is a property of the state that results.
package enum Admission {
    /// Why an action may not be taken now; nil where it may.
    package static func refusal(of proposal: Planner.Proposal, _ planner: Planner) -> String? {
        switch proposal.action {
        case .route(let route?): refusal(of: route, isShortfall: proposal.isShortfall, planner)
        case .route(nil): refusalOfNoRoute(planner)
        case .scale(let side, let floors): refusal(ofFloors: floors, on: side, planner)
        case .deploy(let side, _, _, let digest, _): refusal(ofReplacing: side, with: digest, planner)
        case .teardown(let side): refusal(ofReplacing: side, with: nil, planner)
        case .adopt: nil
        }
    }

    /// Law 2: no weight onto a side beyond its ready capacity, unless fewer requests are expected to fail.
    private static func refusal(of route: Route, isShortfall: Bool, _ planner: Planner) -> String? {
        for side in Side.allCases {
            let before = planner.weight(of: side)
            let after = route.weights[side]
            guard after > before || planner.observation.route == nil && after > 0 else { continue }
            guard let placement = planner.placement(on: side) else {
                return "\(side.rawValue) holds no release that weight could go to"
            }
            let carried = planner.carry(placement)
            if after <= carried { continue }
            let other = planner.placement(on: side.other).map(planner.carriesStill) ?? 0
            let isFairer = isShortfall && carried > 0 && other < planner.weight(of: side.other)
            if !isFairer { return "\(side.rawValue) carries \(carried)%, not \(after)%" }
        }
        return refusal(ofActives: route, planner)
    }

    /// No consumer is activated without weight on its side, and none of an exclusive subscription while another side's
    /// may still hold what it would take.
    private static func refusal(ofActives route: Route, _ planner: Planner) -> String? {
        for (name, actives) in route.actives.sorted(by: { $0.key < $1.key }) {
            for side in Side.allCases where actives[side] > planner.asked(name, on: side) {
                if route.weights[side] == 0 { return "\(name) on \(side.rawValue) is activated without weight" }
                let held = max(planner.mayTake(name, on: side.other), actives[side.other])
                if planner.isExclusive(name), held > 0 {
                    return "\(name) is exclusive, and \(held) on \(side.other.rawValue) may still take messages"
                }
            }
        }
        return nil
    }

    private static func refusalOfNoRoute(_ planner: Planner) -> String? {
        let isDeclared = planner.context.isRemoved || planner.declaration?.serving == nil
        return isDeclared ? nil : "a release is declared to serve"
    }

    /// A side shrinks only as far as its acknowledged weight allows.
    private static func refusal(ofFloors floors: [String: Int], on side: Side, _ planner: Planner) -> String? {
        guard let observed = planner.observation.sides[side], let placement = planner.placement(on: side) else {
            return "\(side.rawValue) holds nothing to scale"
        }
        for (name, floor) in floors.sorted(by: { $0.key < $1.key }) {
            guard let component = observed.component(name), floor < component.floor else { continue }
            let need = Capacity.need(weight: planner.weight(of: side), of: placement.full(name))
            if floor < need { return "\(name) on \(side.rawValue) needs \(need) replicas for its weight, not \(floor)" }
            if !planner.isSettled { return "the weights are not acknowledged yet" }
        }
        return nil
    }

    /// What serves, or still finishes work, is neither replaced nor torn down.
    private static func refusal(ofReplacing side: Side, with digest: Digest?, _ planner: Planner) -> String? {
        guard let observed = planner.observation.sides[side], observed.digest != digest else { return nil }
        if planner.isDrained(side) {
            // What was drained long ago may be at work by now.
            let isOld = planner.context.observationAge > planner.context.configuration.maxObservationAge
            if planner.context.isAgeKnown, !isOld { return nil }
            return "what is seen of \(side.rawValue) may be old; a newer report is awaited before it is taken away"
        }
        let isRepair = planner.status.stable?.side == side && digest == planner.status.stable?.release.digest
        return isRepair ? nil : "\(side.rawValue) has weight or unfinished work"
    }
}
