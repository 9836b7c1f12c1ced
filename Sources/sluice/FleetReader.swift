import Core
import Foundation
import Git
import Manifests
import Platforms

/// Reads a fleet from a folder on the disk, or from a revision of a repository.
enum FleetReader {
    /// A manifest's longest file, in bytes.
    static let fileLimit = 1 << 20

    /// Reads a folder (or one file) as it lies on the disk. Links are not followed, `.git` is passed over.
    static func workingTree(_ path: String) throws(Failure) -> Fleet {
        var collector = Collector(Fleet(revision: nil, label: "the working tree"))
        var information = stat()
        guard stat(path, &information) == 0 else {
            guard [ENOENT, ENOTDIR].contains(errno) else { throw unreadable(path) }
            throw Failure("there is nothing at \(path)", advice: "give a folder of manifests or a repository")
        }
        switch information.st_mode & S_IFMT {
        case S_IFDIR: for file in try files(in: path) { try collector.read(path + "/" + file, as: file) }
        case S_IFREG: try collector.read(path, as: path)
        default: throw Failure("\(path) is no folder and no file", advice: "give a folder of manifests or a repository")
        }
        return collector.finish()
    }

    /// Reads what a commit of a repository holds under a folder; left out, under the mirror's.
    static func revision(
        _ commit: ObjectID, of mirror: Mirror, under folder: String? = nil
    ) async throws(GitError) -> Fleet {
        let empty = Collector(Fleet(revision: commit.description, label: commit.short))
        var collector = try await ManifestLoading.everything(
            in: commit, under: folder ?? mirror.folder, of: mirror, into: empty
        ) {
            $0.take($1)
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

    /// YAML files below a folder, sorted, relative to it. Links and `.git` are passed over.
    static func files(in folder: String) throws(Failure) -> [String] {
        var found: [String] = []
        var pending = [""]
        while let inner = pending.popLast() {
            let path = inner.isEmpty ? folder : folder + "/" + inner
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: path)
            } catch {
                throw unreadable(path)
            }
            for name in names where name != ".git" {
                let relative = inner.isEmpty ? name : inner + "/" + name
                var information = stat()
                guard lstat(folder + "/" + relative, &information) == 0 else {
                    // It may have gone since; nothing else is passed over in silence.
                    if errno == ENOENT { continue }
                    throw unreadable(folder + "/" + relative)
                }
                switch information.st_mode & S_IFMT {
                case S_IFDIR: pending.append(relative)
                case S_IFREG: if isManifest(name) { found.append(relative) }
                default: break
                }
            }
        }
        return found.sorted()
    }

    /// Why a path cannot be read, by what the system said last.
    static func unreadable(_ path: String) -> Failure {
        let shown = path.count > 200 ? path.prefix(200) + "…" : path[...]
        return Failure("\(Terminal.clean(String(shown))) cannot be read: \(String(cString: strerror(errno)))")
    }

    static func isManifest(_ name: String) -> Bool { name.hasSuffix(".yaml") || name.hasSuffix(".yml") }
}

/// Puts decoded files together into a fleet.
private struct Collector: Sendable {
    private var fleet: Fleet
    private var filling = CatalogFilling()

    init(_ fleet: Fleet) {
        self.fleet = fleet
    }

    mutating func read(_ path: String, as name: String) throws(Failure) {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw FleetReader.unreadable(path) }
        do {
            // Nil: it is empty.
            decode([UInt8](try handle.read(upToCount: FleetReader.fileLimit + 1) ?? Data()), name)
        } catch {
            throw Failure("\(Terminal.clean(path)) cannot be read: \(error.localizedDescription)")
        }
    }

    mutating func take(_ files: [ManifestLoading.Decoded]) {
        fleet.files += files.count
        filling.take(files)
    }

    private mutating func decode(_ bytes: [UInt8], _ path: String) {
        fleet.sources[path] = bytes
        take([(path, ManifestDecoder.decode(bytes: bytes, path: path))])
    }

    mutating func finish() -> Fleet {
        let catalog = filling.finish().catalog
        for name in catalog.applicationNames { fleet.applications[name] = catalog.declared(name) }
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
