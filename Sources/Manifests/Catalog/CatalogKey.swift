internal import Core

/// Names an object among all kinds.
struct CatalogKey: Hashable, Sendable, Comparable {
    var kind: Kind
    var name: String

    /// What others refer to comes before its users, so that judging in this order rarely judges twice.
    static func < (a: CatalogKey, b: CatalogKey) -> Bool { (a.rank, a.name) < (b.rank, b.name) }

    private var rank: Int {
        switch kind {
        case .namespace: 0
        case .topic: 1
        case .gate: 2
        case .strategy: 3
        case .application: 4
        }
    }
}

/// Where a document stands.
struct CatalogPlace: Hashable, Sendable, Comparable {
    var path: String
    var mark: Mark
    /// Position among the file's documents; nil for a broken one.
    var position: Int?

    static func < (a: CatalogPlace, b: CatalogPlace) -> Bool { (a.path, a.mark) < (b.path, b.mark) }

    var words: String { "\(path):\(mark.line):\(mark.column)" }
}

/// What is wrong between documents.
struct CrossFinding: Hashable, Sendable {
    var finding: Finding
    /// What is not declared; something with a similar name may have been meant.
    var missing: CatalogKey?
}

extension DeclaredApplication.Reference {
    /// What is referred to; nil where that is no object.
    var key: CatalogKey? {
        switch target {
        case .strategy: CatalogKey(kind: .strategy, name: name)
        case .gate: CatalogKey(kind: .gate, name: name)
        case .dependency, .renamedFrom: CatalogKey(kind: .application, name: name)
        case .topic, .accepts, .publishes: CatalogKey(kind: .topic, name: name)
        case .until: nil
        }
    }
}

extension ManifestFile {
    /// Objects that the file declares or tries to.
    var keys: [CatalogKey] {
        documents.map { CatalogKey(kind: $0.kind, name: $0.name) }
            + broken.compactMap { broken in
                guard let kind = broken.kind, let name = broken.name else { return nil }
                return CatalogKey(kind: kind, name: name)
            }
    }

    /// The same without room to grow, which most files never use.
    var compact: ManifestFile {
        var file = self
        for position in file.documents.indices {
            guard case .application(var declared) = file.documents[position].value else { continue }
            declared.references = Array(declared.references[...])
            let contract = declared.application.release.contract
            if contract.accepts.isEmpty { declared.application.release.contract.accepts = [:] }
            if contract.publishes.isEmpty { declared.application.release.contract.publishes = [:] }
            file.documents[position].value = .application(declared)
        }
        return file
    }
}
