import Core

/// What is left of a failing scenario when everything that it fails without is taken away.
package struct Shrunk {
    package var scenario: Scenario
    package var reduction: Reduction
    package var violation: Laws.Violation
}

package enum Shrinker {
    /// Takes away applications, steps and kinds of fault, one at a time, and moves steps to round times, as long as
    /// the same law is still broken.
    ///
    /// - Parameters:
    ///   - scenario: one that fails.
    ///   - fails: the law that a scenario breaks; nil where it breaks none.
    /// - Returns: nil where the scenario does not fail.
    package static func shrink(_ scenario: Scenario, fails: (Scenario) -> Laws.Violation?) -> Shrunk? {
        guard var violation = fails(scenario) else { return nil }
        let law = violation.law
        var reduction = Reduction()
        func takes(_ edit: (inout Reduction) -> Void) -> Bool {
            var smaller = reduction
            edit(&smaller)
            guard let found = fails(smaller.applied(to: scenario)), found.law == law else { return false }
            (reduction, violation) = (smaller, found)
            return true
        }
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for application in scenario.fleet.reversed() where !reduction.applications.contains(application.name) {
                if takes({ $0.applications.insert(application.name) }) { isSmaller = true }
            }
            for position in scenario.steps.indices.reversed() where reduction.keeps(position, of: scenario) {
                if takes({ $0.steps.insert(position) }) { isSmaller = true }
            }
            for fault in reduction.faults ?? scenario.faults {
                let fewer = (reduction.faults ?? scenario.faults).filter { $0 != fault }
                if takes({ $0.faults = fewer }) { isSmaller = true }
            }
            // What is elsewhere in time may make more of it superfluous.
            for (position, step) in scenario.steps.enumerated() where reduction.keeps(position, of: scenario) {
                let at = reduction.times[position] ?? step.at
                for unit in [Span.minutes(10), .minutes(1)] {
                    let round = Span(milliseconds: at.milliseconds / unit.milliseconds * unit.milliseconds)
                    if round == at { break }
                    if takes({ $0.times[position] = round }) {
                        isSmaller = true
                        break
                    }
                }
            }
        }
        return Shrunk(scenario: reduction.applied(to: scenario), reduction: reduction, violation: violation)
    }
}
