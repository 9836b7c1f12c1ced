import Core
import SimulationKit
import Testing

@Suite struct SimulationTests {
    @Test func `five hundred seeds break no law`() async {
        let outcomes = await Campaign.run(seeds: 1..<501, tasks: 2)
        let failures = outcomes.filter { $0.violation != nil }.sorted { $0.seed < $1.seed }
        if let first = failures.first { Issue.record("\(Campaign.report(seed: first.seed))") }
        #expect(failures.isEmpty)
        #expect(outcomes.reduce(0) { $0 + $1.counts.raises } > 1000)
        #expect(outcomes.reduce(0) { $0 + $1.counts.teardowns } > 100)
        #expect(outcomes.reduce(0) { $0 + $1.crashes } > 100)
    }

    @Test(arguments: [1, 77, 4242] as [UInt64])
    func `the same seed gives the same trace`(seed: UInt64) {
        func lines() -> [String] {
            var simulation = Simulation(Scenario(generatedFrom: seed), trace: Trace(keepsLines: true))
            simulation.run()
            return simulation.trace.lines
        }
        #expect(lines() == lines())
    }

    @Test(arguments: CrashPoints.scenarios.indices)
    func `a crash at any effect ends in the same state`(_ index: Int) {
        let (name, scenario) = CrashPoints.scenarios[index]
        let report = CrashPoints.sweep(name, scenario)
        #expect(report.effects > 5)
        for difference in report.differences.prefix(3) { Issue.record("\(name), \(difference)") }
        #expect(report.differences.isEmpty)
    }

    @Test(arguments: Mutant.allCases)
    func `the law that a mutant breaks catches it`(_ mutant: Mutant) {
        let caught = (1...400 as ClosedRange<UInt64>).first {
            Campaign.violation(of: mutant, seed: $0)?.law == mutant.law
        }
        #expect(caught != nil, "\(mutant.law)")
    }
}
