import Core
import Git
import Manifests
import Repository

/// The catalogue of a revision, and what was read to fill it.
struct DeclaredFleet: Sendable {
    private(set) var catalog = Catalog()
    /// What the newest files changed.
    private(set) var entries: [CatalogEntry] = []

    /// Decodes and validates every manifest of a commit, as the daemon does when it starts.
    static func load(_ mirror: Mirror, _ commit: ObjectID) async throws -> DeclaredFleet {
        var fleet = DeclaredFleet()
        var filling = try await ManifestLoading.everything(in: commit, of: mirror, into: CatalogFilling()) {
            $0.take($1)
        }
        fleet.finish(&filling)
        return fleet
    }

    /// Decodes and validates texts as if they were a commit's: by the chunk, so that they need not all be there at once.
    static func load(texts: some Sequence<(path: String, text: String)>) -> DeclaredFleet {
        var fleet = DeclaredFleet()
        var filling = CatalogFilling()
        var chunk: [(path: String, text: String)] = []
        for text in texts {
            chunk.append(text)
            guard chunk.count == 90 else { continue }
            filling.take(decoded(chunk))
            chunk = []
        }
        filling.take(decoded(chunk))
        fleet.finish(&filling)
        return fleet
    }

    mutating func take(_ files: [ManifestLoading.Decoded]) {
        entries = catalog.update(files).declared
    }

    /// Decodes texts as if they had been read from a repository.
    mutating func take(texts: [(path: String, text: String)]) { take(Self.decoded(texts)) }

    private mutating func finish(_ filling: inout CatalogFilling) {
        let change: CatalogChange
        (catalog, change) = filling.finish()
        entries = change.declared
    }

    private static func decoded(_ texts: [(path: String, text: String)]) -> [ManifestLoading.Decoded] {
        texts.map { ($0.path, ManifestDecoder.decode(bytes: Array($0.text.utf8), path: $0.path)) }
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
