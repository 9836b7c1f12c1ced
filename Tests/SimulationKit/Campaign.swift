package import Core

/// Many seeds, one after another or side by side.
package enum Campaign {
    /// The outcome of one seed.
    package struct Outcome: Sendable {
        package var seed: UInt64
        package var hash: UInt64
        package var counts: Laws.Counts
        package var crashes: Int
        /// How long the run was, in simulated time.
        package var span: Span
        package var violation: String?
    }

    package static func run(seed: UInt64) -> Outcome {
        var simulation = Simulation(Scenario(generatedFrom: seed))
        simulation.run()
        return Outcome(
            seed: seed, hash: simulation.trace.hash, counts: simulation.laws.counts, crashes: simulation.crashes,
            span: simulation.now - Simulation.start, violation: simulation.laws.violation?.description)
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

    /// The seeds of a range in which some law catches a mutant.
    package static func caught(_ mutant: Mutant, seeds: Range<UInt64>, tasks: Int) async -> [UInt64: Laws.Violation] {
        await withTaskGroup(of: [UInt64: Laws.Violation].self) { group in
            for offset in 0..<UInt64(max(1, tasks)) {
                group.addTask {
                    var caught: [UInt64: Laws.Violation] = [:]
                    for seed in stride(from: seeds.lowerBound + offset, to: seeds.upperBound, by: max(1, tasks)) {
                        caught[seed] = violation(of: mutant, seed: seed)
                    }
                    return caught
                }
            }
            return await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
    }

    /// How a seed shows that an engine is a mutant: in a run of its own, or in a control run.
    package static func violation(of mutant: Mutant, seed: UInt64) -> Laws.Violation? {
        guard let trouble = mutant.trouble else { return violation(Scenario(generatedFrom: seed), mutant) }
        let difference = Isolation.difference(seed: seed, trouble) { MutantEngine(mutant, $0) }
        guard let difference, !difference.hasPrefix(Isolation.brokenLaw) else { return nil }
        return Laws.Violation(law: Isolation.law, at: Simulation.start, message: difference)
    }

    /// What a failure says: the seed, what is left of the scenario, and how to see it again.
    package static func report(seed: UInt64, of mutant: Mutant? = nil) -> String {
        let scenario = Scenario(generatedFrom: seed)
        guard let shrunk = Shrinker.shrink(scenario, fails: { violation($0, mutant) }) else {
            return "seed \(seed) breaks no law"
        }
        var lines = ["seed \(seed) breaks \(shrunk.violation)", "fleet:"]
        for application in shrunk.scenario.fleet {
            let replicas = application.replicas.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            lines.append("  \(application.name) \(application.release.version) \(replicas.joined(separator: " "))")
        }
        lines.append("steps:")
        for step in shrunk.scenario.steps { lines.append("  \(step)") }
        lines.append("faults: \(shrunk.scenario.faults.map(\.rawValue).joined(separator: ", "))")
        let arguments = ["--seed", "\(seed)"] + (mutant.map { ["--mutant", $0.rawValue] } ?? [])
        lines.append(
            "replay: swift run -c release sluice-simulation "
                + (arguments + shrunk.reduction.arguments).joined(separator: " "))
        return lines.joined(separator: "\n")
    }

    /// One run, of the correct engine or of a mutant.
    package static func simulation(_ scenario: Scenario, _ mutant: Mutant? = nil, keepsLines: Bool = false)
        -> Simulation
    {
        let trace = Trace(keepsLines: keepsLines)
        guard let mutant else { return Simulation(scenario, trace: trace) }
        return Simulation(scenario, trace: trace) { MutantEngine(mutant, $0) }
    }

    /// The law that a scenario breaks; nil where it breaks none.
    package static func violation(_ scenario: Scenario, _ mutant: Mutant? = nil) -> Laws.Violation? {
        var simulation = simulation(scenario, mutant)
        simulation.run()
        return simulation.laws.violation
    }
}
