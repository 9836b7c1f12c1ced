import Signal
import SluiceClient
import Testing

/// What a watcher decides, in time that the test moves.
@Suite struct ElevationWatchTests {
    private func watch(
        interval: Duration = .seconds(1), wait: Duration = .zero, seed: UInt64 = 1
    ) -> ElevationWatch {
        ElevationWatch(.init(interval: interval, wait: wait), host: "127.0.0.1:9", seed: seed)
    }

    private func state(_ isActive: Bool, _ sequence: Int, epoch: Int = 4, instance: String = "a") -> ElevationState {
        ElevationState(
            instance: instance, application: "search", component: "indexer", side: .flip, version: "1",
            isActive: isActive, weight: 100, since: "2026-11-21T07:30:00Z",
            order: .init(epoch: epoch, sequence: sequence))
    }

    private func answer(_ state: ElevationState, tag: String? = "\"4.1\"") -> Result<
        ElevationResponse, ElevationReading.Problem
    > {
        .success(ElevationResponse(status: 200, tag: tag, body: Array(state.json.utf8)))
    }

    @Test func `it starts inactive, and stays so while nobody answers`() {
        var watch = watch()
        #expect(!watch.reading(at: .zero).isActive)
        let changed = watch.take(.failure(.away("nobody")), at: .seconds(5))
        #expect(!changed)
        let reading = watch.reading(at: .seconds(9))
        #expect(!reading.isActive)
        #expect(reading.problem == .away("nobody"))
        #expect(reading.age == .seconds(4))
    }

    @Test func `it keeps what it was told while the endpoint is away`() {
        var watch = watch()
        let changed = watch.take(answer(state(true, 1)), at: .zero)
        #expect(changed)
        _ = watch.take(.failure(.away("nobody")), at: .seconds(1))
        _ = watch.take(.success(ElevationResponse(status: 500)), at: .seconds(2))
        #expect(watch.reading(at: .seconds(3)).isActive)
        #expect(watch.reading(at: .seconds(3)).age == .seconds(2))
        _ = watch.take(answer(state(true, 1)), at: .seconds(4))
        #expect(watch.reading(at: .seconds(4)).problem == nil)
        #expect(watch.reading(at: .seconds(4)).age == .zero)
    }

    @Test func `what is older, or another's, or no state at all is not followed`() {
        var watch = watch()
        _ = watch.take(answer(state(true, 5)), at: .zero)
        for (wrong, problem) in [
            (state(false, 4), ElevationReading.Problem.older(.init(epoch: 4, sequence: 4))),
            (state(false, 9, epoch: 3), .older(.init(epoch: 3, sequence: 9))),
            (state(false, 9, instance: "b"), .otherInstance("b")),
        ] {
            let changed = watch.take(answer(wrong), at: .zero)
            #expect(!changed)
            #expect(watch.reading(at: .zero).problem == problem)
            #expect(watch.reading(at: .zero).isActive)
        }
        for body in ["", "{", "[]", "{\"active\":true}"] {
            let changed = watch.take(.success(ElevationResponse(status: 200, body: Array(body.utf8))), at: .zero)
            #expect(!changed)
            guard case .refused = watch.reading(at: .zero).problem else { return #expect(Bool(false), "\(body)") }
        }
        #expect(watch.reading(at: .zero).isActive)
    }

    @Test func `it asks only for what is new, and for all again after trouble`() {
        var watch = watch()
        #expect(watch.request == "GET /sidecar/v1/elevation HTTP/1.1\r\nHost: 127.0.0.1:9\r\n\r\n")
        _ = watch.take(answer(state(true, 1), tag: "\"4.1\""), at: .zero)
        #expect(watch.request.contains("\r\nIf-None-Match: \"4.1\"\r\n"))
        let changed = watch.take(.success(ElevationResponse(status: 304)), at: .zero)
        #expect(!changed)
        #expect(watch.reading(at: .zero).problem == nil)
        _ = watch.take(.success(ElevationResponse(status: 503)), at: .zero)
        #expect(!watch.request.contains("If-None-Match"))
        _ = watch.take(.success(ElevationResponse(status: 304)), at: .zero)
        #expect(watch.reading(at: .zero).problem != nil)
    }

    @Test func `it waits for changes only once it knows something`() {
        var watch = watch(wait: .seconds(20))
        #expect(!watch.request.contains("wait"))
        #expect(watch.patience == .seconds(2))
        _ = watch.take(answer(state(true, 1)), at: .zero)
        #expect(watch.request.hasPrefix("GET /sidecar/v1/elevation?wait=20 HTTP/1.1\r\n"))
        #expect(watch.patience == .seconds(22))
    }

    @Test func `it says what the worker does`() {
        var watch = watch()
        let isFirst = watch.report(.draining, inFlight: 3, follows: .init(epoch: 4, sequence: 17))
        #expect(isFirst)
        #expect(watch.request.contains("\r\nSluice-Worker: draining; in-flight=3; follows=4.17\r\n"))
        let isCount = watch.report(.draining, inFlight: 2, follows: .init(epoch: 4, sequence: 17))
        #expect(!isCount)
        // Paused and holding something contradict each other; what it holds counts.
        _ = watch.report(.paused, inFlight: 1, follows: nil)
        #expect(watch.request.contains("\r\nSluice-Worker: draining; in-flight=1\r\n"))
        _ = watch.report(.consuming, inFlight: -4, follows: nil)
        #expect(watch.request.contains("\r\nSluice-Worker: consuming; in-flight=0\r\n"))
    }

    @Test func `polls are a tenth apart from each other, and further while nobody answers`() {
        for seed in 1...200 as ClosedRange<UInt64> {
            var watch = watch(seed: seed)
            _ = watch.take(answer(state(true, 1)), at: .zero)
            let delay = watch.delay()
            #expect(delay >= .milliseconds(900) && delay <= .milliseconds(1_100))
            var longest = Duration.zero
            for failure in 1...30 {
                _ = watch.take(.failure(.away("nobody")), at: .zero)
                let delay = watch.delay()
                #expect(delay >= .milliseconds(500) && delay <= .seconds(10))
                if failure <= 4 { #expect(delay <= .seconds(1 << (failure - 1))) }
                longest = max(longest, delay)
            }
            #expect(longest > .seconds(5))
        }
    }
}

@Suite struct ElevationResponseTests {
    private func read(_ text: String) throws -> ElevationResponse? { try ElevationResponse.read(Array(text.utf8)) }

    @Test func `a whole answer is read, and a part of one waited for`() throws {
        let text = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nETag:  \"a\" \r\nX: y\r\n\r\n{}"
        let response = try read(text)
        #expect(response == ElevationResponse(status: 200, tag: "\"a\"", body: [0x7B, 0x7D]))
        for count in 0..<text.utf8.count { #expect(try read(String(text.utf8.prefix(count)) ?? "") == nil) }
    }

    @Test func `an answer without a body needs no length`() throws {
        #expect(try read("HTTP/1.1 304 Not Modified\r\n\r\n") == ElevationResponse(status: 304))
        #expect(try read("HTTP/1.1 204\r\nContent-Length: 7\r\n\r\n") == ElevationResponse(status: 204))
    }

    @Test func `a connection that cannot be used again is not`() throws {
        #expect(try read("HTTP/1.1 304 x\r\nConnection: close\r\n\r\n")?.keepsConnection == false)
        #expect(try read("HTTP/1.1 304 x\r\n\r\nHTTP/1.1 200 OK")?.keepsConnection == false)
    }

    @Test(arguments: [
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 999 x\r\n\r\n",
        "HTTP/1.1 -12 x\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n", "\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    ])
    func `what is no answer is refused`(_ text: String) {
        #expect(throws: ElevationResponse.Malformed.self) { try read(text) }
    }

    @Test func `an endless head is given up`() {
        let endless = "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 2_000)
        #expect(throws: ElevationResponse.Malformed.self) { try read(endless) }
    }

    @Test func `a tag that cannot be sent back is not`() throws {
        #expect(try read("HTTP/1.1 304 x\r\nETag: a b\r\n\r\n")?.tag == nil)
        #expect(try read("HTTP/1.1 304 x\r\nETag: \(String(repeating: "a", count: 300))\r\n\r\n")?.tag == nil)
    }

    @Test func `whatever the bytes, nothing crashes`() {
        var state: UInt64 = 5
        func byte() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        let good = Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: \"x\"\r\n\r\nabcd".utf8)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<3 { bytes[Int(byte()) % bytes.count] = byte() }
            _ = try? ElevationResponse.read(bytes)
        }
    }
}

@Suite struct ElevationEndpointTests {
    @Test(arguments: [
        ("http://127.0.0.1:4711", "http://127.0.0.1:4711"), ("http://localhost:1/", "http://127.0.0.1:1"),
        ("unix:/run/a.sock", "unix:/run/a.sock"),
    ])
    func `addresses of this machine are read`(_ text: String, _ description: String) {
        #expect(ElevationEndpoint(text)?.description == description)
    }

    @Test(arguments: [
        "", "http://10.0.0.1:80", "https://127.0.0.1:1", "http://127.0.0.1", "http://127.0.0.1:0",
        "http://127.0.0.1:65536", "http://127.0.0.1:1/path", "unix:relative", "unix:", "/run/a.sock",
        "unix:/" + String(repeating: "a", count: 107),
    ])
    func `others are not`(_ text: String) { #expect(ElevationEndpoint(text) == nil) }
}
