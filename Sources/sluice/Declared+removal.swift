import Core
import Git
import Manifests
import Repository

extension Mirror {
    /// The commit by which a branch came to declare an application no more, and the file that had declared it: the newest
    /// of the first-parent line, or, where it is known `after` which commit, the first behind that.
    ///
    /// - Returns: nil where none of the newest 512 commits did so.
    func removal(
        of name: ApplicationName, from head: ObjectID, under folder: String, after: ObjectID? = nil
    ) async throws(GitError) -> (commit: ObjectID, path: String)? {
        var found: (ObjectID, String)?
        for id in try firstParentCommits(from: head, limit: 512) {
            if id == after { return found }
            guard let parent = try commit(id).parents.first else { break }
            for change in try changes(from: parent, to: id, under: folder) where ManifestLoading.isManifest(change.path)
            {
                guard try declares(name, change.old, at: change.path), try !declares(name, change.new, at: change.path)
                else { continue }
                found = (id, change.path)
                if after == nil { return found }
            }
        }
        return after == nil ? found : nil
    }

    private func declares(_ name: ApplicationName, _ blob: ObjectID?, at path: String) throws(GitError) -> Bool {
        guard let blob, let file = try manifest(blob, at: path)?.file else { return false }
        return file.documents.contains { $0.kind == .application && $0.name == name }
    }
}

extension Declared {
    /// What a shell of a clone takes to have an application declared again that the head does not declare any more; nil
    /// where it takes a hand. A revert where that does nothing else; the file as it was, where there is none in its place.
    func declaringAgain(_ name: ApplicationName, _ status: Status) async throws -> String? {
        guard fleet.applications[name] == nil else { return nil }
        if let removal = try await mirror.removal(of: name, from: head, under: folder) {
            if let last = try await lastChange(of: name, at: removal.path, isAway: true), last.before != nil,
                last.commit == removal.commit
            {
                return reverting(removal.commit)
            }
            return try await bringingBack(removal.path, of: name, from: "\(removal.commit.short)^1")
        }
        // A branch that was rewritten has no commit that took it away.
        guard let id = ObjectID(hex: status.observedRevision), await mirror.contains(id),
            let path = try await FleetReader.revision(id, of: mirror, under: folder).applications[name]?.path
        else { return nil }
        return try await bringingBack(path, of: name, from: id.short)
    }

    /// Which file declared last what is declared no more, and which commit took it away, in words; nil where neither is
    /// known.
    func lastPlace(of name: ApplicationName, _ status: Status) async throws -> String? {
        guard fleet.applications[name] == nil else { return nil }
        if let removal = try await mirror.removal(of: name, from: head, under: folder) {
            return "\(removal.commit.short) took it out of \(removal.path)"
        }
        guard let id = ObjectID(hex: status.observedRevision), await mirror.contains(id),
            let path = try await FleetReader.revision(id, of: mirror, under: folder).applications[name]?.path
        else { return nil }
        return "\(path) declared it at \(id.short)"
    }

    private func bringingBack(
        _ path: String, of name: ApplicationName, from revision: String
    ) async throws -> String? {
        guard try await mirror.place(at: path, in: head) == .nothing,
            let blob = try await mirror.blobID(at: path, in: try await mirror.resolve(revision)),
            let file = try await mirror.manifest(blob, at: path)?.file, file.isComplete,
            // What else was taken away with it stays away.
            file.documents.allSatisfy({
                $0.name == name || fleet.applications[$0.name] == nil && $0.kind != .application
            })
        else { return nil }
        let message = Place.quoted("Declare \(name) again")
        let place = Place.quoted(path)
        return Self.committing(
            "git checkout \(Place.quoted(revision)) -- \(place) && git commit -m \(message) -- \(place)", to: branch)
    }

    /// Whether the branch was rewritten since a status spoke of it: nothing is taken away for that.
    func wasRewritten(since status: Status) async throws -> Bool {
        guard let id = ObjectID(hex: status.observedRevision), await !mirror.isShallow else { return false }
        // What a daemon said of another head is no word on this one, which may build on that.
        let isTold = status.conditions.contains { $0.reason == Condition.notDeclared }
        if isTold, !status.isHeld(at: head) { return false }
        guard await mirror.contains(id) else { return true }
        return try await !mirror.isAncestor(id, of: head)
    }
}
