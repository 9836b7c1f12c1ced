package import Core
import Simulator

/// Law 14: one broken application, gate or namespace does not delay the others.
///
/// A control run: the same fleet and the same commits, once with an application that is in trouble all the time and once
/// without it. All others have to go through the same transitions, at the same times but for moments.
package enum Isolation {
    /// What is wrong with the one application, from the beginning to the end.
    package enum Trouble: String, CaseIterable, Sendable {
        /// Every version of it crashes when it starts.
        case crashes
        /// Nobody answers what is asked about it.
        case reportsLost
        /// No action for it arrives, and nobody answers.
        case actionsLost
        /// The platform refuses all that is asked for it.
        case actionsRefused
        /// Its gates never answer.
        case gatesHang
        /// Its gates always answer with an error.
        case gatesFail
        /// Its manifest does not decode.
        case manifestBroken
        /// Its namespaces have no room.
        case namespaceFull

        var faults: Set<Fault> {
            switch self {
            case .reportsLost: [.observationLost]
            case .actionsLost: [.actionLost]
            case .actionsRefused: [.actionRefused]
            case .gatesHang: [.gateHangs]
            case .gatesFail: [.gateErrors]
            case .crashes, .manifestBroken, .namespaceFull: []
            }
        }
    }

    static let brokenLaw = "a law is broken"
    static let law = "law 14 (one does not delay the others)"

    /// How much later a transition may come: by one poll of the repository, and by the pushes of what others have to say.
    package static let tolerance = Span.seconds(60)

    /// Runs a seed with and without the trouble.
    ///
    /// - Returns: the first difference between what the other applications went through; nil where there is none.
    package static func difference(
        seed: UInt64, _ trouble: Trouble, engine: @escaping (EngineConfiguration) -> any SimulatedEngine
    ) -> String? {
        var generated = Scenario(generatedFrom: seed)
        generated.isSteady = true
        // Who has more to look at than can be looked at does delay others; that they are finished first is another law's.
        generated.looksTake = .zero
        generated.looksAtOnce = EngineConfiguration().concurrency
        let troubled = generated.fleet[0].name
        var reduction = Reduction()
        reduction.faults = []
        // What concerns all of the fleet concerns the others too: an unreadable file is pruned around by nobody.
        reduction.steps = Set(
            generated.steps.indices.filter { index in
                switch generated.steps[index].deed {
                case .disturb, .crash, .rewriteHistory, .mergeOlder, .breakManifest, .mendManifest, .refuseStatuses:
                    true
                case .remove, .add, .rename: trouble == .manifestBroken
                default: false
                }
            })
        var withTrouble = reduction.applied(to: generated)
        for index in withTrouble.fleet.indices { withTrouble.fleet[index].dependsOn.removeAll { $0 == troubled } }
        afflict(&withTrouble, troubled, trouble)
        reduction.applications = [troubled]
        let calm = transitions(reduction.applied(to: generated), engine)
        let beside = transitions(withTrouble, engine)
        if let broken = (calm["a law"] ?? beside["a law"])?.first { return "\(brokenLaw): \(broken.message)" }
        for name in generated.fleet.map(\.name) where name != troubled {
            let asked = withTrouble.steps.filter { ($0.deed.application ?? name) == name }.map {
                Simulation.start + $0.at
            }
            if let found = difference(name, calm[name] ?? [], beside[name] ?? [], asked) { return found }
        }
        return nil
    }

    private static func afflict(_ scenario: inout Scenario, _ name: ApplicationName, _ trouble: Trouble) {
        scenario.aimed = [name: trouble.faults]
        guard let index = scenario.fleet.firstIndex(where: { $0.name == name }) else { return }
        switch trouble {
        case .crashes:
            for position in scenario.fleet[index].release.components.indices {
                scenario.fleet[index].release.components[position].run = .simulated(
                    SimulatedRun(faults: [.crashOnStart]))
            }
        case .manifestBroken:
            scenario.steps.insert(Scenario.Step(at: .zero, deed: .breakManifest(name)), at: 0)
        case .namespaceFull:
            scenario.fleet[index].sides = Sides(flip: "full-flip", flop: "full-flop")
            for namespace in ["full-flip", "full-flop"] {
                scenario.steps.append(
                    Scenario.Step(at: .zero, deed: .disturb(.quota(namespace: namespace, replicas: 0))))
            }
        case .reportsLost, .actionsLost, .actionsRefused, .gatesHang, .gatesFail:
            break
        }
    }

    private static func transitions(
        _ scenario: Scenario, _ engine: @escaping (EngineConfiguration) -> any SimulatedEngine
    ) -> [ApplicationName: [HistoryEntry]] {
        var simulation = Simulation(scenario, engine: engine)
        simulation.run(until: scenario.faultsEnd)
        // A run ends where a law is broken: that is to be said, and not what never came after it.
        if let violation = simulation.laws.violation {
            return ["a law": [HistoryEntry(at: simulation.now, revision: "", message: "\(violation)")]]
        }
        return simulation.transitions
    }

    /// What happened, without what was measured then.
    private static func kind(_ entry: HistoryEntry) -> Substring { entry.message.prefix { $0 != ":" } }

    private static func difference(
        _ name: ApplicationName, _ calm: [HistoryEntry], _ beside: [HistoryEntry], _ asked: [Instant]
    ) -> String? {
        // The last moments may have been recorded in one run and not yet in the other.
        let end = Simulation.start + .minutes(75) - tolerance * 2
        for (position, expected) in calm.enumerated() where expected.at < end {
            guard position < beside.count else { return "\(name) never came to: \(expected.message)" }
            let found = beside[position]
            if kind(found) != kind(expected) {
                // What people ask for at such a moment meets the state before it or the one after, and both are right.
                let (first, last) = (min(found.at, expected.at), max(found.at, expected.at))
                if last - first <= tolerance, asked.contains(where: { first - tolerance <= $0 && $0 <= last }) {
                    return nil
                }
                return "\(name) at \(found.at - Simulation.start): \(found.message), and without the trouble at "
                    + "\(expected.at - Simulation.start): \(expected.message)"
            }
            if found.at - expected.at > tolerance {
                return "\(name): \(found.message), \(found.at - expected.at) later than without the trouble"
            }
        }
        return nil
    }
}
