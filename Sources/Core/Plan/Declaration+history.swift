/// What one commit declares of an application.
package struct DeclaredVersion: Hashable, Sendable, Codable {
    /// The commit that brought this version.
    package var revision: Revision
    /// nil where the commit declares none of its name.
    package var application: Application?

    package init(revision: Revision, application: Application?) {
        self.revision = revision
        self.application = application
    }
}

extension Declaration {
    /// Resolves what a head means by the versions that came before it.
    ///
    /// The release was introduced by the oldest commit of the newest unbroken run of versions with its digest. For an
    /// inactive head, what serves is the newest version that said `active` of another release.
    ///
    /// - Parameters:
    ///   - application: the head's manifest.
    ///   - strategy: the head's strategy, resolved.
    ///   - gates: the gates that the strategy names.
    ///   - partitions: most active replicas of components with exclusive subscriptions.
    ///   - revision: the head.
    ///   - versions: versions of this manifest, newest first, beginning with the head's own. Versions that do not
    ///     decode are left out. It is read no further than is needed.
    package init(
        application: Application, strategy: Strategy, gates: [String: Gate], partitions: [String: Int] = [:],
        revision: Revision, versions: some Sequence<DeclaredVersion>
    ) {
        let digest = application.release.digest
        var introduced = revision
        var isRunUnbroken = true
        var last: DeclaredRelease?
        for version in versions {
            guard let older = version.application else {
                isRunUnbroken = false
                if last != nil { break }
                continue
            }
            let olderDigest = older.release.digest
            if isRunUnbroken, olderDigest == digest {
                introduced = version.revision
                continue
            }
            isRunUnbroken = false
            if application.activation == .active { break }
            if let found = last {
                guard olderDigest == found.digest else { break }
                last?.introduced = version.revision
            } else if older.activation == .active, olderDigest != digest {
                last = DeclaredRelease(
                    release: older.release, digest: olderDigest, introduced: version.revision,
                    replicas: older.replicas)
            }
        }
        self.init(
            application: application, strategy: strategy, gates: gates, partitions: partitions, revision: revision,
            introduced: introduced, lastActive: last)
    }
}
