internal import Core

/// Names an object among all kinds.
struct CatalogKey: Hashable, Sendable {
    var kind: Kind
    var name: String
}

extension Kind {
    /// What others refer to comes before its users, so that judging in this order rarely judges twice.
    var rank: Int {
        switch self {
        case .namespace: 0
        case .topic: 1
        case .gate: 2
        case .strategy: 3
        case .application: 4
        }
    }
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
