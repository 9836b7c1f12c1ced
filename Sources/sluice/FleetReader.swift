import Core
import Foundation
import Gates
import Git
import Manifests
import Repository

/// Reads a fleet from a folder on the disk, or from a revision of a repository.
enum FleetReader {
    /// A manifest's longest file, in bytes.
    static let fileLimit = 1 << 20

    /// Reads a folder (or one file) as it lies on the disk. Links are not followed, `.git` is passed over.
    ///
    /// `known` applications were declared before in the files given: one that is missing though its file is still there
    /// is an error.
    static func workingTree(_ path: String, known: [ApplicationName: String] = [:]) throws(Failure) -> Fleet {
        var collector = Collector(Fleet(revision: nil, label: "the working tree"), known: known)
        var information = stat()
        guard stat(path, &information) == 0 else {
            guard [ENOENT, ENOTDIR].contains(errno) else { throw unreadable(path) }
            throw Failure(
                "there is nothing at \(Terminal.clean(path))", advice: "give a folder of manifests or a repository")
        }
        switch information.st_mode & S_IFMT {
        case S_IFDIR:
            var filter = TreeFilter(endings: [".yaml", ".yml"])
            let (rules, problem) = try patterns(in: path)
            filter.ignored = rules
            var walk = FolderWalk(path, filter)
            try walk.run()
            guard walk.entries.count <= ManifestLoading.documents else {
                throw Failure(
                    "\(Terminal.clean(path)) has \(walk.entries.count) YAML files, more than \(ManifestLoading.documents)",
                    advice: "name the folders that hold no manifests in \(ManifestFolder.ignoreFile)")
            }
            for entry in walk.entries {
                if let stand = entry.stand {
                    collector.take([(entry.path, stand)])
                } else {
                    collector.read(path + "/" + entry.path, as: entry.path)
                }
            }
            // Last, since it counts whatever else stands for a link of that name.
            if let problem { collector.take([(ManifestFolder.ignoreFile, problem)]) }
            for place in collector.unread(of: known.values) where access(path + "/" + place, F_OK) == 0 {
                collector.take([(place, ManifestFile(rules.ignores(file: place) ? .ignored : .others))])
            }
        case S_IFREG: collector.read(path, as: path, isOurs: true)
        default:
            throw Failure(
                "\(Terminal.clean(path)) is no folder and no file", advice: "give a folder of manifests or a repository"
            )
        }
        return collector.finish()
    }

    /// What `.sluiceignore` at a folder's root says.
    private static func patterns(in folder: String) throws(Failure) -> (rules: IgnoreRules, problem: ManifestFile?) {
        let name = ManifestFolder.ignoreFile
        var information = stat()
        guard lstat(folder + "/" + name, &information) == 0 else { return (IgnoreRules(), nil) }
        guard information.st_mode & S_IFMT == S_IFREG else { return ManifestFolder.rules(nil, at: name) }
        guard let handle = FileHandle(forReadingAtPath: folder + "/" + name),
            let bytes = try? handle.read(upToCount: IgnoreRules.fileLimit + 1) ?? Data()
        else { throw unreadable(folder + "/" + name) }
        return ManifestFolder.rules([UInt8](bytes), at: name)
    }

    /// Reads what a commit of a repository holds under a folder; left out, under the mirror's.
    ///
    /// Where it `mayBeAbsent` there need be no such folder: then nothing is declared. `known` applications were declared
    /// before in the files given: one that is missing though its file is still there is an error.
    static func revision(
        _ commit: ObjectID, of mirror: Mirror, under folder: String? = nil, mayBeAbsent: Bool = false,
        known: [ApplicationName: String] = [:]
    ) async throws(GitError) -> Fleet {
        let folder = folder ?? mirror.folder
        var collector = Collector(Fleet(revision: commit.description, label: commit.short), known: known)
        if mayBeAbsent, try await mirror.place(at: folder, in: commit) == .nothing { return collector.finish() }
        let manifests = try await mirror.manifestFolder(at: folder, in: commit)
        collector = try await ManifestLoading.everything(in: commit, manifests, of: mirror, into: collector) {
            $0.take($1)
        }
        for place in collector.unread(of: known.values) {
            guard case .file = try await mirror.place(at: place, in: commit) else { continue }
            collector.take([(place, ManifestFile(manifests.passesOver(place) ? .ignored : .others))])
        }
        var fleet = collector.finish()
        for path in Set(fleet.findings.map(\.path)) {
            guard let blob = try await mirror.blobID(at: path, in: commit) else { continue }
            do throws(GitError) {
                fleet.sources[path] = try await mirror.blob(blob, limit: fileLimit)
            } catch {
                // What the finding says: there is no line to show.
                guard case .tooLarge = error.kind else { throw error }
            }
        }
        return fleet
    }

    /// What is wrong between a working tree's manifests and what else it holds or has room for.
    static func judgeWhole(_ fleet: Fleet, at path: String) async -> Fleet {
        var fleet = fleet
        // Outside a repository nobody knows where its root would be.
        if let root = ReplayCheck.root(of: path) {
            await ReplayCheck.judge(&fleet) { path throws(EffectFailure) in
                try ReplayCheck.read(path, below: root)
            }
        }
        QuotaCheck.judge(&fleet)
        return fleet
    }

    /// The same of a commit.
    static func judgeWhole(_ fleet: Fleet, in commit: ObjectID, of mirror: Mirror) async -> Fleet {
        var fleet = fleet
        await ReplayCheck.judge(&fleet) { path throws(EffectFailure) in
            try await MirrorFiles(mirror).read(path, at: commit.description, limit: Replay.fileLimit)
        }
        QuotaCheck.judge(&fleet)
        return fleet
    }

    /// Manifests below a folder, sorted, relative to it. Links and `.git` are passed over.
    static func files(in folder: String) throws(Failure) -> [String] {
        var walk = FolderWalk(folder, TreeFilter(endings: [".yaml", ".yml"]))
        try walk.run()
        return walk.entries.filter { $0.stand == nil }.map(\.path)
    }

    /// Why a path cannot be read, by what the system said last.
    static func unreadable(_ path: String) -> Failure {
        let shown = path.count > 200 ? path.prefix(200) + "…" : path[...]
        return Failure("\(Terminal.clean(String(shown))) cannot be read: \(String(cString: strerror(errno)))")
    }
}

/// Puts decoded files together into a fleet.
private struct Collector: Sendable {
    private var fleet: Fleet
    private var filling: CatalogFilling

    init(_ fleet: Fleet, known: [ApplicationName: String]) {
        self.fleet = fleet
        filling = CatalogFilling(Catalog(known: known.keys))
        for (name, path) in known { filling.note(name, declaredAt: path) }
    }

    /// Where it `isOurs` it is read as Sluice's, whatever is in it.
    mutating func read(_ path: String, as name: String, isOurs: Bool = false) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isOurs ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { return take([(name, FolderWalk.unreadable(name, .read))]) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // Nil: it is empty.
        guard let data = try? handle.read(upToCount: Bounds.otherFile + 1) ?? Data() else {
            return take([(name, FolderWalk.unreadable(name, .read))])
        }
        let bytes = [UInt8](data)
        let file = bytes.withUnsafeBytes { content -> ManifestFile in
            if content.count > Bounds.otherFile {
                let size = (try? handle.seekToEnd()).map(Int.init) ?? content.count
                let message =
                    "a file of \(size) bytes is not read; if it is no manifest, name it in "
                    + ManifestFolder.ignoreFile
                return ManifestFile(unread: Finding(path: name, mark: .start, code: .fileTooLarge, message: message))
            }
            return isOurs
                ? ManifestDecoder.decode(bytes: content, path: name) : ManifestDecoder.read(bytes: content, path: name)
        }
        if !file.findings.isEmpty || !file.documents.isEmpty { fleet.sources[name] = bytes }
        take([(name, file)])
    }

    mutating func take(_ files: [ManifestLoading.Decoded]) {
        for file in files.lazy.compactMap(\.file) {
            switch file.reading {
            case .read: fleet.files += 1
            case .others:
                fleet.files += 1
                fleet.others += 1
            case .ignored, .symbolicLink, .submodule, .hidden: break
            }
        }
        filling.take(files)
    }

    /// Files that declared what is missing, and were not read.
    func unread(of paths: some Sequence<String>) -> [String] {
        filling.missing.isEmpty ? [] : Set(paths).filter { !filling.knows($0) }.sorted()
    }

    mutating func finish() -> Fleet {
        let catalog = filling.finish().catalog
        for name in catalog.applicationNames { fleet.applications[name] = catalog.declared(name) }
        fleet.named = Set(catalog.applicationNames)
        fleet.counts = catalog.counts.documents
        fleet.skipped = catalog.counts.skipped
        fleet.findings = catalog.findings
        fleet.gates = catalog.placedGates
        fleet.namespaces = catalog.placedNamespaces
        let found = Set(fleet.findings.map(\.path))
        fleet.sources = fleet.sources.filter { found.contains($0.key) }
        return fleet
    }
}
