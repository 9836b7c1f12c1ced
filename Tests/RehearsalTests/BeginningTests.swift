import Core
import Rehearsal
import Simulator
import Testing

/// Where a rehearsal begins, and what it takes for granted.
@Suite struct BeginningTests {
    /// A line whose second stage waits for two people.
    private static func commit(_ line: inout Line, _ version: String) -> FleetChange {
        var change = line.commit(Line.application(version))
        for index in change.declared.indices {
            change.declared[index].strategy = Strategy(stages: [
                .init(name: "canary", weight: 10, hold: .minutes(2)),
                .init(name: "half", weight: 50, hold: .minutes(2), gates: ["consent"]),
                .init(name: "full", weight: 100, hold: .minutes(1)),
            ])
            change.declared[index].gates = [
                "consent": Gate(name: "consent", when: .before, check: .approval(Approval(count: 2)))
            ]
        }
        return change
    }

    private static func rehearse(givesApprovals: Bool) -> Rehearsal {
        var (line, rehearsal) = (Line(), Rehearsal(isIdeal: true, gates: .pass))
        rehearsal.givesApprovals = givesApprovals
        let isSettled = rehearsal.settle(
            [commit(&line, "1"), commit(&line, "2")], limit: .hours(48))
        #expect(isSettled, "what is settled got past its approvals")
        rehearsal.declare(commit(&line, "3"))
        let isAtRest = rehearsal.run(limit: .hours(48), awaitsRetention: false)
        #expect(isAtRest)
        return rehearsal
    }

    @Test func `approvals are taken as given, told, and gone on behind`() {
        let rehearsal = Self.rehearse(givesApprovals: true)
        #expect(RehearsalTests.texts(rehearsal, .gate) == ["gate consent: 2 approvals, taken as given"])
        #expect(rehearsal.engine.status(of: "search")?.stable?.release.release.version == "3")
    }

    @Test func `where approvals are not given the rehearsal ends at the first`() {
        let rehearsal = Self.rehearse(givesApprovals: false)
        let status = rehearsal.engine.status(of: "search")
        #expect(status?.stable?.release.release.version == "2" && status?.stage?.name == "half")
        #expect(status?.waiting?.message.hasPrefix("gate consent: 0 of 2 approvals") == true)
        #expect(RehearsalTests.texts(rehearsal, .gate).isEmpty)
    }

    @Test func `a rehearsal begins at what a status records, in the middle of a rollout too`() throws {
        let live = Self.rehearse(givesApprovals: false)
        let status = try #require(live.engine.status(of: "search"))
        var line = Line()
        for version in ["1", "2", "3"] { _ = Self.commit(&line, version) }
        // The same head again: what is in flight goes on behind the approval, and nothing is deployed anew.
        var again = Rehearsal(isIdeal: true, gates: .pass)
        again.begin(with: [status], at: live.now)
        #expect(again.world.weights(of: "search") == Weights(10, on: status.candidate?.side ?? .flip))
        var head = Self.commit(&line, "3")
        head.isFull = true
        again.declare(head)
        let isAtRest = again.run(limit: .hours(48), awaitsRetention: false)
        #expect(isAtRest)
        #expect(RehearsalTests.texts(again, .deploy).isEmpty)
        #expect(again.engine.status(of: "search")?.stable?.release.release.version == "3")
        #expect(again.engine.status(of: "search")?.phase == .healthy)
        // Another head: what is in flight is turned back first.
        var next = Rehearsal(isIdeal: true, gates: .pass)
        next.begin(with: [status], at: live.now)
        var change = Self.commit(&line, "4")
        change.isFull = true
        next.declare(change)
        let isSettled = next.run(limit: .hours(48), awaitsRetention: false)
        #expect(isSettled)
        #expect(next.moments.first?.text == "back to 2: superseded by 4")
        #expect(next.engine.status(of: "search")?.stable?.release.release.version == "4")
    }

    @Test func `a replay that cannot be sent passes no gate, in a plan too`() {
        var (line, rehearsal) = (Line(), Rehearsal(isIdeal: true, gates: .pass))
        rehearsal.replayProblems = ["replays/a.jsonl": "replays/a.jsonl: there is no such file"]
        let isSettled = rehearsal.settle([line.commit(Line.application("1"))], limit: .hours(48))
        #expect(isSettled)
        var change = line.commit(Line.application("2"))
        change.declared[0].gates["errors"] = Gate(
            name: "errors", when: .before, check: .smokeTest(SmokeTest(requests: [], replay: "replays/a.jsonl")))
        rehearsal.declare(change)
        _ = rehearsal.run(limit: .hours(48), awaitsRetention: false)
        #expect(rehearsal.engine.status(of: "search")?.stable?.release.release.version == "1")
    }
}
