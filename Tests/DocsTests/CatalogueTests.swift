import Core
import SimulationKit
import Testing

/// Pages that list what the code has, list all of it.
@Suite struct CatalogueTests {
    static func firstCells(_ path: String) throws -> Set<String> {
        Set(try Page(path).rows.flatMap { $0.first.map(ModulesTests.names) ?? [] })
    }

    @Test func `the operator's page says what to do about every reason to wait`() throws {
        let cells = try Self.firstCells("docs/operating.md")
        for reason in Waiting.Reason.allCases { #expect(cells.contains(reason.rawValue), "\(reason.rawValue)") }
    }

    @Test func `the phases are explained`() throws {
        let cells = try Self.firstCells("docs/concepts.md")
        for phase in Phase.allCases { #expect(cells.contains(phase.rawValue), "\(phase.rawValue)") }
    }

    @Test func `every folder of tests is named`() throws {
        let cells = try Self.firstCells("docs/testing.md")
        for folder in try Project.folders(in: "Tests") { #expect(cells.contains(folder), "\(folder)") }
    }

    @Test func `every fault and every mutant is named`() throws {
        let cells = try Self.firstCells("docs/testing.md")
        for fault in Fault.allCases { #expect(cells.contains(fault.rawValue), "\(fault.rawValue)") }
        for mutant in Mutant.allCases { #expect(cells.contains(mutant.rawValue), "\(mutant.rawValue)") }
    }
}
