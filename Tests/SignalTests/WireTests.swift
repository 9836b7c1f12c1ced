import Signal
import Testing

@Suite struct WireTests {
    private let state = ElevationState(
        instance: "search.indexer.flop-2", application: "search", component: "indexer", side: .flop,
        version: "4.2.0 \"rc\"", isActive: true, weight: 10, revision: "394313dfa2", since: "2026-11-21T10:00:00Z",
        order: ElevationState.Order(epoch: 3, sequence: 17))

    @Test func `what is written is read again`() throws {
        #expect(try ElevationState(json: Array(state.json.utf8)) == state)
        let down = MachineElevations(isFull: true, states: [state])
        #expect(try MachineElevations(json: Array(down.json.utf8)) == down)
        let report = MachineReport(
            machine: "worker-1", isFull: false,
            instances: [
                InstanceReport(
                    instance: "a", application: "search", component: "indexer", side: .flip, version: "1",
                    worker: WorkerReport(.draining, inFlight: 3, follows: state.order)),
                InstanceReport(
                    instance: "b", application: "search", component: "indexer", side: .flip, version: "1", isGone: true),
            ])
        #expect(try MachineReport(json: Array(report.json.utf8)) == report)
    }

    @Test(arguments: [
        ("paused", WorkerReport(.paused)), ("paused; in-flight=0; mood=good", WorkerReport(.paused)),
        ("draining;in-flight=3", WorkerReport(.draining, inFlight: 3)),
        (
            "consuming; in-flight=2; follows=4.17",
            WorkerReport(.consuming, inFlight: 2, follows: ElevationState.Order(epoch: 4, sequence: 17))
        ),
        ("", nil), ("busy", nil), ("paused; in-flight=1", nil), ("draining; in-flight=-1", nil),
        ("consuming; follows=4", nil), ("consuming; in-flight=99999999999999999999", nil),
        ("consuming; in-flight=1000000000", WorkerReport(.consuming, inFlight: 1_000_000_000)),
        ("consuming; in-flight=1000000001", nil),
    ]) func `a worker's report is read strictly`(text: String, expected: WorkerReport?) {
        #expect(WorkerReport(text: text) == expected)
        if let expected { #expect(WorkerReport(text: expected.text) == expected) }
    }

    @Test(arguments: ["", ".", "..", "a/b", "a b", "a\n", "ä", String(repeating: "a", count: 129)])
    func `a name that could lead elsewhere is none`(name: String) {
        #expect(!InstanceName.isValid(name))
        var other = state
        other.instance = name
        #expect(throws: WireError.self) { try ElevationState(json: Array(other.json.utf8)) }
    }

    @Test func `what is impossible is refused`() {
        for text in [
            "", "[]", "{}", state.json.replacing("\"weight\":10", with: "\"weight\":101"),
            state.json.replacing("flop\"", with: "flap\""), state.json.replacing("true", with: "1"),
            String(state.json.dropLast()),
        ] {
            #expect(throws: WireError.self) { try ElevationState(json: Array(text.utf8)) }
        }
    }
}
