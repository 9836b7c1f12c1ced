package import Core

/// A valid application with all that its manifests say about its rollout.
package struct CatalogEntry: Hashable, Sendable {
    package var application: Application
    /// The one that the application names, writes inline, or gets by default.
    package var strategy: Strategy
    /// Those that the strategy names.
    package var gates: [String: Gate]
    /// Most replicas that may be active at once, by component with exclusive subscriptions.
    package var partitions: [String: Int]
    /// The file that declares the application.
    package var path: String
}

/// What changes of files mean for applications. Each list is sorted, and no application stands in two.
package struct CatalogChange: Sendable {
    /// Valid, and new, changed, or valid again.
    package var declared: [CatalogEntry] = []
    /// Present but invalid, and why: the application, or what it refers to, is broken. Its last good state stays.
    package var held: [ApplicationName: Finding] = [:]
    /// No longer present. Only a complete catalog may act on it, see ``Catalog/isComplete``.
    package var gone: [ApplicationName] = []
}

/// How much a catalog holds.
package struct CatalogCounts: Hashable, Sendable {
    /// Documents without errors of their own.
    package var documents: [Kind: Int] = [:]
    package var broken = 0
    /// Documents that belong to others.
    package var skipped = 0
}
