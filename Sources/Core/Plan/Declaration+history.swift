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
    /// inactive head, what serves is the newest version that said `active` of another release and was not taken back.
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
        var read: [DeclaredVersion] = []
        // What was declared inactive after it was active: then it takes the whole line to say what serves.
        var dark: Set<Digest> = [digest]
        var isPlain = true
        for version in versions {
            if application.activation == .inactive { read.append(version) }
            guard let older = version.application else {
                isRunUnbroken = false
                if last != nil || application.activation == .inactive { break }
                continue
            }
            if application.activation == .inactive, last == nil {
                if older.activation == .inactive {
                    dark.insert(older.release.digest)
                } else if dark.contains(older.release.digest) {
                    isPlain = false
                }
                if !isPlain { continue }
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
        if !isPlain, let past = Past(read) {
            last = past.actives.first { $0.digest != digest }?.declared
            introduced = past.introduced
        }
        self.init(
            application: application, strategy: strategy, gates: gates, partitions: partitions, revision: revision,
            introduced: introduced, lastActive: last)
    }
}
