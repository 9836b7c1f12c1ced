import Core
import SimulationKit
import Testing

@Suite struct IsolationTests {
    @Test(arguments: Isolation.Trouble.allCases)
    func `one application in trouble does not delay the others`(_ trouble: Isolation.Trouble) {
        for seed in 1...25 as ClosedRange<UInt64> {
            let difference = Isolation.difference(seed: seed, trouble) { Engine(configuration: $0) }
            #expect(difference == nil, "seed \(seed)")
        }
    }

    @Test(arguments: [
        (Mutant.failureStopsOthers, Isolation.Trouble.actionsRefused), (.gateStopsOthers, .gatesHang),
    ])
    func `an engine that lets one delay the others is found out`(_ mutant: Mutant, _ trouble: Isolation.Trouble) {
        let found = (1...25 as ClosedRange<UInt64>).contains { seed in
            Isolation.difference(seed: seed, trouble) { MutantEngine(mutant, $0) } != nil
        }
        #expect(found)
    }
}
