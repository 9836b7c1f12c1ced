import Core
import Simulator

/// Law 1: from first activation until removal begins or full deactivation is declared, something serves.
/// Law 4: one request is served by one side through all components.
extension Laws {
    /// Whether a side that has weight has a ready replica of each of its components.
    func isLive(_ name: ApplicationName, _ simulation: Simulation) -> Bool {
        guard let weights = simulation.world.weights(of: name) else { return false }
        return Side.allCases.contains { weights[$0] > 0 && simulation.world.readyReplicas(of: name, on: $0) > 0 }
    }

    /// After an action has reached the platform. A world that lies, crashes or is changed by hand is no breach; an action
    /// that takes away what serves is. What ready replicas weight may go to is law 2's.
    mutating func judgeServing(_ action: Action, _ key: ActionKey, _ simulation: Simulation) {
        let name = key.application
        switch action {
        case .route(nil):
            // It was judged when it was issued whether there was reason to.
            activated.remove(name)
        case .route:
            activated.insert(name)
        case .adopt(let former):
            if activated.remove(former) != nil { activated.insert(name) }
            requests.rename(former, to: name)
            if routedByHand.remove(former) != nil { routedByHand.insert(name) }
            if let until = excusedUntil[former] { excusedUntil[name] = until }
        case .deploy, .scale, .teardown:
            guard activated.contains(name), wasLive, !isExcused(name, at: simulation.now) else { return }
            if !isLive(name, simulation) {
                broken("law 1 (one side live)", simulation, "\(key): \(action.brief) leaves no side that serves")
            }
        }
    }

    /// After every event: who was activated has a route, and what has weight is one whole release.
    mutating func checkServing(_ name: ApplicationName, _ simulation: Simulation) {
        guard let weights = simulation.world.weights(of: name) else {
            if activated.contains(name) {
                broken("law 1 (one side live)", simulation, "\(name) lost its route, and nobody took it away")
            }
            return
        }
        for side in Side.allCases where weights[side] > 0 {
            guard let digest = simulation.world.digest(of: name, on: side), let whole = components[digest] else {
                continue
            }
            let standing = simulation.world.components(of: name, on: side)
            if standing != whole {
                broken(
                    "law 4 (one side through all components)", simulation,
                    "\(name) has weight on \(side), which holds \(standing) of \(whole)")
            }
        }
    }

    /// What is deployed is the whole of a release that was declared: a request finds every component on its side, under
    /// the one weight that the router knows for the application.
    mutating func judgeWhole(_ release: Release, _ digest: Digest, _ key: ActionKey, _ simulation: Simulation) {
        if components[digest] == nil {
            let declared = simulation.remote.commits.lazy.reversed().flatMap(\.fleet.values).map(\.release)
                .first { $0.digest == digest }
            components[digest] = declared?.components.map(\.name)
            drains[digest] = declared?.components.compactMap { component in
                if case .simulated(let run) = component.run, component.kind == .service { run.drainTime } else { nil }
            }.max()
        }
        guard let whole = components[digest] else {
            return broken(
                "law 4 (one side through all components)", simulation, "\(key): nobody declared \(digest.short)")
        }
        let deployed = release.components.map(\.name)
        if deployed != whole {
            broken(
                "law 4 (one side through all components)", simulation,
                "\(key): deploys \(deployed) of \(whole), and one request needs all of them")
        }
    }
}
