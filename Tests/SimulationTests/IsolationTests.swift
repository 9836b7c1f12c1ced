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
}
