package import Core
import Git
package import Reconciler

/// Commits to the manifest branch what restores a release after another failed, where a strategy asks for it.
///
/// It works on what its source has read. Where the branch refuses the push, the commit goes to a branch of its own.
package struct GitManifestRestorer: ManifestRestorer {
    private let source: GitManifestSource
    private let environment: String
    private let time: any TimeSource
    private let author: (name: String, email: String)

    /// - Parameters:
    ///   - source: of the manifests that are restored.
    ///   - environment: names the branches of what is refused.
    ///   - time: dates the commits.
    ///   - author: signs them.
    package init(
        source: GitManifestSource, environment: String, time: any TimeSource,
        author: (name: String, email: String) = ("Sluice", "sluice@localhost")
    ) {
        self.source = source
        self.environment = environment
        self.time = time
        self.author = author
    }

    /// The branch on which a commit stands that the manifest branch refused.
    package static func proposal(_ application: ApplicationName, _ digest: Digest, environment: String) -> String {
        "sluice/restore/\(environment)/\(application)-\(digest.short)"
    }

    package func restore(_ order: RestoreOrder) async -> RestoreOutcome {
        let branch = Self.proposal(order.application, order.rejected.digest, environment: environment)
        let signature = Signature(name: author.name, email: author.email, time: time.now.milliseconds / 1000)
        return await source.restore(order, by: signature, elseOn: branch)
    }
}
