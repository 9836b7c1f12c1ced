import Core
import Foundation
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

    @Test func `every fault is named, and every mutant with the law that has to catch it`() throws {
        let cells = try Self.firstCells("docs/testing.md")
        for fault in Fault.allCases { #expect(cells.contains(fault.rawValue), "\(fault.rawValue)") }
        let rows = try Page("docs/testing.md").rows
        for mutant in Mutant.allCases {
            let row = rows.first { $0.first.map(ModulesTests.names)?.contains(mutant.rawValue) ?? false }
            #expect(row?.last == mutant.law, "\(mutant.rawValue)")
        }
    }

    @Test func `the command line's page tells of every field of a status`() throws {
        let start = Instant(milliseconds: 0)
        let digest = Release(version: "1", components: []).digest
        let placement = Placement(
            side: .flip, namespace: "flip",
            release: DeclaredRelease(
                release: Release(version: "1", components: []), digest: digest, introduced: "r", replicas: [:]),
            strategy: Strategy(stages: []), revision: "r", weight: 1, state: .current, since: start)
        var gate = GateProgress(name: "g")
        (gate.verdict, gate.detail, gate.nextAt) = (.passed, "d", start)
        var stage = StageProgress(index: 0, name: "s", weight: 1, enteredAt: start, deadline: start, gates: [gate])
        (stage.heldSince, stage.holdUntil, stage.pausedAt, stage.failure) = (start, start, start, "f")
        var removal = Removal(since: start, graceUntil: start)
        (removal.doneAt, removal.renamedTo) = (start, "b")
        var status = Status(application: "a", observedRevision: "r")
        (status.appliedRevision, status.stable, status.candidate) = ("r", placement, placement)
        (status.retained, status.stage) = (Retained(placement: placement, until: start, served: true), stage)
        status.rollback = RollbackProgress(reason: .reverted, message: "m", since: start)
        (status.removal, status.adopting, status.peakCapacity) = (removal, "b", 100)
        status.waiting = Waiting(.hold, "m", until: start)
        status.conditions = [
            Condition(type: .ready, status: true, reason: "R", message: "m", lastTransitionTime: start)
        ]
        let attempt = Attempt(digest: digest, introduced: "r")
        status.rejected = [Rejection(attempt: attempt, version: "1", reason: "r", at: start)]
        status.history = [HistoryEntry(at: start, revision: "r", message: "m")]

        let page = try Project.read("docs/cli.md")
        func check(_ value: Any) {
            if let list = value as? [Any] { list.forEach(check) }
            for (key, inner) in value as? [String: Any] ?? [:] {
                #expect(page.contains("`\(key)`"), "\(key)")
                // These two are as in the manifest.
                let isManifest = key == "strategy" || (key == "release" && (inner as? [String: Any])?["digest"] == nil)
                if !isManifest { check(inner) }
            }
        }
        check(try JSONSerialization.jsonObject(with: JSONEncoder().encode(status)))
    }
}
