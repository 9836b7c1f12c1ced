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

    @Option(help: "With --seed, --mutants or --isolation: the mutant to run instead of the correct engine.")
    var mutant: Mutant?

    @Option(help: "Applications to leave out of the seed's scenario, separated by commas.")
    var withoutApplications: String = ""

    @Option(help: "Positions of steps to leave out of the seed's scenario, separated by commas.")
    var without: String = ""

    @Option(help: "Steps that happen at another time, by position, separated by commas: 3=10m,5=12m30s.")
    var moved: String = ""

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

    @Flag(help: "Run each seed with an application in trouble and without it, and compare the others.")
    var isolation = false

    @Flag(help: "Crash at every effect of each crash-point scenario.")
    var crashPoints = false

    func run() async throws {
        if crashPoints { return try sweepCrashPoints() }
        if let seed { return try replay(seed) }
        if mutants { return try await catchMutants() }
        if isolation { return try isolate() }
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
        let hours = outcomes.reduce(0) { $0 + Double($1.span.milliseconds) } / 3_600_000
        print(
            "\(outcomes.count) seeds, \(Int(Double(outcomes.count) / elapsed)) a second, "
                + "\(Int(hours / elapsed)) simulated hours a second: "
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
        let reduction: Reduction
        do throws(Reduction.Unreadable) {
            reduction = try Reduction(applications: withoutApplications, steps: without, times: moved, faults: faults)
        } catch {
            throw ValidationError(error.description)
        }
        let scenario = reduction.applied(to: Scenario(generatedFrom: seed))
        for application in scenario.fleet {
            guard case .inline(let strategy) = application.strategy else { continue }
            print(application.name, application.activation, application.replicas.sorted { $0.key < $1.key }, strategy)
        }
        var simulation = Campaign.simulation(scenario, mutant, keepsLines: true)
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

    /// A table of how many seeds catch each mutant, by the law that has to and by any, which laws do, and the first seed
    /// in which its own does.
    private func catchMutants() async throws {
        var escaped: [Mutant] = []
        print(row("mutant", "by its law", "by any", "of", "first", "laws"))
        for mutant in mutant.map({ [$0] }) ?? Mutant.allCases {
            let caught = await Campaign.caught(mutant, seeds: from..<from + seeds, tasks: tasks)
            let own = caught.filter { $0.value.law == mutant.law }
            if own.isEmpty { escaped.append(mutant) }
            let laws = Dictionary(grouping: caught.values, by: \.law).mapValues(\.count)
            let words = laws.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key): \($0.value)" }
            print(
                row(
                    mutant.rawValue, "\(own.count)", "\(caught.count)", "\(seeds)",
                    own.keys.min().map(String.init) ?? "never",
                    words.joined(separator: ", ")))
        }
        if escaped.isEmpty { return }
        for mutant in escaped { print("\(mutant.rawValue) is not caught by \(mutant.law)") }
        throw ExitCode(1)
    }

    private func row(
        _ mutant: String, _ own: String, _ caught: String, _ seeds: String, _ first: String, _ laws: String
    ) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return padded(mutant, 28) + padded(own, 12) + padded(caught, 8) + padded(seeds, 6) + padded(first, 8) + laws
    }

    private func isolate() throws {
        var failed = 0
        for trouble in Isolation.Trouble.allCases {
            var differences: [(seed: UInt64, text: String)] = []
            for seed in from..<from + seeds {
                let found = Isolation.difference(seed: seed, trouble) { configuration in
                    guard let mutant else { return Engine(configuration: configuration) }
                    return MutantEngine(mutant, configuration)
                }
                if let found { differences.append((seed, found)) }
            }
            print("\(trouble.rawValue): \(seeds) seeds, \(differences.count) differences")
            for difference in differences.prefix(3) { print("  seed \(difference.seed): \(difference.text)") }
            failed += differences.count
        }
        if failed > 0 { throw ExitCode(1) }
    }
}

extension Mutant: ExpressibleByArgument {}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

private func progress(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
