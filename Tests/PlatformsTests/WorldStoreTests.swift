import Conformance
import Core
import Foundation
import Platforms
import Simulator
import TestSupport
import Testing

/// What a simulated world survives its process in.
@Suite final class WorldStoreTests {
    private let directory = NSTemporaryDirectory() + "sluice-world-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func deploy(_ name: ApplicationName, in world: inout World) throws {
        let release = PlatformConformance.release
        let floors = Dictionary(uniqueKeysWithValues: release.components.map { ($0.name, 2) })
        _ = try world.perform(
            .deploy(side: .flip, namespace: "flip", release: release, digest: release.digest, floors: floors),
            application: name, epoch: 1, sequence: 1)
    }

    @Test func `what is written is what changed`() throws {
        let store = try WorldStore(directory: directory)
        var world = World(seed: 1, start: Instant(milliseconds: 0))
        for number in 0..<40 { try deploy(ApplicationName("app-\(number)"), in: &world) }
        #expect(try store.save(&world) == 40)
        #expect(try store.save(&world) == 0)
        _ = try world.perform(
            .route(Route(weights: Weights(100, on: .flip))), application: "app-7", epoch: 1, sequence: 2)
        #expect(try store.save(&world) == 1)
        // Replicas start, each in its own time.
        world.advance(to: world.now + .hours(1))
        #expect(try store.save(&world) == 40)
    }

    @Test(.enabled(if: SmallDisk.isPermitted, "mounting is not permitted here"))
    func `what a full disk did not take is kept once there is room`() throws {
        let disk = try SmallDisk(kilobytes: 1024)
        let store = try WorldStore(directory: disk.path)
        var world = World(seed: 1, start: Instant(milliseconds: 0))
        try deploy("app", in: &world)
        #expect(try store.save(&world) == 1)
        for number in 0..<400 { try deploy(ApplicationName("app-\(number)"), in: &world) }
        try disk.fill()
        let error = #expect(throws: WorldStoreError.self) { try store.save(&world) }
        #expect(error?.description.contains("the disk is full") == true, "\(error?.description ?? "")")
        #expect(try store.load()?.applications == ["app"])
        try disk.free()
        #expect(try store.save(&world) == 400)
        #expect(try WorldStore(directory: disk.path).load()?.applications == world.applications)
    }

    @Test func `what is read again goes on as what was saved`() throws {
        let store = try WorldStore(directory: directory)
        var world = World(seed: 2, start: Instant(milliseconds: 0))
        for number in 0..<5 { try deploy(ApplicationName("app-\(number)"), in: &world) }
        world.advance(to: world.now + .seconds(3))
        world.rename("app-2", to: "other", namespace: { $0 })
        try store.save(&world)
        _ = try world.perform(.teardown(side: .flip), application: "app-1", epoch: 1, sequence: 3)
        try store.save(&world)
        var again = try #require(try WorldStore(directory: directory).load())
        #expect(again.applications == world.applications && again.now == world.now)
        for _ in 0..<3 {
            for name in world.applications { #expect(again.observe(name) == world.observe(name)) }
            again.advance(to: world.now + .minutes(1))
            world.advance(to: world.now + .minutes(1))
        }
        #expect(again.digest(of: "app-1", on: .flip) == nil && again.readyReplicas(of: "other", on: .flip) == 2)
    }

    @Test func `a world that was kept as one document is read, and kept in parts from then on`() throws {
        var world = World(seed: 3, start: Instant(milliseconds: 0))
        try deploy("shop", in: &world)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try JSONEncoder().encode(world).write(to: URL(filePath: directory + "/world.json"))
        let store = try WorldStore(directory: directory)
        var read = try #require(try store.load())
        #expect(try store.save(&read) == 1)
        #expect(!FileManager.default.fileExists(atPath: directory + "/world.json"))
        #expect(try store.load()?.digest(of: "shop", on: .flip) == PlatformConformance.release.digest)
    }

    @Test func `a file that is no world, or lacks a part, is one error that names it`() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/world.sqlite"
        try Data("nonsense, and more of it than a header".utf8).write(to: URL(filePath: path))
        let error = #expect(throws: WorldStoreError.self) { try WorldStore(directory: directory) }
        #expect(error?.description.hasPrefix(path) == true)
    }
}
