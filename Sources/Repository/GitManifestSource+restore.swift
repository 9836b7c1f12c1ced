import Core
import Git
import Manifests

extension GitManifestSource {
    /// How often a push that lost its race is tried on top of the winner.
    private static var restoreAttempts: Int { 5 }

    /// Commits what restores a release, if the head still declares the attempt that was rejected. Where the branch
    /// refuses the commit, it goes on the branch `proposal`.
    func restore(_ order: RestoreOrder, by signature: Signature, elseOn proposal: String) async -> RestoreOutcome {
        await turns.take()
        defer { turns.give() }
        do throws(GitError) {
            for _ in 0..<Self.restoreAttempts {
                let result = try await transport.fetch(remote, branches: [branch, proposal], into: mirror.path)
                guard let head = result.tip(of: branch) else { throw await absence() }
                guard let entry = try await rejected(order, at: head) else { return .moot }
                let edited: [UInt8]
                switch try await restored(order, entry, at: head) {
                case .success(let bytes): edited = bytes
                case .failure(let obstacle): return .impossible(obstacle.message)
                }
                var edit = TreeEdit()
                edit.set(entry.path, to: edited)
                let commit = RestoringCommit(
                    application: order.application, version: order.stable.release.version,
                    digest: order.stable.digest, former: order.rejectedVersion, reverts: order.rejected.introduced,
                    reason: "it was rejected: \(order.reason)")
                let id = try await mirror.commit(
                    edit, on: head, message: commit.message, trailers: commit.trailers, author: signature)
                switch try await push(id, to: branch, expecting: head) {
                case .accepted: return .pushed
                case .lost: continue
                case .rejected(let reason):
                    notice("\(remote) refuses the push to \(branch): \(reason)")
                    let standing = result.tip(of: proposal)
                    return try await propose(id, order, entry.path, on: proposal, in: standing)
                }
            }
        } catch {
            return .failed(EffectFailure(error))
        }
        return .failed(
            EffectFailure(.unreachable, "\(branch) moved under \(Self.restoreAttempts) attempts to restore"))
    }

    /// What the head declares of the application, if that is what was rejected.
    private func rejected(_ order: RestoreOrder, at new: ObjectID) async throws(GitError) -> CatalogEntry? {
        guard indexed != nil else {
            throw GitError(.other, "the manifests are to be read before \(order.application) is restored")
        }
        if indexed != new { try await index(new) }
        if let finding = catalog.hold(of: order.application) {
            throw GitError(.invalid, "\(order.application) is not restored while its manifest is wrong: \(finding)")
        }
        guard let entry = catalog.declared(order.application), entry.application.activation == .active else {
            return nil
        }
        guard entry.application.release.digest == order.rejected.digest else { return nil }
        // What was rejected may have been taken back and declared again since.
        var since = head
        if let introduced = ObjectID(hex: order.rejected.introduced),
            try await descends(new, from: introduced) == true
        {
            since = introduced
        }
        guard let since, since != new else { return entry }
        let between = try await mirror.between(since, new)[order.application] ?? []
        let isAnew = between.contains { $0.application?.release.digest != order.rejected.digest }
        return isAnew ? nil : entry
    }

    /// Why a manifest cannot be given back a release, however often it is tried.
    private struct Obstacle: Error {
        var message: String
    }

    /// The manifest file with the release restored, proved to be valid among the others.
    private func restored(
        _ order: RestoreOrder, _ entry: CatalogEntry, at head: ObjectID
    ) async throws(GitError) -> Result<[UInt8], Obstacle> {
        let (name, path, version) = (order.application, entry.path, order.stable.release.version)
        guard let blob = try await mirror.blobID(at: path, in: head) else {
            throw GitError(.notFound, "\(path) is gone from \(head.short)")
        }
        let source = try await mirror.source(
            declaring: order.stable.digest, of: name, at: path, in: [order.revision, order.stable.introduced],
            before: head)
        let bytes = try await mirror.blob(blob, limit: Bounds.file)
        let edited: [UInt8]
        do throws(ManifestEditError) {
            edited = try ReleaseRestoration(of: name, to: order.stable, from: source)
                .applied(to: bytes, path: path)
        } catch {
            return .failure(Obstacle(message: "\(path): \(error)"))
        }
        var after = catalog
        _ = after.update([(path: path, file: Optional(ManifestDecoder.decode(bytes: edited, path: path)))])
        if let finding = after.hold(of: name) {
            return .failure(
                Obstacle(message: "\(name) \(version) does not go with the other manifests any more: \(finding)"))
        }
        return .success(edited)
    }

    /// Puts the commit on a branch of its own. One that stands there already and does the same is as good.
    private func propose(
        _ commit: ObjectID, _ order: RestoreOrder, _ path: String, on proposal: String, in standing: ObjectID?
    ) async throws(GitError) -> RestoreOutcome {
        if let standing, let blob = try await mirror.blobID(at: path, in: standing) {
            let version = PathVersion(commit: standing, blob: blob)
            let found = try await mirror.declared(version, of: order.application, at: path)
            if found?.version.application?.release.digest == order.stable.digest { return .proposed(branch: proposal) }
        }
        switch try await push(commit, to: proposal, expecting: standing) {
        case .accepted: return .proposed(branch: proposal)
        case .lost: throw GitError(.rejected, "\(proposal) moved while it was pushed to")
        case .rejected(let reason):
            return .impossible("\(remote) refuses the push to \(branch), and to \(proposal): \(reason)")
        }
    }

    private func push(
        _ commit: ObjectID, to branch: String, expecting old: ObjectID?
    ) async throws(GitError) -> Git.PushOutcome {
        let name = "refs/heads/\(branch)"
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(name, to: commit, expecting: old)], from: mirror.path)[name]
        guard let outcome else { throw GitError(.other, "the transport answered nothing about \(branch)") }
        return outcome
    }
}
