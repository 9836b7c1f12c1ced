import ArgumentParser
import Core
import SimulationKit
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Runs the deterministic simulation for as many seeds as are asked for, or replays one.
@main
struct SimulationRunner: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-simulation",
        abstract: "Run the real engine against a simulated platform and remote, one seed at a time.")

    @Option(help: "Replay this seed and print its trace.")
    var seed: UInt64?

    @Option(help: "Positions of steps to leave out of the seed's scenario, separated by commas.")
    var without: String = ""

    @Option(help: "Kinds of fault to allow, separated by commas, or none. Default: the seed's.")
    var faults: String?

    @Option(help: "Number of seeds to run.")
    var seeds: UInt64 = 2000

    @Option(help: "The first seed.")
    var from: UInt64 = 1

    @Option(help: "Seeds run side by side.")
    var tasks = 2

    @Flag(help: "Print a hash of each seed's trace.")
    var hashes = false

    @Flag(help: "Count the seeds that catch each mutant instead of running the correct engine.")
    var mutants = false

    @Flag(help: "Crash at every effect of each crash-point scenario.")
    var crashPoints = false

    func run() async throws {
        if crashPoints { return try sweepCrashPoints() }
        if let seed { return try replay(seed) }
        if mutants { return try catchMutants() }
        let clock = ContinuousClock()
        let start = clock.now
        let done = Mutex(0)
        let isTerminal = isatty(2) == 1
        let total = seeds
        let outcomes = await Campaign.run(seeds: from..<from + seeds, tasks: tasks) { _ in
            let count = done.withLock {
                $0 += 1; return $0
            }
            if isTerminal, count % 50 == 0 {
                let rate = Double(count) / (clock.now - start).seconds
                progress("\r\(count)/\(total) seeds, \(Int(rate)) a second")
            }
        }
        if isTerminal { progress("\n") }
        let elapsed = (clock.now - start).seconds
        if hashes {
            for outcome in outcomes.sorted(by: { $0.seed < $1.seed }) {
                print(outcome.seed, String(outcome.hash, radix: 16))
            }
        }
        let counts = outcomes.map(\.counts)
        print(
            "\(outcomes.count) seeds, \(Int(Double(outcomes.count) / elapsed)) a second: "
                + "\(counts.reduce(0) { $0 + $1.actions }) actions, \(counts.reduce(0) { $0 + $1.raises }) raises, "
                + "\(counts.reduce(0) { $0 + $1.retreats }) shrinks, \(counts.reduce(0) { $0 + $1.teardowns }) teardowns, "
                + "\(counts.reduce(0) { $0 + $1.pushes }) pushes, \(outcomes.reduce(0) { $0 + $1.crashes }) crashes")
        let failures = outcomes.filter { $0.violation != nil }.sorted { $0.seed < $1.seed }
        for failure in failures.prefix(3) { print(Campaign.report(seed: failure.seed)) }
        for failure in failures.dropFirst(3).prefix(30) {
            print("seed \(failure.seed) breaks \(failure.violation ?? "")")
        }
        print("\(outcomes.count - failures.count) passed, \(failures.count) failed")
        if !failures.isEmpty { throw ExitCode(1) }
    }

    private func replay(_ seed: UInt64) throws {
        var scenario = Scenario(generatedFrom: seed)
        let dropped = Set(without.split(separator: ",").compactMap { Int($0) })
        scenario.steps = scenario.steps.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
        if let faults { scenario.faults = faults.split(separator: ",").compactMap { Fault(rawValue: String($0)) } }
        for application in scenario.fleet {
            guard case .inline(let strategy) = application.strategy else { continue }
            print(application.name, application.activation, application.replicas.sorted { $0.key < $1.key }, strategy)
        }
        var simulation = Simulation(scenario, trace: Trace(keepsLines: true))
        simulation.run()
        for line in simulation.trace.lines { print(line) }
        if let violation = simulation.laws.violation {
            print("breaks \(violation)")
            throw ExitCode(1)
        }
        print("breaks no law; trace \(String(simulation.trace.hash, radix: 16))")
    }

    private func sweepCrashPoints() throws {
        var failed = 0
        for (name, scenario) in CrashPoints.scenarios {
            let report = CrashPoints.sweep(name, scenario)
            print("\(name): \(report.effects) effects, \(report.runs) runs, \(report.differences.count) differences")
            for difference in report.differences.prefix(4) { print("  \(difference)") }
            failed += report.differences.count
        }
        if failed > 0 { throw ExitCode(1) }
    }

    private func catchMutants() throws {
        var escaped: [Mutant] = []
        for mutant in Mutant.allCases {
            var caught: [UInt64: Laws.Violation] = [:]
            for seed in from..<from + seeds {
                var simulation = Simulation(Scenario(generatedFrom: seed)) { MutantEngine(mutant, $0) }
                simulation.run()
                caught[seed] = simulation.laws.violation
            }
            if caught.isEmpty { escaped.append(mutant) }
            let first = caught.min { $0.key < $1.key }
            print(
                "\(mutant.rawValue): caught by \(caught.count) of \(seeds) seeds; \(first.map { "\($0.key): \($0.value)" } ?? "never")"
            )
        }
        if !escaped.isEmpty { throw ExitCode(1) }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

private func progress(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
