import Agent
import Logging
import Signal
import Synchronization
import TestSupport
import Testing

/// The whole of an agent on a machine's disk and sockets.
@Suite struct MachineAgentTests {
    private let path = "/sidecar/v1/elevation"

    private func running(_ machine: Machine, _ source: MemorySource, _ body: () async throws -> Void) async throws {
        let agent = MachineAgent(
            machine: "m1", instances: "\(machine.folder)/instances", state: "\(machine.folder)/state", source: source,
            time: machine.time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { group in
            group.addTask {
                do {
                    try await agent.run()
                } catch is CancellationError {}
            }
            try await body()
            group.cancelAll()
        }
    }

    private func answer(_ machine: Machine, _ instance: String) -> ElevationState? {
        guard let client = try? RawClient(path: machine.socket(instance)), let answer = try? client.get(path) else {
            return nil
        }
        return try? ElevationState(json: Array(answer.body.utf8))
    }

    @Test func `instances come and go, and each is told its own`() async throws {
        let machine = try Machine()
        let source = MemorySource()
        machine.register("one")
        try await running(machine, source) {
            await source.tell(
                .elevations(MachineElevations(isFull: true, states: [Machine.state("one", active: false, 1)])))
            machine.register("two")
            try await eventually("both are reported") {
                Set(source.reports.flatMap(\.instances).map(\.instance)) == ["one", "two"]
            }
            await source.tell(
                .elevations(MachineElevations(isFull: false, states: [Machine.state("two", active: true, 2)])))
            try await eventually("both answer") {
                answer(machine, "one")?.isActive == false && answer(machine, "two")?.isActive == true
            }
            #expect(source.reports.first?.isFull == true)
            machine.unregister("two")
            try await eventually("it is reported as gone") {
                source.reports.last?.instances.map(\.isGone) == [true]
            }
            try await eventually("nobody listens") { (try? RawClient(path: machine.socket("two"))) == nil }
            #expect(answer(machine, "one") != nil)
        }
    }

    @Test func `after a restart without its source an agent tells what it knew, and how old that is`() async throws {
        let machine = try Machine()
        machine.register("one")
        let source = MemorySource()
        try await running(machine, source) {
            await source.tell(
                .elevations(MachineElevations(isFull: true, states: [Machine.state("one", active: true, 7)])))
            try await eventually("it is active") { answer(machine, "one")?.isActive == true }
            // It is on the disk before the source is asked for the next.
            await source.tell(.elevations(MachineElevations(isFull: false, states: [])))
        }
        // Past the machine's own time, by which the file was written.
        machine.now.withLock { $0 = 4_000_000_000 }
        try await running(machine, MemorySource()) {
            try await eventually("it is still active") { answer(machine, "one")?.isActive == true }
            let age = try RawClient(path: machine.socket("one")).get(path)?.headers["age"]
            #expect((age.flatMap { Int($0) } ?? 0) > 1_000_000)
        }
    }

    @Test func `a wrong registration is said once, holds no other, and does not end its instance`() throws {
        let machine = try Machine()
        machine.register("one")
        machine.register("two")
        var folder = RegistrationFolder<Registration>("\(machine.folder)/instances")
        var look = folder.look()
        #expect(look?.registrations.count == 2)
        machine.write("{", to: "instances/one.json")
        machine.write(machine.registration("four").json, to: "instances/three.json")
        look = folder.look()
        #expect(look?.registrations.keys.sorted() == ["one", "two"])
        #expect(look?.findings.count == 2)
        look = folder.look()
        #expect(look?.findings == [])
        machine.unregister("one")
        machine.unregister("three")
        look = folder.look()
        #expect(look?.registrations.keys.sorted() == ["two"])
    }

    @Test func `a folder at rest is not read again`() throws {
        let machine = try Machine()
        machine.register("one")
        var folder = RegistrationFolder<Registration>("\(machine.folder)/instances", now: { 4_000_000_000 })
        var look = folder.look()
        #expect(look?.registrations.count == 1)
        look = folder.look()
        #expect(look == nil)
        machine.register("two")
        look = folder.look()
        #expect(look?.registrations.count == 2)
    }

    @Test(arguments: [
        "0.0.0.0:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "localhost:80", "unix:relative", "unix:/",
        "[::]:80", "127.0.0.1:+1", "10.0.0.1:80",
    ])
    func `an address that others reach is none`(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: ["127.0.0.1:7431", "[::1]:7431", "unix:/run/one.sock"])
    func `an address is read as it is written`(_ text: String) {
        #expect(ListenAddress(text)?.text == text)
    }
}
