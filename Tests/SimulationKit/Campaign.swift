import Core

/// Many seeds, one after another or side by side.
package enum Campaign {
    /// The outcome of one seed.
    package struct Outcome: Sendable {
        package var seed: UInt64
        package var hash: UInt64
        package var counts: Laws.Counts
        package var crashes: Int
        package var violation: String?
    }

    package static func run(seed: UInt64) -> Outcome {
        var simulation = Simulation(Scenario(generatedFrom: seed))
        simulation.run()
        return Outcome(
            seed: seed, hash: simulation.trace.hash, counts: simulation.laws.counts, crashes: simulation.crashes,
            violation: simulation.laws.violation?.description)
    }

    /// Runs seeds side by side on as many tasks as are asked for; outcomes come in any order.
    package static func run(
        seeds: Range<UInt64>, tasks: Int, each: @escaping @Sendable (Outcome) -> Void = { _ in }
    ) async -> [Outcome] {
        await withTaskGroup(of: [Outcome].self) { group in
            for offset in 0..<UInt64(max(1, tasks)) {
                group.addTask {
                    var outcomes: [Outcome] = []
                    var seed = seeds.lowerBound + offset
                    while seed < seeds.upperBound {
                        let outcome = run(seed: seed)
                        each(outcome)
                        outcomes.append(outcome)
                        seed += UInt64(max(1, tasks))
                    }
                    return outcomes
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// What a failure says: the seed, what is left of the scenario, and how to see it again.
    package static func report(seed: UInt64) -> String {
        let scenario = Scenario(generatedFrom: seed)
        guard let shrunk = Shrinker.shrink(scenario, fails: violation) else { return "seed \(seed) breaks no law" }
        var lines = ["seed \(seed) breaks \(shrunk.violation)", "fleet:"]
        for application in shrunk.scenario.fleet {
            lines.append("  \(application.name) \(application.release.version) \(application.replicas)")
        }
        lines.append("steps:")
        for step in shrunk.scenario.steps { lines.append("  \(step)") }
        lines.append("faults: \(shrunk.scenario.faults.map(\.rawValue).joined(separator: ", "))")
        let without = shrunk.without.map(String.init).joined(separator: ",")
        let faults = shrunk.scenario.faults.map(\.rawValue).joined(separator: ",")
        lines.append(
            "replay: swift run -c release sluice-simulation --seed \(seed)"
                + (without.isEmpty ? "" : " --without \(without)") + " --faults \(faults.isEmpty ? "none" : faults)")
        return lines.joined(separator: "\n")
    }

    private static func violation(_ scenario: Scenario) -> Laws.Violation? {
        var simulation = Simulation(scenario)
        simulation.run()
        return simulation.laws.violation
    }
}
