import Agent
import Core
import Foundation
import FoundationNetworking
import Logging
import Routing
import ServiceLifecycle
import Signal
import Synchronization
import TestSupport
import Testing

/// The daemon's side and the agents' over real sockets.
@Suite(.timeLimit(.minutes(5))) struct ElevationServerTests {
    @Test func `two hundred agents hear one change once each, and say once what came of it`() async throws {
        try await withServer { hub, url in
            let agents = try (0..<200).map { try LocalAgent("m\($0)", url: url) }
            await hub.elevate("search", ElevationHubTests.wanted(0))
            try await withThrowingTaskGroup { group in
                for agent in agents { group.addTask { try await agent.source.run { await agent.take($0) } } }
                try await eventually { agents.allSatisfy { $0.heard > 0 } }
                for agent in agents { try await agent.source.report(agent.report(isFull: true)) }
                try await eventually { agents.allSatisfy { $0.state != nil } }
                let before = await hub.counts
                #expect(before == .init(down: 400, up: 200))

                await hub.elevate("search", ElevationHubTests.wanted(200))
                try await eventually { agents.allSatisfy { $0.state?.isActive == true } }
                for agent in agents { try await agent.source.report(agent.report(isFull: false)) }
                #expect(await hub.counts == .init(down: 600, up: 400))
                #expect(agents.allSatisfy { $0.heard == 3 })
                group.cancelAll()
            }
        }
    }

    @Test func `a daemon that comes back is found again, and tells everything`() async throws {
        let agent = try await withServer { hub, url -> LocalAgent in
            let agent = try LocalAgent("m1", url: url)
            try await hub.take(agent.report(isFull: true))
            await hub.elevate("search", ElevationHubTests.wanted(1))
            let following = Task { try await agent.source.run { await agent.take($0) } }
            try await eventually { agent.state?.isActive == true }
            // The same machine opens another stream: this one ends, and is opened again.
            let stream = try await hub.open("m1")
            try await eventually { agent.losses > 0 && agent.heard > 1 }
            await hub.close("m1", stream: stream)
            #expect(agent.state?.isActive == true)
            following.cancel()
            _ = await following.result
            return agent
        }
        await #expect(throws: (any Error).self) { try await agent.source.report(agent.report(isFull: true)) }
    }

    @Test func `another token is refused for good`() async throws {
        try await withServer { _, url in
            let source = try StreamSource(url: url, machine: "m1", token: "another token of enough bytes")
            await #expect(throws: StreamSource.Failure.self) { try await source.run { _ in } }
            // One that has something to go on telling waits: a proxy may answer so for a while.
            let patient = try StreamSource(
                url: url, machine: "m1", token: "another token of enough bytes", isPatient: true,
                sleep: { _ in throw CancellationError() })
            let reasons = Mutex<[String]>([])
            await #expect(throws: CancellationError.self) {
                try await patient.run { news in
                    if case .lost(let why) = news { reasons.withLock { $0.append(why) } }
                }
            }
            #expect(reasons.withLock { $0 }.first?.contains("does not take this token") == true)
        }
    }

    @Test(arguments: [
        ("POST", "m1", "{", "400"), ("POST", "m1", "{\"machine\":\"m2\",\"full\":true,\"instances\":[]}", "400"),
        ("POST", "%20", "{}", "400"), ("GET", "a%20b", "", "400"), ("POST", "m1", "{\"full\":true}", "400"),
    ])
    func `what is no machine's is refused`(_ method: String, _ machine: String, _ body: String, _ status: String)
        async throws
    {
        try await withServer { _, url in
            let path = method == "GET" ? "elevations" : "reports"
            var request = URLRequest(url: try #require(URL(string: "\(url)/agents/v1/\(machine)/\(path)")))
            request.httpMethod = method
            request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
            if method == "POST" { request.httpBody = Data(body.utf8) }
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            let (_, response) = try await URLSession.shared.data(for: request)
            #expect("\((response as? HTTPURLResponse)?.statusCode ?? 0)" == status)
        }
    }

    @Test(arguments: [
        ("Origin: https://example.com\r\n", "403"), ("Sec-Fetch-Site: cross-site\r\n", "403"), ("", "415"),
    ])
    func `no page in a browser is an agent, whatever token it has`(_ header: String, _ status: String) async throws {
        try await withServer { _, url in
            let answer = await RawExchange.ask(
                url,
                "POST /agents/v1/m1/reports HTTP/1.1\r\nHost: daemon.example.org\r\n\(header)"
                    + "Authorization: Bearer \(token)\r\nContent-Length: 2\r\n\r\n{}")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        }
    }

    @Test func `a token that is easy to guess is refused`() {
        #expect(throws: EffectFailure.self) {
            try ElevationServer(ElevationHub(time: StillTime()), port: 0, token: "secret", logger: silent)
        }
    }
}

private let token = "a token of enough bytes"
private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A machine's agent, as far as the daemon sees it.
private final class LocalAgent: Sendable {
    let machine: String
    let source: StreamSource
    private let known = Mutex<(state: ElevationState?, heard: Int, losses: Int)>((nil, 0, 0))

    init(_ machine: String, url: String) throws {
        self.machine = machine
        source = try StreamSource(url: url, machine: machine, token: token)
    }

    var state: ElevationState? { known.withLock { $0.state } }
    var heard: Int { known.withLock { $0.heard } }
    var losses: Int { known.withLock { $0.losses } }

    func take(_ news: SourceNews) async {
        known.withLock { known in
            switch news {
            case .elevations(let elevations):
                known.heard += 1
                if let state = elevations.states.first { known.state = state }
            case .lost: known.losses += 1
            }
        }
    }

    func report(isFull: Bool) -> MachineReport {
        let instance = InstanceReport(
            instance: "\(machine)-0", application: "search", component: "indexer", side: .flip, version: "1",
            worker: state.map { WorkerReport($0.isActive ? .consuming : .paused, follows: $0.order) })
        return MachineReport(machine: machine, isFull: isFull, instances: [instance])
    }
}

/// A hub that leads, behind a server on loopback.
private func withServer<Value: Sendable>(
    _ body: @Sendable (ElevationHub, String) async throws -> Value
) async throws -> Value {
    let hub = ElevationHub(time: StillTime())
    await hub.lead(3)
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let server = try ElevationServer(hub, port: 0, token: token, logger: silent) { port.yield($0) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        let number = try #require(await iterator.next())
        let value = try await body(hub, "http://127.0.0.1:\(number)")
        group.cancelAll()
        return value
    }
}
