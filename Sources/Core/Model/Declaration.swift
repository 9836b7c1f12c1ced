/// A git commit of the manifest repository, as 40 lowercase hex digits (opaque to Core).
package typealias Revision = String

/// What the repository declares of one Application, resolved: its manifest, what the manifest refers to, and the
/// commits that matter.
package struct Declaration: Hashable, Sendable, Codable {
    package var application: Application
    /// The head's release's digest.
    package let digest: Digest
    /// The application's strategy with its reference resolved.
    package var strategy: Strategy
    /// The gates that the strategy's stages name.
    package var gates: [String: Gate]
    /// Most replicas that may be active at once, by consumer component with exclusive subscriptions: the partitions of
    /// the topic that has the fewest.
    package var partitions: [String: Int]
    /// The commit at which the declaration was read.
    package var revision: Revision
    /// The head that began the run of heads with the release's digest. With the digest it identifies an attempt:
    /// declaring the same release anew is a new attempt.
    package var introduced: Revision
    /// For an inactive application: the newest earlier declaration that said `active` of another release.
    @Indirect package var lastActive: DeclaredRelease?
    /// What the repository says of what came before; nil where that is settled, see ``continued(from:status:)``.
    @Indirect package var trail: Trail?
    /// What is not known of what came before; nil where nothing is missing.
    package var unknown: String?

    package init(
        application: Application,
        strategy: Strategy,
        gates: [String: Gate] = [:],
        partitions: [String: Int] = [:],
        revision: Revision,
        introduced: Revision,
        lastActive: DeclaredRelease? = nil
    ) {
        self.application = application
        digest = application.release.digest
        self.strategy = strategy
        self.gates = gates
        self.partitions = partitions
        self.revision = revision
        self.introduced = introduced
        self.lastActive = lastActive
    }

    /// The release that should serve: the head's where it is active, the last active one's where it is not, nil
    /// where nothing should serve.
    package var serving: DeclaredRelease? {
        application.activation == .active ? head : lastActive
    }

    /// The release that should wait dark, where the head is inactive.
    package var dark: DeclaredRelease? {
        application.activation == .inactive ? head : nil
    }

    /// The head's own release.
    package var head: DeclaredRelease {
        DeclaredRelease(
            release: application.release, digest: digest, introduced: introduced,
            replicas: application.replicas)
    }
}

/// A release with the commit that introduced it and the replicas that it was declared with.
package struct DeclaredRelease: Hashable, Sendable, Codable {
    package var release: Release
    package var digest: Digest
    package var introduced: Revision
    /// Full capacity, by component name.
    package var replicas: [String: Int]
    /// How often it was asked to be tried again, from 1; nil for the first try.
    package var retries: Int?

    package init(release: Release, digest: Digest, introduced: Revision, replicas: [String: Int]) {
        self.release = release
        self.digest = digest
        self.introduced = introduced
        self.replicas = replicas
    }

    /// One attempt at this release.
    package var attempt: Attempt { Attempt(digest: digest, introduced: introduced, retry: retries) }
}

/// What a rejection is keyed by: a release's digest, the commit that introduced it, and how often it was retried.
package struct Attempt: Hashable, Sendable, Codable {
    package var digest: Digest
    package var introduced: Revision
    /// From 1; nil for the first try.
    package var retry: Int?

    package init(digest: Digest, introduced: Revision, retry: Int? = nil) {
        self.digest = digest
        self.introduced = introduced
        self.retry = retry
    }
}
