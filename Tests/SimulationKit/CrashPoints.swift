import Core
import Simulator

/// A crash at every effect of a scenario, one run each: all must end where the run without a crash ends.
package enum CrashPoints {
    /// What a run ends in: releases, weights, sides; not times.
    package struct FinalState: Equatable, CustomStringConvertible {
        package var applications: [String: String]
        package var description: String {
            applications.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
        }
    }

    /// What was found at one crash point that should not be.
    package struct Difference: CustomStringConvertible {
        package var index: Int
        package var after: Bool
        package var message: String
        package var description: String { "crash \(after ? "after" : "before") effect \(index): \(message)" }
    }

    package struct Report {
        package var name: String
        /// Effects of the run without a crash; each is a crash point, before and after it.
        package var effects: Int
        package var runs: Int
        package var differences: [Difference]
    }

    /// Crashes the scenario everywhere.
    package static func sweep(_ name: String, _ scenario: Scenario) -> Report {
        var calm = Simulation(scenario)
        calm.run()
        var report = Report(name: name, effects: calm.effectIndex, runs: 1, differences: [])
        if let violation = calm.laws.violation {
            report.differences.append(Difference(index: 0, after: false, message: "\(violation)"))
            return report
        }
        let expected = finalState(calm)
        for index in 1...max(1, calm.effectIndex) {
            for after in [false, true] {
                var simulation = Simulation(scenario)
                simulation.crashPoint = (index, after)
                simulation.run()
                report.runs += 1
                let repeated = simulation.laws.executions.filter { $0.value > 1 + simulation.crashes }
                var message: String?
                if let violation = simulation.laws.violation {
                    message = "\(violation)"
                } else if simulation.crashes != 1 {
                    message = "crashed \(simulation.crashes) times"
                } else if finalState(simulation) != expected {
                    message = "ended in \(finalState(simulation)), not in \(expected)"
                } else if let (key, count) = repeated.min(by: { $0.key.description < $1.key.description }) {
                    message = "\(key) was executed \(count) times in \(simulation.crashes) crashes"
                }
                if let message {
                    report.differences.append(Difference(index: index, after: after, message: message))
                }
            }
        }
        return report
    }

    package static func finalState(_ simulation: Simulation) -> FinalState {
        var applications: [String: String] = [:]
        for name in simulation.world.applications {
            var parts: [String] = []
            for side in Side.allCases {
                guard let digest = simulation.world.digest(of: name, on: side) else { continue }
                let weight = simulation.world.weights(of: name)?[side] ?? 0
                parts.append("\(digest.short) \(weight)%")
            }
            let status = simulation.engine.status(of: name)
            parts.append(status?.phase.rawValue ?? "unknown")
            parts.append("rejected \(status?.rejected.map(\.version) ?? [])")
            applications[name] = parts.sorted().joined(separator: ", ")
        }
        return FinalState(applications: applications)
    }

    // MARK: Scenarios

    /// One situation each, without faults: the crash is the fault.
    package static var scenarios: [(name: String, scenario: Scenario)] {
        let canary = Strategy(
            stages: [
                .init(name: "canary", weight: 5, hold: .seconds(60), gates: ["smoke", "errors"]),
                .init(name: "half", weight: 50, hold: .seconds(60)),
                .init(name: "full", weight: 100, hold: .seconds(30)),
            ], progressDeadline: .minutes(8), retention: .init(time: .minutes(15), capacity: 25))
        func at(_ minutes: Int64, _ deed: Scenario.Deed) -> Scenario.Step { .init(at: .minutes(minutes), deed: deed) }
        func scenario(_ steps: [Scenario.Step], _ edit: (inout Application) -> Void = { _ in }) -> Scenario {
            var fleet = [service("search", canary), service("checkout", canary)]
            edit(&fleet[0])
            return Scenario(
                seed: 7, fleet: fleet, gates: Scenario.gates, steps: steps, faultsEnd: .minutes(60), end: .hours(3))
        }
        let new = Scenario.Deed.newVersion("search", faults: [])
        return [
            ("first deployment", scenario([])),
            ("a new version", scenario([at(3, new)])),
            ("a revert in flight", scenario([at(3, new), at(6, .revert("search"))])),
            ("a revert while retained", scenario([at(3, new), at(14, .revert("search"))])),
            ("a version that crashes", scenario([at(3, .newVersion("search", faults: [.crashOnStart]))])),
            (
                "a version that fails its gate",
                scenario([at(3, .newVersion("search", faults: [.errors(perMille: 400, after: .zero)]))])
            ),
            ("two versions, one after another", scenario([at(3, new), at(6, new)])),
            (
                "dark, then active",
                scenario([
                    at(3, new), at(3, .setActivation("search", .inactive)), at(10, .setActivation("search", .active)),
                ])
            ),
            (
                "suspended in flight",
                scenario([at(3, new), at(5, .suspend("search", true)), at(12, .suspend("search", false))])
            ),
            ("removed in flight", scenario([at(3, new), at(6, .remove("search"))])),
            ("renamed in flight", scenario([at(3, new), at(6, .rename("search", to: "find"))])),
            (
                "a strategy edited in flight, with a consumer",
                scenario([at(3, new), at(6, .editStrategy("search"))]) { application in
                    application.release.components.append(
                        Component(name: "indexer", kind: .consumer, run: .simulated(SimulatedRun())))
                    application.replicas["indexer"] = 3
                }
            ),
        ]
    }

    private static func service(_ name: String, _ strategy: Strategy) -> Application {
        Application(
            name: name,
            release: Release(
                version: "1",
                components: [
                    Component(name: "api", kind: .service, run: .simulated(SimulatedRun(startTime: .seconds(10))))
                ]), replicas: ["api": 4], strategy: .inline(strategy))
    }
}
