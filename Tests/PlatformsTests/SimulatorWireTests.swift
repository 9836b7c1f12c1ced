import Conformance
import Core
import Foundation
import FoundationNetworking
import Glibc
import Platforms
import TestSupport
import Testing

/// What goes over the wire when it is not our own client that speaks, or not our own server.
@Suite(.timeLimit(.minutes(5))) struct SimulatorWireTests {
    private func post(_ url: String, _ body: Data) async throws -> (status: Int, failure: SimulatorWire.Failure?) {
        var request = URLRequest(url: try #require(URL(string: url)))
        request.httpMethod = "POST"
        request.httpBody = body
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        return (status, try? JSONDecoder().decode(SimulatorWire.Failure.self, from: data))
    }

    @Test func `what cannot be read is refused in words, and changes nothing`() async throws {
        let platform = SimulatedPlatform(world())
        try await withServer(platform) { url in
            for body in ["", "{", "[]", #"{"action": {"teardown": {}}}"#, "\u{0}"] {
                let answer = try await post("\(url)/applications/search/actions", Data(body.utf8))
                #expect(answer.status == 400 && answer.failure?.kind == "refused", "\(body): \(answer)")
            }
            let other = SimulatorWire.Order(
                action: .teardown(side: .flip), key: PlatformConformance.key("other", 1))
            let mixed = try await post("\(url)/applications/search/actions", try JSONEncoder().encode(other))
            #expect(mixed.status == 422, "a key of another application is refused")
        }
        #expect(await platform.applications.isEmpty)
    }

    @Test func `weights that do not lie in 0 to 100 are refused`() async throws {
        try await withServer(SimulatedPlatform(world())) { url in
            let order = SimulatorWire.Order(
                action: .route(Route(weights: Weights(30, on: .flip))), key: PlatformConformance.key("search", 1))
            let text = try #require(String(bytes: try JSONEncoder().encode(order), encoding: .utf8))
            let bent = text.replacingOccurrences(of: #""flip":30"#, with: #""flip":300"#)
            try #require(bent != text)
            let answer = try await post("\(url)/applications/search/actions", Data(bent.utf8))
            #expect((400..<500).contains(answer.status), "\(answer)")
        }
    }

    @Test func `a body beyond the limit is refused`() async throws {
        try await withServer(SimulatedPlatform(world())) { url in
            let large = Data(repeating: 32, count: SimulatorWire.bodyLimit + 1)
            let answer = try await post("\(url)/disturbances", large)
            #expect(answer.status == 413 && answer.failure != nil, "\(answer)")
        }
    }

    @Test func `a simulator that never answers is timed out`() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(listener >= 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        try #require(isBound)
        let url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        await #expect { try await SimulatorClient(url, deadline: .milliseconds(200)) } throws: { error in
            (error as? EffectFailure)?.kind == .timedOut
        }
    }
}
