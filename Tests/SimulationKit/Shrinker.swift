import Core

/// What is left of a failing scenario when everything that it fails without is taken away.
package struct Shrunk {
    package var scenario: Scenario
    /// Positions of the steps that were left out of the generated scenario.
    package var without: [Int]
    package var violation: Laws.Violation
}

package enum Shrinker {
    /// Takes away steps and then kinds of fault, one at a time, as long as some law is still broken.
    ///
    /// - Parameters:
    ///   - scenario: one that fails.
    ///   - fails: the law that a scenario breaks; nil where it breaks none.
    /// - Returns: nil where the scenario does not fail.
    package static func shrink(
        _ scenario: Scenario, fails: (Scenario) -> Laws.Violation?
    ) -> Shrunk? {
        guard var violation = fails(scenario) else { return nil }
        var kept = Array(scenario.steps.indices)
        var faults = scenario.faults
        func with(_ steps: [Int], _ faults: [Fault]) -> Scenario {
            var smaller = scenario
            smaller.steps = steps.map { scenario.steps[$0] }
            smaller.faults = faults
            return smaller
        }
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for index in kept.reversed() {
                let fewer = kept.filter { $0 != index }
                guard let found = fails(with(fewer, faults)) else { continue }
                (kept, violation, isSmaller) = (fewer, found, true)
            }
            for fault in faults {
                let fewer = faults.filter { $0 != fault }
                guard let found = fails(with(kept, fewer)) else { continue }
                (faults, violation, isSmaller) = (fewer, found, true)
            }
        }
        let without = scenario.steps.indices.filter { !kept.contains($0) }
        return Shrunk(scenario: with(kept, faults), without: Array(without), violation: violation)
    }
}
