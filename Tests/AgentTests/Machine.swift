import Agent
import Foundation
import Glibc
import Logging
import Signal
import Synchronization
import Testing

/// A machine with instances whose time only the test moves.
final class Machine: Sendable {
    let folder: String
    let now = Mutex(1_800_000_000)

    init() throws {
        var template = Array("/tmp/sluice-agent-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        mkdir("\(folder)/instances", 0o755)
        mkdir("\(folder)/state", 0o755)
        mkdir("\(folder)/services", 0o755)
        mkdir("\(folder)/envoy", 0o755)
    }

    deinit {
        for part in ["instances", "state", "services", "envoy", ""] {
            for name in Self.names("\(folder)/\(part)") { unlink("\(folder)/\(part)/\(name)") }
            rmdir("\(folder)/\(part)")
        }
    }

    /// Time stands still until the test moves it; waiting is giving way.
    var time: AgentTime {
        AgentTime(now: { self.now.withLock { $0 } }) { _ in
            try Task.checkCancellation()
            // Whoever waits for nothing in particular would take all the time from those who do.
            try await ContinuousClock().sleep(for: .milliseconds(1))
        }
    }

    func socket(_ instance: String) -> String { "\(folder)/\(instance).sock" }

    func registration(_ instance: String, version: String = "2.0.0") -> Registration {
        Registration(
            instance: instance, application: "search", component: "indexer", side: .flop, version: version,
            listen: .unix(path: socket(instance)))
    }

    func register(_ instance: String, version: String = "2.0.0") {
        write(registration(instance, version: version).json, to: "instances/\(instance).json")
    }

    func unregister(_ instance: String) { unlink("\(folder)/instances/\(instance).json") }

    func text(_ name: String) -> String? { try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

    func write(_ text: String, to name: String) {
        let path = "\(folder)/\(name)"
        guard let file = fopen(path + ".part", "w") else { return }
        fputs(text, file)
        fclose(file)
        rename(path + ".part", path)
    }

    /// Serves what is on a board while `body` runs.
    func serving(
        _ board: InstanceBoard, idleTime: Duration = .seconds(90), _ body: (RawClient) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = EndpointServer(board: board, time: time, idleTime: idleTime, logger: logger)
        var listening = Listening(server: server, logger: logger)
        await listening.follow(board.instances)
        do {
            try await body(RawClient(path: socket("indexer-1")))
        } catch {
            await listening.end()
            await server.shutDown()
            throw error
        }
        await listening.end()
        await server.shutDown()
    }

    /// A board with one instance, whose source is there.
    func board(_ states: [ElevationState] = []) -> InstanceBoard {
        let board = InstanceBoard(told: [], staleSince: 1_800_000_000, takesReports: true)
        board.take(["indexer-1": registration("indexer-1")], at: 1_800_000_000)
        _ = board.take(MachineElevations(isFull: true, states: states))
        return board
    }

    static func state(
        _ instance: String = "indexer-1", active: Bool, _ sequence: Int, version: String = "2.0.0"
    ) -> ElevationState {
        ElevationState(
            instance: instance, application: "search", component: "indexer", side: .flop, version: version,
            isActive: active, weight: active ? 10 : 0, since: "2026-11-21T11:00:00Z",
            order: ElevationState.Order(epoch: 4, sequence: sequence))
    }

    private static func names(_ folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }
}
