import Agent
import Logging
import Signal
import Synchronization
import TestSupport
import Testing

/// What goes up, and what stays known.
@Suite struct BoardTests {
    private func poll(_ client: RawClient, _ worker: WorkerReport) throws {
        let answer = try client.get("/sidecar/v1/elevation/active", "\(WorkerReport.header): \(worker.text)")
        #expect(answer?.status == 200)
    }

    @Test func `ten thousand polls that say the same are one report`() async throws {
        let machine = try Machine()
        let board = machine.board()
        #expect(board.takeReport(machine: "m1")?.isFull == true)
        try await machine.serving(board) { client async throws in
            for number in 0..<10_000 { try poll(client, WorkerReport(.consuming, inFlight: number % 7)) }
            let report = try #require(board.takeReport(machine: "m1"))
            #expect(!report.isFull)
            #expect(report.instances.map(\.worker?.doing) == [.consuming])
            #expect(board.takeReport(machine: "m1") == nil)
            // What a draining worker holds is what somebody waits for.
            for left in [2, 1, 1, 1] { try poll(client, WorkerReport(.draining, inFlight: left)) }
            #expect(board.takeReport(machine: "m1")?.instances.first?.worker == WorkerReport(.draining, inFlight: 1))
            try poll(client, WorkerReport(.paused))
            #expect(board.takeReport(machine: "m1")?.instances.first?.worker == WorkerReport(.paused))
            _ = try client.get("/sidecar/v1/elevation/active", "\(WorkerReport.header): paused; in-flight=3")
            #expect(board.takeReport(machine: "m1") == nil)
        }
    }

    @Test func `a worker that does not say what it follows has read what it was answered`() async throws {
        let machine = try Machine()
        let board = machine.board([Machine.state(active: true, 1)])
        _ = board.takeReport(machine: "m1")
        try await machine.serving(board) { client async throws in
            func follows(_ header: String) throws -> Int? {
                _ = try client.get("/sidecar/v1/elevation/active", "\(WorkerReport.header): \(header)")
                return board["indexer-1"]?.known.worker?.follows?.sequence
            }
            #expect(try follows("paused") == nil, "it has read nothing yet")
            #expect(try follows("paused") == 1)
            #expect(try follows("consuming; in-flight=2") == 1)
            _ = board.take(MachineElevations(isFull: false, states: [Machine.state(active: false, 2)]))
            // What it says now it does by what it read before.
            #expect(try follows("paused") == 1)
            #expect(try follows("paused") == 2)
            #expect(try follows("paused; follows=4.1") == 1, "what it says itself counts")
        }
    }

    @Test func `a connection ends with the registration that it belongs to`() async throws {
        let machine = try Machine()
        let board = machine.board([Machine.state(active: true, 1)])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = EndpointServer(board: board, time: machine.time, logger: logger)
        var listening = Listening(server: server, logger: logger)
        await listening.follow(board.instances)
        let client = try RawClient(path: machine.socket("indexer-1"))
        #expect(try client.get("/sidecar/v1/elevation/active")?.body == #"{"active":true}"#)
        board.take(["indexer-1": machine.registration("indexer-1", version: "3.0.0")], at: 0)
        await listening.follow(board.instances)
        #expect(try client.get("/sidecar/v1/elevation/active") == nil)
        let next = try RawClient(path: machine.socket("indexer-1"))
        #expect(try next.get("/sidecar/v1/elevation/active")?.body == #"{"active":false}"#)
        await listening.end()
        await server.shutDown()
    }

    @Test func `nothing is reported before all that is registered was read`() throws {
        let machine = try Machine()
        let board = InstanceBoard(told: [Machine.state(active: true, 1)], staleSince: 0, takesReports: true)
        _ = board.take(MachineElevations(isFull: true, states: []))
        board.take([:], at: 0, isComplete: false)
        #expect(board.takeReport(machine: "m1") == nil)
        board.take(["indexer-1": machine.registration("indexer-1")], at: 0)
        let report = try #require(board.takeReport(machine: "m1"))
        #expect(report.isFull)
        #expect(report.instances.map(\.told?.isActive) == [true], "the daemon learns what it goes on telling")
    }

    @Test func `what is reported as gone begins inactive when it comes back`() throws {
        let machine = try Machine()
        let board = machine.board([Machine.state(active: true, 1)])
        _ = board.takeReport(machine: "m1")
        // Back before anybody heard that it was away.
        board.take([:], at: 0)
        board.take(["indexer-1": machine.registration("indexer-1")], at: 0)
        #expect(board["indexer-1"]?.state.isActive == true)
        let report = try #require(board.takeReport(machine: "m1"))
        #expect(report.instances.map(\.isGone) == [false])
        #expect(!board.noteDelivery(of: report))
        // Away, and heard of.
        board.take([:], at: 0)
        let gone = try #require(board.takeReport(machine: "m1"))
        #expect(gone.instances.map(\.isGone) == [true])
        #expect(board.noteDelivery(of: gone))
        board.take(["indexer-1": machine.registration("indexer-1")], at: 0)
        #expect(board["indexer-1"]?.state.isActive == false)
    }

    @Test func `a report that did not arrive is sent again as it is by then`() throws {
        let machine = try Machine()
        let board = machine.board()
        board.noteFailure(of: try #require(board.takeReport(machine: "m1")))
        #expect(board.takeReport(machine: "m1")?.isFull == true)
        board.take([:], at: 0)
        board.noteFailure(of: try #require(board.takeReport(machine: "m1")))
        #expect(board.takeReport(machine: "m1")?.instances.map(\.isGone) == [true])
        #expect(board.takeReport(machine: "m1") == nil)
    }

    @Test func `while the source is gone its word is told with its age, and nothing is reported`() async throws {
        let machine = try Machine()
        let board = machine.board([Machine.state(active: true, 1)])
        try await machine.serving(board) { client async throws in
            let fresh = try #require(try client.get("/sidecar/v1/elevation"))
            #expect(fresh.headers["age"] == nil)
            board.lose(at: 1_800_000_000)
            machine.now.withLock { $0 += 75 }
            let stale = try #require(try client.get("/sidecar/v1/elevation", "If-None-Match: \(fresh.tag)"))
            #expect(stale.headers["age"] == "75")
            #expect(stale.body.contains(#""active":true"#))
            #expect(stale.body.contains(#""staleSince":"2027-01-15T08:00:00Z""#))
            #expect(board.takeReport(machine: "m1") == nil)
            _ = board.take(MachineElevations(isFull: true, states: []))
            #expect(try client.get("/sidecar/v1/elevation")?.tag == fresh.tag)
            #expect(board.takeReport(machine: "m1")?.isFull == true)
        }
    }

    @Test func `never more than one report is under way`() async throws {
        let machine = try Machine()
        let source = SlowSource()
        let board = machine.board()
        let sender = ReportSender(
            machine: "m1", board: board, source: source, time: machine.time,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup { group in
            group.addTask { try? await sender.run() }
            for number in 0..<500 {
                board.take(["indexer-1": machine.registration("indexer-1", version: "\(number)")], at: 0)
                guard number.isMultiple(of: 50) else { continue }
                try await eventually("a report is under way") { source.goOn() }
            }
            try await eventually("the last is reported") {
                _ = source.goOn()
                return source.seen.last?.instances.last?.version == "499"
            }
            group.cancelAll()
        }
        #expect(source.most == 1)
        #expect(source.seen.count < 500)
    }

    /// Counts how many reports are under way, and is done with one only when it is told to go on.
    private final class SlowSource: ElevationSource {
        private let counts = Mutex((now: 0, most: 0, seen: [MachineReport]()))
        private let standing = Mutex<[CheckedContinuation<Void, Never>]>([])
        var takesReports: Bool { true }
        var most: Int { counts.withLock { $0.most } }
        var seen: [MachineReport] { counts.withLock { $0.seen } }

        func run(_ receive: @escaping @Sendable (SourceNews) async -> Void) async throws {}

        /// Ends the reports that are under way; false where there are none.
        func goOn() -> Bool {
            let ended = standing.withLock { standing in
                defer { standing = [] }
                return standing
            }
            for waiting in ended { waiting.resume() }
            return !ended.isEmpty
        }

        func report(_ report: MachineReport) async throws {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            await withCheckedContinuation { waiting in standing.withLock { $0.append(waiting) } }
            counts.withLock { counts in
                counts.now -= 1
                counts.seen.append(report)
            }
        }
    }
}
