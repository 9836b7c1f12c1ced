package import Core

/// A catalogue that takes files up a few at a time, and is judged once, when it has all of them: what comes first may
/// refer to what comes last.
///
/// The files need not all be held at once. Nobody sees the catalogue before it is judged.
package struct CatalogFilling: Sendable {
    private var catalog: Catalog
    private var work = CatalogWork()

    package init(_ catalog: Catalog = Catalog()) { self.catalog = catalog }

    /// - Parameter changes: Files as they are now; nil for a path that is gone. The last of several at one path counts.
    package mutating func take(_ changes: [(path: String, file: ManifestFile?)]) { catalog.take(changes, &work) }

    /// Applications that were known from the beginning and that nothing taken so far declares, sorted.
    package var missing: [ApplicationName] { catalog.absentees.keys.filter { !catalog.isDeclared($0) }.sorted() }

    /// Says where an application was declared that was known from the beginning.
    package mutating func note(_ name: ApplicationName, declaredAt path: String) {
        catalog.absentees[name]?.path = path
    }

    /// Whether something was taken that stands at a path.
    package func knows(_ path: String) -> Bool { catalog.knows(path) }

    /// Begins again with nothing afterwards.
    ///
    /// - Returns: The catalogue with all that was taken, and what that means for applications.
    package mutating func finish() -> (catalog: Catalog, change: CatalogChange) {
        let change = catalog.settle(&work)
        // Whoever gets it holds it alone: writing to it later copies nothing.
        defer { self = CatalogFilling() }
        return (catalog, change)
    }
}
