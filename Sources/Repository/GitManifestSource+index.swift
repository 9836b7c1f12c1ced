import Core
import Git
import Manifests

extension GitManifestSource {
    /// Decodes what differs from what is indexed.
    func index(_ new: ObjectID) async throws(GitError) {
        let folder = try await folder(at: new)
        // A copy only where somebody has to be told from those who were there before.
        let before = folder.problem == nil ? nil : catalog
        let (read, change) = indexed == nil ? try await readAll(new, folder) : try await readDifference(new, folder)
        judgeNewcomers(change, before, folder)
        unreported.formUnion(change.declared.lazy.map(\.application.name))
        unreported.formUnion(change.held.keys)
        unreported.formUnion(change.gone)
        indexed = new
        patterns = folder.patterns
        counters.decodedFiles += read.files
        tell(read, change)
    }

    /// Notes who is new while `.sluiceignore` cannot be heeded, and lets them begin, or be passed over, once it can.
    private func judgeNewcomers(_ change: CatalogChange, _ before: Catalog?, _ folder: ManifestFolder) {
        ignoreProblem = folder.problem?.findings.first
        guard let before else {
            unreported.formUnion(newcomers)
            released.formUnion(newcomers.filter { catalog.isPassedOver(name: $0) })
            newcomers = []
            return
        }
        for name in change.declared.lazy.map(\.application.name)
        where !before.isDeclared(name) && records[name]?.isTakenUp != true { newcomers.insert(name) }
    }

    // MARK: The first time

    /// Fills a catalogue that nobody sees before it is whole.
    private func readAll(
        _ new: ObjectID, _ folder: ManifestFolder
    ) async throws(GitError) -> (FilesRead, CatalogChange) {
        let initial = (read: FilesRead(), filling: CatalogFilling(Catalog(known: records.keys)))
        var taken = try await ManifestLoading.everything(in: new, folder, of: mirror, into: initial) {
            $0.read.note($1)
            $0.filling.take($1)
        }
        for (name, place) in try await formerPlaces(of: taken.filling.missing, before: new, folder) {
            taken.filling.note(name, declaredAt: place)
            if !taken.filling.knows(place), case .file = try await mirror.place(at: place, in: new) {
                taken.filling.take([(place, ManifestFile(folder.passesOver(place) ? .ignored : .others))])
            }
        }
        let (filled, change) = taken.filling.finish()
        catalog = filled
        return (taken.read, change)
    }

    /// Commits that are compared with the head for where something was declared.
    private static var commitsCompared: Int { 8 }

    /// Where applications that the head does not declare were declared when a daemon last looked, as far as that is
    /// known: a file that is still there and is not read has not said that they are to go.
    private func formerPlaces(
        of names: [ApplicationName], before new: ObjectID, _ folder: ManifestFolder
    ) async throws(GitError) -> [(ApplicationName, String)] {
        var missing = Set(names.filter { records[$0]?.removal?.doneAt == nil })
        if missing.isEmpty { return [] }
        var commits = try await mirror.target(of: reference).map { [$0] } ?? []
        for name in missing.sorted() {
            guard commits.count < Self.commitsCompared else { break }
            if let id = records[name].flatMap({ ObjectID(hex: $0.observedRevision) }), !commits.contains(id) {
                commits.append(id)
            }
        }
        var found: [(ApplicationName, String)] = []
        for commit in commits where !missing.isEmpty {
            guard await mirror.contains(commit) else { continue }
            let changes = try await mirror.changes(
                from: commit, to: new, under: path, filter: ManifestFolder.everyManifest)
            for change in changes where !missing.isEmpty {
                guard let old = change.old else { continue }
                for name in try await applications(in: old, at: change.path) where missing.remove(name) != nil {
                    found.append((name, change.path))
                }
            }
            for (path, id) in try await passedOverSince(commit, new, folder) where !missing.isEmpty {
                for name in try await applications(in: id, at: path) where missing.remove(name) != nil {
                    found.append((name, path))
                }
            }
        }
        return found
    }

    /// What a file declares, or tries to.
    private func applications(in blob: ObjectID, at path: String) async throws(GitError) -> [ApplicationName] {
        guard await mirror.contains(blob), let file = try await mirror.manifest(blob, at: path)?.file else { return [] }
        return file.documents.filter { $0.kind == .application }.map(\.name)
            + file.broken.filter { ($0.kind ?? .application) == .application }.compactMap(\.name)
    }

    /// Files that `.sluiceignore` passes over at a head and did not at a commit before it.
    private func passedOverSince(
        _ commit: ObjectID, _ new: ObjectID, _ folder: ManifestFolder
    ) async throws(GitError) -> [(path: String, id: ObjectID)] {
        guard folder.patterns != nil, case .folder = try await mirror.place(at: path, in: commit) else { return [] }
        let before = try await mirror.manifestFolder(at: path, in: commit)
        if before.patterns == folder.patterns { return [] }
        return try await mirror.changes(from: nil, to: new, under: path, filter: before.filter).compactMap { entry in
            guard let id = entry.new, entry.kind == .file || entry.kind == .executable, folder.passesOver(entry.path)
            else { return nil }
            return (entry.path, id)
        }
    }

    // MARK: Afterwards

    private func readDifference(
        _ new: ObjectID, _ folder: ManifestFolder
    ) async throws(GitError) -> (FilesRead, CatalogChange) {
        let files = try await difference(new, folder)
        var read = FilesRead()
        read.note(files)
        return (read, catalog.update(files))
    }

    private func difference(
        _ new: ObjectID, _ folder: ManifestFolder
    ) async throws(GitError) -> [ManifestLoading.Decoded] {
        if let indexed, await !mirror.contains(indexed) {
            throw GitError(
                .notFound,
                "\(branch) of \(remote) was rewritten, and the mirror that knew \(indexed.short) was damaged; what was "
                    + "declared stays declared", advice: "restart the daemon")
        }
        var found: [ManifestLoading.Decoded] = []
        do throws(GitError) {
            if folder.patterns != patterns {
                found += try await differenceOfPatterns(new, folder)
            } else {
                found += try await decode(
                    try await mirror.changes(from: indexed, to: new, under: path, filter: folder.filter), of: new)
            }
        } catch {
            throw error.ofManifests
        }
        // Last, since it counts whatever else stands for a link of that name.
        if folder.problem != nil || catalog.knows(folder.ignoreFilePath) {
            found.append((folder.ignoreFilePath, folder.problem))
        }
        // What is passed over shows in no difference; whoever waits for it to go sees it here.
        for place in catalog.pathsOfMissing where try await mirror.place(at: place, in: new) == .nothing {
            found.append((place, nil))
        }
        return found
    }

    /// What is another file than before, what is read now and was not, and what was read and is not any more.
    private func differenceOfPatterns(
        _ new: ObjectID, _ folder: ManifestFolder
    ) async throws(GitError) -> [ManifestLoading.Decoded] {
        var found: [ManifestLoading.Decoded] = []
        var changed: [String: Change] = [:]
        for change in try await mirror.changes(
            from: indexed, to: new, under: path, filter: ManifestFolder.everyManifest)
        { changed[change.path] = change }
        var listed: Set<String> = []
        var concerned: [Change] = []
        for entry in try await mirror.changes(from: nil, to: new, under: path, filter: folder.filter) {
            listed.insert(entry.path)
            if changed[entry.path] != nil || !catalog.knows(entry.path) || catalog.isPassedOver(entry.path) {
                concerned.append(entry)
            }
        }
        found += try await decode(concerned, of: new)
        for known in catalog.paths where !listed.contains(known) && known != folder.ignoreFilePath {
            let isGone = changed[known].map { $0.new == nil } ?? false
            found.append((known, isGone ? nil : ManifestFile(.ignored)))
        }
        return found
    }

    /// What entries of a head's tree hold, nil for what is gone, within the bounds of a first load.
    private func decode(_ changes: [Change], of head: ObjectID) async throws(GitError) -> [ManifestLoading.Decoded] {
        let gone: [ManifestLoading.Decoded] = changes.filter { $0.new == nil }.map { ($0.path, nil) }
        return try await ManifestLoading.files(
            changes.filter { $0.new != nil }, in: head, of: mirror, into: gone
        ) { found, files in found += files }
    }
}

extension Status {
    /// Whether anything came of what was declared.
    fileprivate var isTakenUp: Bool {
        removal?.doneAt == nil && (stable != nil || candidate != nil || adopting != nil || appliedRevision != nil)
    }
}
