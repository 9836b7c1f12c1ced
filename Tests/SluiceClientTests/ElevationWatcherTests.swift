import Foundation
import Glibc
import Signal
import SluiceClient
import Synchronization
import TestSupport
import Testing

/// The watcher against endpoints on real sockets, good and bad ones.
@Suite(.timeLimit(.minutes(5))) struct ElevationWatcherTests {
    private let settings = ElevationWatch.Settings(interval: .milliseconds(20), backoffLimit: .milliseconds(40))

    private func state(_ isActive: Bool, _ sequence: Int) -> String {
        ElevationState(
            instance: "a", application: "search", component: "indexer", side: .flip, version: "1", isActive: isActive,
            weight: 100, since: "2026-11-21T07:30:00Z", order: .init(epoch: 4, sequence: sequence)
        ).json
    }

    private func ok(_ body: String) -> String { "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)" }

    @Test func `hooks are called as the endpoint says, and what the worker does is said there`() async throws {
        let endpoint = try TestEndpoint(ok(state(false, 1)))
        let watcher = try ElevationWatcher(endpoint.address, settings)
        let calls = Mutex<[String]>([])
        let running = Task {
            await watcher.run { _ in
                calls.withLock { $0.append("on") }
            } onDeactivate: { _ in
                watcher.report(.draining, inFlight: 2)
                try? await eventually { endpoint.last.contains("draining; in-flight=2; follows=4.3") }
                calls.withLock { $0.append("off") }
            }
        }
        try await eventually { endpoint.last.contains("paused; in-flight=0; follows=4.1") }
        endpoint.answer = ok(state(true, 2))
        try await eventually { endpoint.last.contains("consuming; in-flight=0; follows=4.2") }
        endpoint.answer = ok(state(false, 3))
        try await eventually { endpoint.last.contains("paused; in-flight=0; follows=4.3") }
        #expect(calls.withLock { $0 } == ["on", "off"])
        running.cancel()
        await running.value
    }

    @Test func `it stays active while the endpoint goes away and comes back`() async throws {
        let endpoint = try TestEndpoint(ok(state(true, 1)))
        let watcher = try ElevationWatcher(endpoint.address, settings)
        try await eventually { watcher.current.isActive }
        for bad in ["", "HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n", "nonsense\r\n\r\n", ok("{\"active\":false}")] {
            endpoint.answer = bad
            try await eventually { watcher.current.problem != nil }
            #expect(watcher.current.isActive)
            endpoint.answer = ok(state(true, 1))
            try await eventually { watcher.current.problem == nil }
        }
        endpoint.answer = ok(state(false, 2))
        try await eventually { !watcher.current.isActive }
    }

    @Test func `an endpoint that never ends its answer is given up`() async throws {
        let endpoint = try TestEndpoint(String(repeating: "a", count: 100_000))
        let watcher = try ElevationWatcher(endpoint.address, settings)
        try await eventually { if case .refused = watcher.current.problem { true } else { false } }
        #expect(!watcher.current.isActive)
    }

    @Test func `nobody there is away`() async throws {
        let watcher = try ElevationWatcher(.unix(path: "/nonexistent/socket"), settings)
        try await eventually { if case .away = watcher.current.problem { true } else { false } }
    }

    @Test func `the sequence begins with what stands, and ends with its task`() async throws {
        let endpoint = try TestEndpoint(ok(state(true, 1)))
        let watcher = try ElevationWatcher(endpoint.address, settings)
        let seen = Mutex<[Bool]>([])
        let reading = Task {
            for await elevation in watcher { seen.withLock { $0.append(elevation.isActive) } }
        }
        try await eventually { seen.withLock { $0.last } == true }
        endpoint.answer = ok(state(false, 2))
        try await eventually { seen.withLock { $0.last } == false }
        reading.cancel()
        await reading.value
    }

    @Test func `its thread ends with it`() async throws {
        let endpoint = try TestEndpoint(ok(state(true, 1)))
        weak var poller: ElevationPoller?
        do {
            let watcher = try ElevationWatcher(endpoint.address, settings)
            poller = watcher.poller
            try await eventually { watcher.current.isActive }
        }
        try await eventually { poller == nil }
    }
}

/// An endpoint on a Unix socket that answers every request alike, and then hangs up.
private final class TestEndpoint: Sendable {
    let address: ElevationEndpoint
    private let path: String
    private let shared: Shared
    private let file: Int32

    private final class Shared: Sendable {
        let state: Mutex<(answer: String, last: String)>

        init(_ answer: String) { state = Mutex((answer, "")) }
    }

    /// What is answered.
    var answer: String {
        get { shared.state.withLock { $0.answer } }
        set { shared.state.withLock { $0.answer = newValue } }
    }

    /// The last request.
    var last: String { shared.state.withLock { $0.last } }

    init(_ answer: String) throws {
        path = "/tmp/sluice-\(UUID().uuidString.prefix(8)).sock"
        address = .unix(path: path)
        shared = Shared(answer)
        file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { [path] in $0.copyBytes(from: path.utf8) }
        let listening = file
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(listening, 16) == 0)
        Thread.detachNewThread { [shared] in
            while case let client = accept(listening, nil, nil), client >= 0 {
                Self.serve(client, shared)
                close(client)
            }
            close(listening)
        }
    }

    deinit {
        shutdown(file, Int32(SHUT_RDWR))
        unlink(path)
    }

    /// Many requests to a connection, as real endpoints do.
    private static func serve(_ client: Int32, _ shared: Shared) {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = recv(client, &buffer, buffer.count, 0), count > 0 {
            let request = String(decoding: buffer[..<count], as: UTF8.self)
            let answer = shared.state.withLock { state in
                state.last = request
                return Array(state.answer.utf8)
            }
            if answer.isEmpty { return }
            var sent = 0
            while sent < answer.count {
                let more = answer[sent...].withUnsafeBytes {
                    send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if more <= 0 { return }
                sent += more
            }
        }
    }
}
