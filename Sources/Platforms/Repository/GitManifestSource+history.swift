import Core
import Git
import Manifests

extension GitManifestSource {
    /// What a head declares of an application, with the commits that matter.
    ///
    /// History is walked only as far as it decides something: an active application's beginning matters where its
    /// release was rejected or is on its way, an inactive one's always.
    func declaration(
        of entry: CatalogEntry, head: ObjectID, before: ObjectID?
    ) async throws(GitError) -> Declaration {
        let (application, path) = (entry.application, entry.path)
        let revision = head.description
        if application.activation == .inactive {
            var found = try await walked(entry, head: head)
            found.introduced = try await recordedIntroduction(of: found, head: head) ?? found.introduced
            return found
        }
        var introduced = revision
        if let before {
            introduced = try await introduction(of: application, at: path, head: head, before: before)
        } else if let status = records[application.name] {
            let digest = application.release.digest
            let isMoving =
                status.candidate != nil || status.retained?.placement.release.digest == digest
                || status.rejected.contains { $0.attempt.digest == digest }
            if let stable = status.stable?.release, stable.digest == digest, !isMoving {
                introduced = stable.introduced
            } else {
                let found = try await walked(entry, head: head)
                introduced = try await recordedIntroduction(of: found, head: head) ?? found.introduced
            }
        }
        return Declaration(
            application: application, strategy: entry.strategy, gates: entry.gates, partitions: entry.partitions,
            revision: revision,
            introduced: introduced)
    }

    /// Commits that are looked through for what happened between two looks.
    private static let commitsBetweenLooks = 1_000

    /// Applications whose file is as it was and was another in between: a release that was taken back and declared
    /// again between two looks is a new attempt. Costs what the commits in between changed.
    func declaredAnew(from old: ObjectID, to new: ObjectID) async throws(GitError) -> Set<ApplicationName> {
        let commits = try await mirror.firstParentCommits(from: new, limit: Self.commitsBetweenLooks)
        guard let count = commits.firstIndex(of: old), count > 1 else { return [] }
        // What the oldest of them changed, a later one has to change back.
        var paths: Set<String> = []
        for index in 0..<(count - 1) {
            let changes = try await mirror.changes(from: commits[index + 1], to: commits[index], under: path)
            paths.formUnion(changes.lazy.map(\.path).filter(ManifestLoading.isManifest))
        }
        var names: Set<ApplicationName> = []
        for path in paths.sorted() {
            guard let blob = try await mirror.blobID(at: path, in: new),
                try await mirror.blobID(at: path, in: old) == blob,
                let file = try await mirror.manifest(blob, at: path)?.file
            else { continue }
            for document in file.documents {
                if case .application(let declared) = document.value { names.insert(declared.application.name) }
            }
        }
        return names
    }

    /// Continues what is known of the head before over the commits since then.
    private func introduction(
        of application: Application, at path: String, head: ObjectID, before: ObjectID
    ) async throws(GitError) -> Revision {
        let digest = application.release.digest
        var introduced = head.description
        let versions = try await mirror.history(of: path, from: head, through: before, limit: 1_000)
        for version in versions where version.commit != before {
            guard let older = try await mirror.declared(version, of: application.name, at: path)?.version else {
                continue
            }
            guard older.application?.release.digest == digest else { return introduced }
            introduced = older.revision
        }
        if let known = known[application.name], known.digest == digest { return known.introduced }
        return introduced
    }

    /// The commit that the record names for this run of the release, where it lies within the run: the same attempt
    /// keeps its name.
    private func recordedIntroduction(of found: Declaration, head: ObjectID) async throws(GitError) -> Revision? {
        guard let status = records[found.application.name], let start = ObjectID(hex: found.introduced) else {
            return nil
        }
        var recorded = status.rejected.reversed().map(\.attempt)
        recorded += [status.candidate, status.retained?.placement, status.stable].compactMap { $0?.release.attempt }
        for attempt in recorded where attempt.digest == found.digest {
            guard let id = ObjectID(hex: attempt.introduced), await mirror.contains(id) else { continue }
            let isWithin = try await isAncestor(start, of: id)
            if isWithin, try await isAncestor(id, of: head) { return attempt.introduced }
        }
        return nil
    }

    /// Resolves against history, read in growing portions until there is enough of it.
    private func walked(_ entry: CatalogEntry, head: ObjectID) async throws(GitError) -> Declaration {
        let (name, path) = (entry.application.name, entry.path)
        var versions: [DeclaredVersion] = []
        var from = head
        var portion = 2
        var isFirst = true
        while true {
            let found = try await mirror.history(of: path, from: from, limit: portion)
            // A portion begins with the last version of the one before.
            for version in found.dropFirst(isFirst ? 0 : 1) {
                if let read = try await mirror.declared(version, of: name, at: path)?.version { versions.append(read) }
            }
            let reading = Reading(versions)
            let declaration = Declaration(
                application: entry.application, strategy: entry.strategy, gates: entry.gates,
                partitions: entry.partitions,
                revision: head.description, versions: reading)
            guard reading.isExhausted, found.count == portion, let last = found.last, versions.count < 10_000 else {
                return declaration
            }
            from = last.commit
            isFirst = false
            portion = min(portion * 4, 1_024)
        }
    }
}

/// Versions that know whether they were read to their end.
private final class Reading: Sequence, IteratorProtocol {
    private var rest: ArraySlice<DeclaredVersion>
    private(set) var isExhausted = false

    init(_ versions: [DeclaredVersion]) {
        rest = versions[...]
    }

    func next() -> DeclaredVersion? {
        guard let first = rest.popFirst() else {
            isExhausted = true
            return nil
        }
        return first
    }
}
