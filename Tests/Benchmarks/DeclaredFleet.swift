import Core
import Git
import Manifests
import Platforms

/// The catalogue of a revision, and what was read to fill it.
struct DeclaredFleet: Sendable {
    private(set) var catalog = Catalog()
    /// What the newest files changed.
    private(set) var entries: [CatalogEntry] = []

    /// Decodes and validates every manifest of a commit.
    static func load(_ mirror: Mirror, _ commit: ObjectID) async throws -> DeclaredFleet {
        var fleet = DeclaredFleet()
        fleet.take(try await ManifestLoading.everything(in: commit, of: mirror))
        return fleet
    }

    mutating func take(_ files: [(path: String, file: ManifestFile?)]) {
        entries = catalog.update(files).declared
    }

    /// Decodes texts as if they had been read from a repository.
    mutating func take(texts: [(path: String, text: String)]) {
        take(texts.map { ($0.path, ManifestDecoder.decode(bytes: Array($0.text.utf8), path: $0.path)) })
    }

    /// What the newest files declare, for the engine.
    func declared(at revision: Revision) -> [Declaration] {
        entries.map {
            Declaration(
                application: $0.application, strategy: $0.strategy, gates: $0.gates, revision: revision,
                introduced: revision)
        }
    }

    /// Everything, as after a start.
    func change(at revision: Revision) -> FleetChange {
        FleetChange(revision: revision, isComplete: true, declared: declared(at: revision), isFull: true)
    }

    /// Refuses a fleet that is not as it was generated.
    func check(_ applications: Int) throws {
        guard catalog.applicationNames.count == applications, catalog.findings.isEmpty else {
            let finding = catalog.findings.first.map { "\($0)" } ?? "applications are missing"
            throw Program.Failure(description: "the generated fleet is not right: \(finding)")
        }
    }
}
