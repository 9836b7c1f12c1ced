import Core
import SimulationKit
import Testing

/// What a failure prints is a scenario that fails, and a command that runs exactly that.
@Suite struct ReductionTests {
    private let mutant = Mutant.noDataPasses

    private func failure() throws -> (Scenario, Laws.Violation) {
        let found = (1...100 as ClosedRange<UInt64>).lazy.compactMap { seed -> (Scenario, Laws.Violation)? in
            let scenario = Scenario(generatedFrom: seed)
            return Campaign.violation(scenario, mutant).map { (scenario, $0) }
        }
        return try #require(found.first)
    }

    @Test func `a shrunk scenario breaks the same law and holds nothing that it breaks it without`() throws {
        let (scenario, violation) = try failure()
        let shrunk = try #require(Shrinker.shrink(scenario) { Campaign.violation($0, mutant) })
        #expect(shrunk.violation.law == violation.law)
        #expect(shrunk.scenario.fleet.count < scenario.fleet.count)
        #expect(shrunk.scenario.steps.count < scenario.steps.count)
        for application in shrunk.scenario.fleet {
            var fewer = shrunk.reduction
            fewer.applications.insert(application.name)
            #expect(Campaign.violation(fewer.applied(to: scenario), mutant)?.law != violation.law)
        }
    }

    @Test func `the options that a failure prints reproduce it`() throws {
        let (scenario, _) = try failure()
        let shrunk = try #require(Shrinker.shrink(scenario) { Campaign.violation($0, mutant) })
        var options: [String: String] = [:]
        let arguments = shrunk.reduction.arguments
        for index in stride(from: 0, to: arguments.count, by: 2) { options[arguments[index]] = arguments[index + 1] }
        let read = try Reduction(
            applications: options["--without-applications"] ?? "", steps: options["--without"] ?? "",
            times: options["--moved"] ?? "", faults: options["--faults"])
        #expect(read == shrunk.reduction)
        let again = try #require(Campaign.violation(read.applied(to: Scenario(generatedFrom: scenario.seed)), mutant))
        #expect(again.description == shrunk.violation.description)
        #expect(Campaign.report(seed: scenario.seed, of: mutant).contains(arguments.joined(separator: " ")))
    }

    @Test(
        arguments: [("x", "", nil), ("", "3", nil), ("", "3=soon", nil), ("", "", "pushFials")]
            as [(String, String, String?)])
    func `an option that means nothing is refused`(steps: String, times: String, faults: String?) {
        #expect(throws: Reduction.Unreadable.self) {
            _ = try Reduction(applications: "", steps: steps, times: times, faults: faults)
        }
    }
}
