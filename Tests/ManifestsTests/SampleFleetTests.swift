import Core
import Foundation
import Manifests
import Testing

/// The fleet in the repository's `Manifests` folder.
@Suite struct SampleFleetTests {
    private func load() throws -> Catalog {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Manifests").standardized
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
        let files = try paths.filter { $0.hasSuffix(".yaml") }.map { path in
            let bytes = try [UInt8](Data(contentsOf: root.appending(path: path)))
            return (path: path, file: Optional(ManifestDecoder.decode(bytes: bytes, path: path)))
        }
        var catalog = Catalog()
        _ = catalog.update(files)
        return catalog
    }

    @Test func itIsWithoutFinding() throws {
        let catalog = try load()
        #expect(catalog.findings == [])
        #expect(catalog.isComplete)
        #expect(catalog.applicationNames == ["checkout", "order-events", "search"])
        #expect(catalog.counts.documents == [.application: 3, .strategy: 2, .gate: 2, .topic: 1, .namespace: 2])
    }

    @Test func searchRollsOutInAboutTwentyMinutes() throws {
        let entry = try #require(try load().declared("search"))
        #expect(entry.application.release.version == "4.1.0")
        #expect(entry.application.replicas == ["query-api": 40, "ranker": 12, "suggest": 6])
        #expect(entry.gates.keys.sorted() == ["error-rate", "smoke"])
        let holds = entry.strategy.stages.reduce(0) { $0 + $1.hold.milliseconds }
        #expect((15 * 60_000...20 * 60_000).contains(holds))
    }
}
