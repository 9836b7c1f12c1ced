import Conformance
import Core
import Foundation
import Platforms
import Simulator
import TestSupport
import Testing

/// What is sent to a simulator, or by one, to harm whoever reads it.
@Suite(.timeLimit(.minutes(5))) struct SimulatorHostileTests {
    private static func order(_ action: Action, _ key: ActionKey = PlatformConformance.key("search", 2)) throws
        -> String
    {
        let bytes = try JSONEncoder().encode(SimulatorWire.Order(action: action, key: key))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func post(_ path: String, _ body: String, host: String = "127.0.0.1", _ headers: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: \(host)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n"
            + "Connection: close\r\n\r\n\(body)"
    }

    private static let json = "Content-Type: application/json; charset=utf-8\r\n"

    // MARK: Browsers

    @Test(arguments: [
        ("evil.example", json, "421"), ("evil.example:7430", json, "421"), ("localhost.evil.example", json, "421"),
        ("127.0.0.1", json + "Origin: http://evil.example\r\n", "403"), ("127.0.0.1", json + "Origin: null\r\n", "403"),
        ("127.0.0.1", json + "Sec-Fetch-Site: cross-site\r\n", "403"),
        ("127.0.0.1", "Content-Type: text/plain\r\n", "415"),
        ("127.0.0.1", "", "415"), ("127.0.0.1", "Content-Type: application/x-www-form-urlencoded\r\n", "415"),
        ("localhost:7430", json, "200"), ("[::1]:7430", json, "200"), ("127.0.0.1", json, "200"),
    ])
    func `nothing that a page can send moves the world`(_ host: String, _ headers: String, _ status: String)
        async throws
    {
        let platform = SimulatedPlatform(world())
        try await withServer(platform) { url in
            let body = try Self.order(PlatformConformance.deploy(PlatformConformance.release, .flip))
            let answer = await RawExchange.ask(
                url, Self.post("/applications/search/actions", body, host: host, headers))
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(await platform.applications == (status == "200" ? ["search"] : []))
        }
    }

    @Test(arguments: [
        ("GET /time", "Host: 127.0.0.1:7430\r\n", "200"), ("GET /time", "Host: 127.0.0.1:7430@evil.example\r\n", "421"),
        ("GET /time", "Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n", "421"),
        ("GET /time", "Host: 127.0.0.1\r\nhost: evil.example\r\n", "421"),
        ("GET /time", "Host: evil.example\r\nHost: 127.0.0.1\r\n", "421"), ("GET /time", "", "421"),
        ("GET /time", "Host: [::1]evil.example\r\n", "421"), ("GET /time", "Host: localhost:7430:80\r\n", "421"),
        ("GET /time", "Host: user@localhost\r\n", "421"), ("GET /time", "Host: localhost/evil\r\n", "421"),
        ("GET http://evil.example/time", "Host: 127.0.0.1\r\n", "421"),
        ("GET http://127.0.0.1@evil.example/time", "Host: 127.0.0.1\r\n", "421"),
        ("GET http://127.0.0.1/time", "Host: 127.0.0.1\r\n", "200"),
        ("OPTIONS *", "Host: 127.0.0.1\r\n\(json)", "421"),
        ("GET /services/search/flip/api", "Host: shop.example\r\n", "404"),
        ("GET /services/search/flip/api", "Host: shop.example\r\nOrigin: http://evil.example\r\n", "403"),
        ("GET /services/search/flip/api", "Host: shop.example\r\nSec-Fetch-Site: cross-site\r\n", "403"),
        ("POST /services/search/flip/api", "Host: shop.example\r\nContent-Length: 0\r\n", "404"),
    ])
    func `whom a request is for is said in one way, and a page is answered nowhere`(
        _ line: String, _ headers: String, _ status: String
    ) async throws {
        try await withServer(SimulatedPlatform(world())) { url in
            let answer = await RawExchange.ask(url, "\(line) HTTP/1.1\r\n\(headers)Connection: close\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        }
    }

    @Test(arguments: ["xchunked", "chunked, identity", "gzip, chunked", "chunked\r\nTransfer-Encoding: chunked", ""])
    func `a request of which nobody can say where it ends is the last of its connection`(_ coding: String) async throws
    {
        try await withServer(SimulatedPlatform(world())) { url in
            let body = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            let answer = await RawExchange.ask(
                url,
                "POST /disturbances HTTP/1.1\r\nHost: 127.0.0.1\r\n\(Self.json)Transfer-Encoding: \(coding)\r\n\r\n"
                    + body)
            #expect(answer.hasPrefix("HTTP/1.1 501 ") || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "\(answer)")
        }
    }

    @Test func `a body that does not come is not waited for, and its connection ends`() async throws {
        try await withServer(SimulatedPlatform(world()), patience: .milliseconds(20)) { url in
            let answer = await RawExchange.ask(
                url, "POST /disturbances HTTP/1.1\r\nHost: localhost\r\n\(Self.json)Content-Length: 1000\r\n\r\n{")
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
        }
    }

    // MARK: Numbers

    @Test(arguments: [
        (
            Disturbance.unready(application: "search", side: .flip, until: Span(milliseconds: .max)),
            "9223372036854775807"
        ),
        (.freeze(application: "search", until: Span(milliseconds: -1)), "until: -1 does not lie in 0…315360000000"),
        (.humanScales(application: "search", side: .flip, to: 20_000_000), "to: 20000000 does not lie in 0…10000"),
        (.crash(application: "search", side: .flip, count: -1), "count: -1 does not lie in 0…100000"),
        (.humanRoutes(application: "search", flip: .min), "-9223372036854775808"),
        (.clockSet(Span(milliseconds: .max)), "-10000000000000…10000000000000"),
        (.clockSet(.hours(100_000)), "-315360000000…315360000000"),
        (.backlog(application: "search", messages: .max), "does not lie in"),
        (.surge(application: "search", percent: 100, until: .hours(1_000_000)), "does not lie in 0…315360000000"),
    ])
    func `a number beyond its bounds is refused with them`(_ disturbance: Disturbance, _ words: String) async throws {
        let platform = SimulatedPlatform(world())
        try await withServer(platform) { url in
            let body = String(decoding: try JSONEncoder().encode(disturbance), as: UTF8.self)
            let answer = await RawExchange.ask(url, Self.post("/disturbances", body, Self.json))
            #expect(answer.hasPrefix("HTTP/1.1 422 ") && answer.contains(words), "\(answer)")
        }
    }

    /// Every number of every message, replaced by what nobody means.
    @Test func `no number in a message stops the world`() async throws {
        var release = PlatformConformance.release
        release.components[0].run = .simulated(
            SimulatedRun(faults: [
                .errors(perMille: 7, after: .seconds(1)), .slow(percent: 300, after: .seconds(1)),
                .leak(after: .hours(2)), .overload(perMille: 9, above: 90), .historical(perMille: 3),
            ]))
        release.components.append(
            Component(
                name: "indexer", kind: .consumer, run: .simulated(SimulatedRun()),
                subscriptions: [Subscription(topic: "pages", subscription: "index")]))
        let deploy = Action.deploy(
            side: .flip, namespace: "flip", release: release, digest: release.digest, floors: ["api": 2, "indexer": 2])
        let route = Action.route(
            Route(weights: Weights(100, on: .flip), actives: ["indexer": PerSide(flip: 2, flop: 0)]))
        let name = "search"
        let orders = [deploy, .scale(side: .flip, floors: ["api": 3]), route, .teardown(side: .flop)]
        let disturbances: [Disturbance] = [
            .crash(application: name, side: .flip, count: 1),
            .unready(application: name, side: .flip, until: .seconds(9)),
            .neverReady(application: name, side: .flip, until: .seconds(9)),
            .lie(application: name, side: .flip, until: .seconds(9)), .freeze(application: name, until: .seconds(9)),
            .quota(namespace: "flip", replicas: 9), .nodesExhausted(namespace: "flip", until: .seconds(9)),
            .humanScales(application: name, side: .flip, to: 3), .humanRoutes(application: name, flip: 30),
            .surge(application: name, percent: 150, until: .seconds(9)),
            .sidecarDown(application: name, side: .flip, until: .seconds(9)),
            .slowDrain(application: name, side: .flip, until: .seconds(9)), .backlog(application: name, messages: 5),
            .clockSet(.seconds(9)),
        ]
        let messages: [(isOrder: Bool, text: String)] =
            try orders.map { (isOrder: true, text: try Self.order($0)) }
            + disturbances.map { (false, String(decoding: try JSONEncoder().encode($0), as: UTF8.self)) }
        for message in messages {
            for number in message.text.matches(of: /[:,\[](-?[0-9]+)/) {
                for value in [
                    "9223372036854775807", "-9223372036854775808", "10000000000000", "-1", "0", "315360000000", "1e300",
                ] {
                    let platform = SimulatedPlatform(world())
                    _ = try await platform.perform(deploy, key: PlatformConformance.key(name, 1))
                    _ = try await platform.perform(route, key: PlatformConformance.key(name, 2))
                    let bent = Data(
                        message.text.replacingCharacters(in: number.1.startIndex..<number.1.endIndex, with: value).utf8)
                    do {
                        if message.isOrder {
                            let order = try SimulatorWire.decode(SimulatorWire.Order.self, from: bent)
                            _ = try await platform.perform(order.action, key: order.key)
                        } else {
                            try await platform.disturb(try SimulatorWire.decode(Disturbance.self, from: bent))
                        }
                    } catch {
                        // What is refused has done nothing.
                    }
                    var world = await platform.current()
                    for pause in [Span.seconds(60), .hours(3)] {
                        world.advance(to: world.now + pause)
                        _ = world.observe(name)
                        _ = world.metrics(of: name, on: .flip, window: .minutes(1))
                    }
                }
            }
        }
    }

    @Test func `what nobody looked at for ten years is counted all the same`() throws {
        let run = Run.simulated(SimulatedRun(capacity: 1_000_000))
        let release = Release(
            version: "1",
            components: [
                Component(name: "api", kind: .service, run: run),
                Component(
                    name: "indexer", kind: .consumer, run: run,
                    subscriptions: [Subscription(topic: "pages", subscription: "index")]),
            ])
        var world = world()
        try world.perform(
            .deploy(
                side: .flip, namespace: "flip", release: release, digest: release.digest,
                floors: ["api": 100, "indexer": 100]), application: "search", epoch: 1, sequence: 1)
        let route = Route(weights: Weights(100, on: .flip), actives: ["indexer": PerSide(flip: 100, flop: 0)])
        try world.perform(.route(route), application: "search", epoch: 1, sequence: 2)
        for _ in 0..<5 {
            world.advance(to: world.now + .hours(87_600))
            #expect(world.observe("search").sides.flip?.components.last?.backlog != nil)
        }
        #expect(world.messages(of: "search").allSatisfy { $0.published > 0 })
    }

    @Test func `a world that no simulator could go on with is refused, with what is wrong in it`() async throws {
        let directory = NSTemporaryDirectory() + "sluice-world-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let platform = try SimulatedPlatform(directory: directory, seed: .max)
        _ = try await platform.perform(
            PlatformConformance.deploy(PlatformConformance.release, .flip), key: PlatformConformance.key("search", 1))
        // As a simulator kept it that had one document.
        let sound = String(decoding: try JSONEncoder().encode(await platform.current()), as: UTF8.self)
        let url = URL(filePath: directory + "/world.json")
        try Data(sound.utf8).write(to: url)
        _ = try SimulatedPlatform(directory: directory, seed: 1)
        for (old, new, words) in [
            (#""clockOffset":0"#, #""clockOffset":9223372036854775807"#, "clockOffset: 9223372036854775807"),
            (#""clockOffset":0"#, #""clockOffset":1000000000000"#, "its clock is set by"),
            (#""floor":2"#, #""floor":20000000"#, "api of search on flip asks for 20000000 replicas"),
            (#""sequence":1"#, #""sequence":9223372036854775807"#, "sequence: 9223372036854775807"),
        ] {
            let bent = sound.replacingOccurrences(of: old, with: new)
            try #require(bent != sound)
            try Data(bent.utf8).write(to: url)
            let error = #expect(throws: WorldStoreError.self) { try SimulatedPlatform(directory: directory, seed: 1) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("world.json") == true)
        }
    }

    @Test(arguments: [
        #"{"now":9223372036854775807,"scale":1}"#, #"{"now":0,"scale":1e308}"#, #"{"now":0,"scale":-5}"#,
        #"{"now":0,"scale":0}"#, #"{"now":0,"scale":1e-300}"#, #"{"now":-99999999999999,"scale":1}"#, "{}", "[]",
    ])
    func `what has a time that nobody can go by is no simulator`(_ body: String) async throws {
        let server = try LoopbackServer(status: "200 OK", body: body)
        await #expect {
            try await SimulatorClient(server.url)
        } throws: { error in
            (error as? EffectFailure)?.message.hasPrefix("what answers at \(server.url)") == true
                && (error as? EffectFailure)?.message.contains("is no simulator") == true
        }
    }

    @Test(arguments: [
        (#"[]"#, "it is not an object"), (#"{"now":"soon","scale":1}"#, "now: it is not a number"),
        (#"{"scale":1}"#, "now is missing"),
    ])
    func `what is wrong with an answer is said in its own words`(_ body: String, _ words: String) async throws {
        let server = try LoopbackServer(status: "200 OK", body: body)
        let error = await #expect(throws: EffectFailure.self) { try await SimulatorClient(server.url) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `an answer without end is told in the same words each time`() async throws {
        let server = try LoopbackServer { client, _ in
            LoopbackServer.put(client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
            while LoopbackServer.put(client, chunk) {}
        }
        for _ in 0..<3 {
            let error = await #expect(throws: EffectFailure.self) { try await SimulatorClient(server.url) }
            #expect(error?.message == "\(server.url)/time: the answer is larger than \(SimulatorWire.bodyLimit) bytes")
        }
    }
}
