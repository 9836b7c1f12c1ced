import Conformance
import Core
import Foundation
import Logging
import Platforms
import Reconciler
import Simulator
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SimulatorServerTests {
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "127.evil.example.com", "128.0.0.1"])
    func `an address that others can reach is refused`(_ host: String) {
        #expect(throws: EffectFailure.self) {
            try SimulatorServer(SimulatedPlatform(world()), host: host, logger: silent)
        }
    }

    @Test(arguments: ["127.0.0.1", "127.0.1.1", "localhost", "::1"])
    func `loopback is fine`(_ host: String) throws {
        _ = try SimulatorServer(SimulatedPlatform(world()), host: host, logger: silent)
    }

    @Test func `the client goes by the simulator's time`() async throws {
        let platform = SimulatedPlatform(world(), scale: 1000)
        try await withServer(platform) { url in
            let client = try await SimulatorClient(url)
            let (theirs, ours) = (platform.time.now, client.time.now)
            // At this scale a day is a minute and a half of a busy machine; a client with a time of its own is decades off.
            #expect((theirs - ours).milliseconds.magnitude < 86_400_000)
            #expect(ours >= Instant(milliseconds: 1_000_000))
            try await client.followTime()
        }
    }

    @Test func `a disturbance reaches the world`() async throws {
        try await withServer(SimulatedPlatform(world())) { url in
            let client = try await SimulatorClient(url)
            _ = try await client.perform(
                PlatformConformance.deploy(PlatformConformance.release, .flip),
                key: PlatformConformance.key("search", 1))
            try await client.disturb(.humanDeletes(application: "search", side: .flip))
            let seen = try await client.observe("search")
            #expect(seen.sides.flip == nil)
        }
    }

    @Test func `nobody there is unreachable`() async {
        await #expect { try await SimulatorClient("http://127.0.0.1:1") } throws: { error in
            (error as? EffectFailure)?.kind == .unreachable
        }
    }

    @Test func `a name with odd characters stays one name`() async throws {
        try await withServer(SimulatedPlatform(world())) { url in
            let client = try await SimulatorClient(url)
            let seen = try await client.observe("a b?c=d#e")
            #expect(seen.route == nil)
        }
    }

    @Test func `a world goes on where its process stopped`() async throws {
        let directory = NSTemporaryDirectory() + "sluice-world-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try SimulatedPlatform(directory: directory, seed: 7)
        _ = try await first.perform(
            PlatformConformance.deploy(PlatformConformance.release, .flip), key: PlatformConformance.key("search", 1))
        try await first.save()
        let before = try await first.observe("search")
        let second = try SimulatedPlatform(directory: directory, seed: 8)
        let after = try await second.observe("search")
        #expect(after.sides.flip?.digest == before.sides.flip?.digest)
        let late = PlatformConformance.key("search", 1, epoch: 0)
        await #expect(throws: EffectFailure.self) { try await second.perform(.teardown(side: .flip), key: late) }
    }

    @Test func `a file that holds no world is one error that names it`() throws {
        let directory = NSTemporaryDirectory() + "sluice-world-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data("nonsense".utf8).write(to: URL(filePath: directory + "/world.json"))
        let error = #expect(throws: WorldStoreError.self) { try SimulatedPlatform(directory: directory, seed: 1) }
        #expect(error?.description.contains("world.json") == true)
    }
}
