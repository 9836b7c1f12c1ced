import Agent
import Glibc
import Signal
import TestSupport
import Testing

/// What an instance's endpoint answers, to workers and to others.
@Suite struct EndpointTests {
    private let active = "/sidecar/v1/elevation/active"
    private let whole = "/sidecar/v1/elevation"

    @Test func `an instance that nothing was said for is inactive`() async throws {
        let machine = try Machine()
        try await machine.serving(machine.board()) { client async throws in
            let answer = try #require(try client.get(active))
            #expect(answer.status == 200)
            #expect(answer.body == #"{"active":false}"#)
            let state = try ElevationState(json: Array(try #require(try client.get(whole)).body.utf8))
            #expect(!state.isActive)
            #expect(state.version == "2.0.0")
        }
    }

    @Test func `a change is answered at once, and what did not change costs no body`() async throws {
        let machine = try Machine()
        let board = machine.board()
        try await machine.serving(board) { client async throws in
            let first = try #require(try client.get(active))
            #expect(try client.get(active, "If-None-Match: \(first.tag)")?.status == 304)
            #expect(try client.get(active, "if-none-match: \"x\", W/\(first.tag)")?.status == 304)
            _ = board.take(MachineElevations(isFull: false, states: [Machine.state(active: true, 17)]))
            let second = try #require(try client.get(active, "If-None-Match: \(first.tag)"))
            #expect(second.status == 200)
            #expect(second.body == #"{"active":true}"#)
            let state = try ElevationState(json: Array(try #require(try client.get(whole)).body.utf8))
            #expect(state == Machine.state(active: true, 17))
        }
    }

    @Test func `an older state and another release's are not followed`() async throws {
        let machine = try Machine()
        let board = machine.board([Machine.state(active: false, 17)])
        _ = board.take(MachineElevations(isFull: true, states: [Machine.state(active: true, 16)]))
        #expect(board["indexer-1"]?.state.isActive == false)
        _ = board.take(MachineElevations(isFull: true, states: [Machine.state(active: true, 18, version: "1.0.0")]))
        #expect(board["indexer-1"]?.state.isActive == false)
        _ = board.take(MachineElevations(isFull: true, states: [Machine.state(active: true, 19)]))
        #expect(board["indexer-1"]?.state.isActive == true)
    }

    @Test func `who waits is answered when there is news, and not before`() async throws {
        let machine = try Machine()
        let board = machine.board([Machine.state(active: false, 1)])
        try await machine.serving(board) { client async throws in
            let first = try #require(try client.get(active))
            client.send(RawClient.request(active + "?wait=60", ["If-None-Match: \(first.tag)"]))
            try await eventually("it waits") { board["indexer-1"]?.waiters == 1 }
            // News that this path does not show: it goes on waiting.
            _ = board.take(MachineElevations(isFull: false, states: [Machine.state(active: false, 2)]))
            try await eventually("it waits again") { board["indexer-1"]?.waiters == 1 }
            _ = board.take(MachineElevations(isFull: false, states: [Machine.state(active: true, 3)]))
            #expect(try client.response()?.body == #"{"active":true}"#)
            #expect(board["indexer-1"]?.waiters == 0)
            // Where there is news already it does not wait, and without news it is told so in the end.
            #expect(try client.get(active + "?wait=60", "If-None-Match: \(first.tag)")?.status == 200)
            let now = try #require(try client.get(active))
            #expect(try client.get(active + "?wait=1", "If-None-Match: \(now.tag)")?.status == 304)
        }
    }

    @Test func `who goes away waits no longer`() async throws {
        let machine = try Machine()
        let board = machine.board()
        try await machine.serving(board) { client async throws in
            let tag = try #require(try client.get(active)).tag
            do {
                let other = try RawClient(path: machine.socket("indexer-1"))
                other.send(RawClient.request(active + "?wait=60", ["If-None-Match: \(tag)"]))
                try await eventually("it waits") { board["indexer-1"]?.waiters == 1 }
            }
            try await eventually("it is gone") { board["indexer-1"]?.waiters == 0 }
        }
    }

    @Test func `requests that are sent at once are answered in order`() async throws {
        let machine = try Machine()
        try await machine.serving(machine.board([Machine.state(active: true, 1)])) { client async throws in
            client.send(String(repeating: RawClient.request(active) + RawClient.request("/other"), count: 50))
            for _ in 0..<50 {
                #expect(try client.response()?.body == #"{"active":true}"#)
                #expect(try client.response()?.status == 404)
            }
        }
    }

    @Test func `a request may come byte by byte`() async throws {
        let machine = try Machine()
        try await machine.serving(machine.board()) { client async throws in
            for byte in RawClient.request(active).utf8 { client.send(String(UnicodeScalar(byte))) }
            #expect(try client.response()?.status == 200)
        }
    }

    struct Hostile: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var status: Int
        /// Whether the connection ends with it.
        var ends: Bool

        init(_ name: String, _ text: String, _ status: Int, ends: Bool = true) {
            (testDescription, self.text, self.status, self.ends) = (name, text, status, ends)
        }
    }

    static let hostile = [
        Hostile("no HTTP", "hello\r\n\r\n", 400),
        Hostile("no target", "GET HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        Hostile("a proxy's target", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        Hostile("a later version", "GET /sidecar/v1/elevation HTTP/2.0\r\nHost: localhost\r\n\r\n", 400),
        Hostile("no host", "GET /sidecar/v1/elevation HTTP/1.1\r\n\r\n", 400),
        Hostile("two hosts", "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", 400),
        Hostile("bare line feeds", "GET /sidecar/v1/elevation HTTP/1.1\nHost: localhost\n\n", 400),
        Hostile("a continued header", "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\n x\r\n\r\n", 400),
        Hostile("a space before the colon", "GET /sidecar/v1/elevation HTTP/1.1\r\nHost : localhost\r\n\r\n", 400),
        Hostile(
            "a body", "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 400),
        Hostile(
            "chunks",
            "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        Hostile("a NUL", "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\nX: \0\r\n\r\n", 400),
        Hostile("an endless line", "GET /" + String(repeating: "a", count: 9_000), 431),
        Hostile(
            "endless headers", "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 2_000), 431),
        Hostile("a post", "POST /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na", 405),
        Hostile("a head", "HEAD /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        Hostile("another path", "GET /sidecar/v1/elevation/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, ends: false),
        Hostile(
            "a wait that is none", "GET /sidecar/v1/elevation?wait=-1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400,
            ends: false),
        Hostile(
            "a page's name", "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: rebound.example\r\n\r\n", 421, ends: false),
        Hostile(
            "a page", "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n",
            403, ends: false),
        Hostile(
            "a page's picture",
            "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n"
                + "Sluice-Worker: paused\r\n\r\n", 403, ends: false),
        Hostile(
            "the last of a connection",
            "GET /sidecar/v1/elevation/active HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n", 200),
        Hostile("an old client", "GET /sidecar/v1/elevation/active HTTP/1.0\r\nHost: localhost\r\n\r\n", 200),
    ]

    @Test(arguments: hostile)
    func `what is no poll is refused`(_ hostile: Hostile) async throws {
        let machine = try Machine()
        try await machine.serving(machine.board()) { client async throws in
            client.send(hostile.text)
            #expect(try client.response()?.status == hostile.status)
            if hostile.ends {
                #expect(try client.response() == nil)
            } else {
                #expect(try client.get(active)?.status == 200)
            }
            // Whatever one connection does, the next is served.
            #expect(try RawClient(path: machine.socket("indexer-1")).get(active)?.status == 200)
        }
    }

    @Test func `a connection that asks nothing is ended`() async throws {
        let machine = try Machine()
        try await machine.serving(machine.board(), idleTime: .milliseconds(50)) { client async throws in
            client.send("GET /sidecar")
            #expect(try client.response() == nil)
        }
    }

    @Test func `connections have a limit`() async throws {
        let machine = try Machine()
        try await machine.serving(machine.board()) { client async throws in
            #expect(try client.get(active)?.status == 200)
            var others: [RawClient] = []
            for _ in 1..<128 {
                others.append(try RawClient(path: machine.socket("indexer-1")))
                #expect(try others.last?.get(active)?.status == 200)
            }
            #expect(try RawClient(path: machine.socket("indexer-1")).response() == nil)
            others.removeAll()
            try await eventually("there is room again") {
                (try? RawClient(path: machine.socket("indexer-1")).get(active)?.status) == 200
            }
        }
    }

    @Test func `only the agent's user may connect, and a socket that was left is replaced`() async throws {
        let machine = try Machine()
        for _ in 0..<2 {
            try await machine.serving(machine.board()) { client async throws in
                var status = stat()
                stat(machine.socket("indexer-1"), &status)
                #expect(status.st_mode & 0o777 == 0o600)
                #expect(try client.get(active)?.status == 200)
                // As a killed agent leaves it.
                link(machine.socket("indexer-1"), machine.socket("left"))
            }
            rename(machine.socket("left"), machine.socket("indexer-1"))
        }
    }
}
