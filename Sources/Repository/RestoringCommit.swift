package import Core
package import Git

/// What a commit says that gives a manifest back an earlier release.
package struct RestoringCommit: Sendable {
    package var application: ApplicationName
    /// The version that is restored.
    package var version: String
    /// Its digest.
    package var digest: Digest
    /// The version that is turned away.
    package var former: String
    /// The commit that introduced it.
    package var reverts: Revision
    /// Why, in a sentence.
    package var reason: String?

    package init(
        application: ApplicationName, version: String, digest: Digest, former: String, reverts: Revision,
        reason: String?
    ) {
        self.application = application
        self.version = version
        self.digest = digest
        self.former = former
        self.reverts = reverts
        self.reason = reason
    }

    /// Whether a commit's trailers say that it restores this application.
    package static func restores(_ application: ApplicationName, _ trailers: [Trailer]) -> Bool {
        trailers.contains { $0.key == "Sluice-Reverts" }
            && trailers.contains(Trailer("Sluice-Application", application))
    }

    package var message: String {
        let why = reason.map { ": \($0)" } ?? ""
        return "Restore \(application) \(version)\n\nTakes back \(former)\(why)"
    }

    package var trailers: [Trailer] {
        [
            Trailer("Sluice-Reverts", reverts), Trailer("Sluice-Application", application),
            Trailer("Sluice-Release", "\(version) \(digest.short)"),
        ]
    }
}
