package import Core

/// Makes the one kind of commit that Sluice makes to manifests: what restores a release after another failed.
package protocol ManifestRestorer: Sendable {
    /// Commits and pushes, as a compare-and-swap, if the head still declares what was rejected. Asking again after it
    /// was done finds nothing to do.
    func restore(_ order: RestoreOrder) async -> RestoreOutcome
}
