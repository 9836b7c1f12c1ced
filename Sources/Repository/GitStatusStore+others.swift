import Basics
package import Core
package import Git
import Reconciler

/// What others do to the branch of whoever leads: another daemon takes the lead, and all else is set right.
extension GitStatusStore {
    /// Told by a poll of the same repository where the branch stands, which saves a round trip of our own.
    func saw(_ tip: ObjectID?) { seen = .some(tip) }

    /// Reads the branch only where it moved by another's hand. A push that is under way finds out by itself.
    package func newerEpoch(than epoch: Int) async throws(EffectFailure) -> Int? {
        guard !isWriting, let mine else { return nil }
        do throws(GitError) {
            let standing: ObjectID?
            if let seen {
                standing = seen
            } else {
                standing = try await transport.tips(remote, branches: [branch])[branch]
            }
            guard standing != mine, standing != self.mine, standing == nil || standing != judged, !isWriting else {
                return nil
            }
            guard standing != nil else {
                await setRight(epoch)
                return nil
            }
            guard let new = try await transport.fetch(remote, branches: [branch], into: mirror.path).tip(of: branch)
            else { return nil }
            judged = new
            if let found = try await readableEpoch(at: new), found > epoch {
                self.mine = nil
                return found
            }
            await setRight(epoch)
            return nil
        } catch {
            throw EffectFailure(error)
        }
    }

    /// nil where the branch does not say who leads: nobody can lead then, and whoever did has not lost the lead.
    private func readableEpoch(at commit: ObjectID) async throws(GitError) -> Int? {
        do throws(GitError) {
            return try await epoch(at: commit)
        } catch {
            guard error.kind == .invalid else { throw error }
            return nil
        }
    }

    /// Makes the branch say again what this process told, where somebody changed or deleted what they do not lead.
    /// What does not succeed is tried again with the next look, and said once.
    private func setRight(_ epoch: Int) async {
        await turns.take()
        isWriting = true
        defer {
            isWriting = false
            turns.give()
        }
        do throws(GitError) {
            let isRight = try await mending(mirror, notice: notice) { () throws(GitError) in
                try await restore(epoch)
            }
            if isRight { obstacle = nil } else { judged = nil }
        } catch {
            judged = nil
            guard obstacle != error.message else { return }
            obstacle = error.message
            notice("\(branch) is not as it was told, and cannot be set right: \(error)")
        }
    }

    /// - Returns: whether the branch is as it was told.
    private func restore(_ epoch: Int) async throws(GitError) -> Bool {
        guard let mine, led?.epoch == epoch, await mirror.contains(mine) else { return true }
        guard let standing = try await fetchTip() else { return try await makeAgain() }
        if standing == mine { return true }
        if let found = try await readableEpoch(at: standing), found > epoch { return true }
        let files = try await differences(from: mine, to: standing)
        guard !files.isEmpty else {
            (tip, self.mine) = (standing, standing)
            return true
        }
        let commit = try await mirror.commit(standing)
        let names = files.prefix(3).map(\.path).joined(separator: ", ") + (files.count > 3 ? ", …" : "")
        guard try await push(StatusCommit(restoring: files, epoch: epoch), on: standing, expecting: standing) else {
            return false
        }
        notice(
            PlainText.line(
                "\(branch) was changed by somebody who does not lead: \(names); set right, and \(standing.short) "
                    + "(\"\(commit.summary)\", by \(commit.authorName)) counts for nothing", limit: 500))
        return true
    }

    /// What this process told and stands no more as it was, and what stands beside it and was never told.
    private func differences(
        from mine: ObjectID, to standing: ObjectID
    ) async throws(GitError) -> [(path: String, content: [UInt8]?)] {
        var told: [(path: String, content: [UInt8]?)] = []
        var (others, above): ([String], Set<String>) = ([], [])
        for change in try await mirror.changes(from: mine, to: standing) {
            let path = change.path
            let isOurs = [StatusCommit.environmentPath, StatusCommit.folder].contains(path)
            guard isOurs || path.hasPrefix(StatusCommit.folder + "/"), change.kind != .badName else { continue }
            guard let blob = try await mirror.blobID(at: path, in: mine) else {
                others.append(path)
                continue
            }
            told.append((path, try await mirror.blob(blob, limit: Self.limit)))
            above.formUnion(Self.folders(of: path))
        }
        // What stands above or below what is written goes by that.
        let written = Set(told.map(\.path))
        return told
            + others.filter { !above.contains($0) && written.isDisjoint(with: Self.folders(of: $0)) }.map { ($0, nil) }
    }

    /// `a` and `a/b`, of `a/b/c`.
    private static func folders(of path: String) -> [String] {
        path.indices.filter { path[$0] == "/" }.map { String(path[..<$0]) }
    }

    /// Puts the branch back where this process left it, after it was deleted.
    ///
    /// - Returns: false where it is there after all.
    func makeAgain() async throws(GitError) -> Bool {
        let name = "refs/heads/\(branch)"
        guard let mine, await mirror.contains(mine) else {
            throw GitError(
                .notFound, "\(branch) was deleted from \(remote), and what it held is not known here",
                advice: "restart the daemon")
        }
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(name, to: mine, expecting: nil)], from: mirror.path)[name]
        switch outcome {
        case .accepted:
            tip = mine
            notice("\(branch) was deleted from \(remote); it is made again, as it was told last")
            return true
        case .rejected(let reason):
            throw GitError(.rejected, "\(remote) refuses the push to \(branch): \(reason)")
        case .lost, nil: return false
        }
    }
}

extension GitStatusStore {
    /// What a shell of a clone takes to revert the commit that wrote what stands at a path of a status branch.
    package static func takingBack(
        _ path: String, on branch: String, at tip: ObjectID, in mirror: Mirror
    ) async -> String {
        var culprit: ObjectID?
        if let id = try? await mirror.blobID(at: path, in: tip) {
            culprit = await mirror.writer(of: id, at: path, in: tip)
        }
        return StatusCommit.takingBack(culprit?.short, at: path, branch: branch)
    }
}

extension Mirror {
    /// Commits that are looked through for who wrote something.
    private static let searched = 5_000

    /// The newest commit on the first-parent line that wrote this blob there; nil where it lies too far back.
    func writer(of blob: ObjectID, at path: String, in tip: ObjectID) async -> ObjectID? {
        var last: ObjectID?
        for commit in (try? firstParentCommits(from: tip, limit: Self.searched)) ?? [] {
            guard (try? blobID(at: path, in: commit)) == blob else { return last }
            last = commit
        }
        return nil
    }
}
