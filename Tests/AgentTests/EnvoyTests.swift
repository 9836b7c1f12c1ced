import Agent
import Foundation
import Logging
import Signal
import TestSupport
import Testing

/// Envoy's files, as the real Envoy takes them. `Tests/run` installs it.
@Suite struct EnvoyTests {
    private let active = "/sidecar/v1/elevation/active"

    /// A program that ends with this object.
    private final class Running {
        let process = Process()

        init(_ words: [String]) throws {
            process.executableURL = URL(fileURLWithPath: EnvoyTests.envoy)
            process.arguments = words
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        deinit {
            // Swift's threads block signals, and what they start inherits that; this one cannot be blocked.
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    private static var envoy: String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return root.deletingLastPathComponent().path + "/.build/tools/envoy"
    }

    private static func port() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return in_port_t(bigEndian: address.sin_port)
    }

    private func ask(_ port: UInt16, host: String, _ path: String, _ headers: String = "") -> Response? {
        guard let client = try? RawClient(port: port) else { return nil }
        client.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n")
        return try? client.response()
    }

    @Test func `Envoy is there`() {
        #expect(
            FileManager.default.isExecutableFile(atPath: Self.envoy), "\(Self.envoy) is missing; Tests/run installs it")
    }

    @Test func `an activation and a weight arrive at a running Envoy, by the agent`() async throws {
        let machine = try Machine()
        let (sidecar, front) = (try Self.port(), try Self.port())
        let upstreams = PerSide(flip: try Self.port(), flop: try Self.port())
        // What stands on each side answers to its own name only, which tells one from the other.
        let board = InstanceBoard(told: [], staleSince: 0, takesReports: true)
        var registrations = ["indexer-1": machine.registration("indexer-1")]
        for side in Side.allCases {
            registrations[side.rawValue] = Registration(
                instance: side.rawValue, application: "search", component: "indexer", side: side, version: "2.0.0",
                listen: .loopback4(port: upstreams[side]))
        }
        board.take(registrations, at: 0)
        _ = board.take(MachineElevations(isFull: true, states: []))

        var registration = machine.registration("indexer-1")
        registration.listen = .loopback4(port: sidecar)
        machine.write(registration.json, to: "instances/indexer-1.json")
        let traffic = "\(machine.folder)/state/traffic"
        machine.write(
            """
            {"application":"search","listen":"127.0.0.1:\(front)","traffic":"\(traffic)",\
            "upstreams":{"flip":"localhost:\(upstreams.flip)","flop":"127.0.0.1:\(upstreams.flop)"}}
            """, to: "services/search.json")
        let source = MemorySource()
        let agent = MachineAgent(
            machine: "m1", instances: "\(machine.folder)/instances", state: "\(machine.folder)/state", source: source,
            envoy: EnvoyFiles(folder: "\(machine.folder)/envoy"), services: "\(machine.folder)/services",
            time: machine.time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        func tell(active: Bool, flop: Int?, _ sequence: Int) async {
            if let flop { machine.write(route(flop: flop, generation: sequence), to: "state/traffic") }
            await source.tell(
                .elevations(
                    MachineElevations(isFull: true, states: [Machine.state(active: active, sequence)])))
        }
        try await machine.serving(board) { _ async throws in
            try await withThrowingTaskGroup { group in
                group.addTask { do { try await agent.run() } catch is CancellationError {} }
                await tell(active: false, flop: nil, 1)
                try await eventually("the files are there") { machine.text("envoy/listeners.json") != nil }
                try await eventually("the service is in them") {
                    machine.text("envoy/listeners.json")?.contains("service-search") == true
                }
                try await validate(machine)
                let envoy = try Running([
                    "--config-path", "\(machine.folder)/envoy/bootstrap.json", "--concurrency", "1",
                    "--disable-hot-restart",
                    "--log-level", "off",
                ])
                let (own, name) = ("127.0.0.1:\(sidecar)", "localhost:\(upstreams.flip)")
                try await eventually("it is inactive") { ask(sidecar, host: own, active)?.body == #"{"active":false}"# }
                // There is no traffic file yet.
                try await eventually("flip answers") { ask(front, host: name, active)?.status == 200 }
                #expect(ask(sidecar, host: "rebound.example", active)?.status == 404)
                await tell(active: true, flop: 100, 2)
                try await eventually("it is active") { ask(sidecar, host: own, active)?.body == #"{"active":true}"# }
                try await eventually("flop answers") { ask(front, host: name, active)?.status == 421 }
                // A torn file, and one from before: the last weights stay, and what is right later is followed.
                machine.write(String(route(flop: 0, generation: 3).dropLast(20)), to: "state/traffic")
                machine.write(route(flop: 0, generation: 1), to: "state/traffic")
                await tell(active: false, flop: nil, 3)
                try await eventually("it is inactive") { ask(sidecar, host: own, active)?.body == #"{"active":false}"# }
                #expect(ask(front, host: name, active)?.status == 421)
                await tell(active: false, flop: 0, 4)
                try await eventually("flip answers again") { ask(front, host: name, active)?.status == 200 }
                // A report goes on to the agent, and from there to its source.
                try await eventually("the agent hears") {
                    _ = ask(sidecar, host: own, active, "\(WorkerReport.header): paused\r\n")
                    return source.reports.last?.instances.first?.worker == WorkerReport(.paused)
                }
                withExtendedLifetime(envoy) {}
                group.cancelAll()
            }
        }
    }

    private func route(flop: Int, generation: Int) -> String {
        var file = TrafficFile(
            application: "search", environment: "default", epoch: 1, sequence: generation, generation: generation,
            writtenAt: "2026-11-21T11:00:00Z")
        file.weights = PerSide(flip: 100 - flop, flop: flop)
        return String(decoding: file.json, as: UTF8.self)
    }

    /// Has Envoy judge what it would take up later too, as if it began with it.
    private func validate(_ machine: Machine) async throws {
        func resources(_ name: String, _ type: String) throws -> String {
            let text = try String(contentsOfFile: "\(machine.folder)/envoy/\(name).json", encoding: .utf8)
            let start = try #require(text.range(of: "\"resources\":")).upperBound
            return String(text[start...].dropLast(2)).replacing(
                "\"@type\":\"type.googleapis.com/envoy.config.\(type)\",", with: "")
        }
        let listeners = try resources("listeners", "listener.v3.Listener")
        let clusters = try resources("clusters", "cluster.v3.Cluster")
        machine.write(
            "{\"static_resources\":{\"listeners\":\(listeners),\"clusters\":\(clusters)}}", to: "envoy/static.json")
        for name in ["static", "bootstrap"] {
            let judging = try Running(["--mode", "validate", "--config-path", "\(machine.folder)/envoy/\(name).json"])
            try await eventually("it is judged") { !judging.process.isRunning }
            #expect(judging.process.terminationStatus == 0, "\(name).json")
        }
    }
}
