import Basics
package import Core
import Git
import Reconciler

/// A status store whose lead is taken only by who has something to follow.
///
/// Whoever leads tells everybody what it follows, and nobody else acts any more. A branch or a folder that was mistyped
/// must not do that to a fleet that is followed rightly. What the fleet does follow may be away: then what was declared
/// stays declared, and somebody has to see to it.
///
/// Nor must one that was mixed up: what another branch or folder declares is another fleet, and what only this one
/// declares would be torn down. Where what the fleet follows is there still, somebody has to say that it is to follow
/// another from now on.
package struct FollowingStatusStore: StatusStore {
    private let base: GitStatusStore
    private let manifests: GitManifestSource
    /// The fleet is to follow what the manifests' source does, whatever it followed.
    private let followsAnew: Bool

    package init(_ base: GitStatusStore, _ manifests: GitManifestSource, followsAnew: Bool = false) {
        self.base = base
        self.manifests = manifests
        self.followsAnew = followsAnew
    }

    package func lead() async throws(EffectFailure) -> (epoch: Int, statuses: [Status]) {
        try await check()
        return try await base.lead()
    }

    package func takeOver() async throws(EffectFailure) -> (epoch: Int, statuses: [Status])? {
        try await base.takeOver { () throws(EffectFailure) in try await check() }
    }

    package func push(_ updates: [StatusUpdate], epoch: Int) async -> Core.PushOutcome {
        await base.push(updates, epoch: epoch)
    }

    package func newerEpoch(than epoch: Int) async throws(EffectFailure) -> Int? {
        try await base.newerEpoch(than: epoch)
    }

    private func check() async throws(EffectFailure) {
        var absence = await manifests.absentBranch()
        if absence == nil { absence = await manifests.absentFolder() }
        if absence == nil, followsAnew { return }
        let standing: EnvironmentRecord?
        do throws(GitError) { standing = try await base.standingRecord() } catch { throw EffectFailure(error) }
        let (branch, path) = (manifests.branch, manifests.path)
        guard let standing, let followed = standing.branch else {
            if let absence { throw Self.failure(absence, nil) }
            return
        }
        let folder = standing.folder ?? ""
        if followed == branch, folder == path { return }
        let place = PlainText.line(folder.isEmpty ? followed : "\(followed), in the folder \(folder)", limit: 300)
        if let absence { throw Self.failure(absence, "who leads, or led last, follows \(place)") }
        // What cannot be looked at now may be there.
        do throws(GitError) {
            guard try await manifests.has(branch: followed, folder: folder) else { return }
        } catch { throw EffectFailure(error) }
        throw EffectFailure(
            .refused,
            "who leads, or led last, follows \(place), which is there still: what only that declares would be torn down. "
                + "To go on with it, run with --branch and --path as they were; to follow "
                + "\(path.isEmpty ? branch : "\(branch), in the folder \(path),") from now on, run with --follow-anew")
    }

    private static func failure(_ absence: GitError, _ standing: String?) -> EffectFailure {
        let more = standing.map { "\(PlainText.line($0, limit: 300)); " } ?? ""
        return EffectFailure(
            .notFound, "\(absence.message); \(more)the lead is taken once it is there; are --branch and --path right?")
    }
}
