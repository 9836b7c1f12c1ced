import Core
import Foundation
import Git
import Manifests
import Synchronization

/// Reads a fleet from a folder on the disk, or from a revision of a repository.
enum FleetReader {
    /// A manifest's longest file, in bytes.
    static let fileLimit = 1 << 20

    /// Reads a folder (or one file) as it lies on the disk. Links are not followed, `.git` is passed over.
    static func workingTree(_ path: String) throws(Failure) -> Fleet {
        var collector = Collector(Fleet(revision: nil, label: "the working tree"))
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Failure("there is nothing at \(path)", advice: "give a folder of manifests or a repository")
        }
        if isFolder.boolValue {
            for file in try files(in: path) { try collector.read(path + "/" + file, as: file) }
        } else {
            try collector.read(path, as: path)
        }
        return collector.finish()
    }

    /// Reads what a commit of a repository holds under the mirror's folder.
    static func revision(_ commit: ObjectID, of mirror: Mirror) async throws(GitError) -> Fleet {
        let collector = Mutex(Collector(Fleet(revision: commit.description, label: commit.short)))
        try await mirror.forEachBlob(in: commit, under: mirror.folder, limit: fileLimit) { change, bytes in
            collector.withLock { $0.take(change, bytes) }
        }
        return collector.withLock { $0.finish() }
    }

    /// YAML files below a folder, sorted.
    private static func files(in folder: String) throws(Failure) -> [String] {
        var found: [String] = []
        var pending = [""]
        while let inner = pending.popLast() {
            let path = inner.isEmpty ? folder : folder + "/" + inner
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: path)
            } catch {
                throw Failure("\(path) cannot be read", advice: "see its permissions")
            }
            for name in names where name != ".git" {
                let relative = inner.isEmpty ? name : inner + "/" + name
                var information = stat()
                guard lstat(folder + "/" + relative, &information) == 0 else { continue }
                switch information.st_mode & S_IFMT {
                case S_IFDIR: pending.append(relative)
                case S_IFREG: if isManifest(name) { found.append(relative) }
                default: break
                }
            }
        }
        return found.sorted()
    }

    static func isManifest(_ name: String) -> Bool { name.hasSuffix(".yaml") || name.hasSuffix(".yml") }
}

/// Puts decoded files together into a fleet.
private struct Collector: Sendable {
    private var fleet: Fleet
    private var decoded: [(path: String, file: ManifestFile)] = []

    init(_ fleet: Fleet) {
        self.fleet = fleet
    }

    mutating func read(_ path: String, as name: String) throws(Failure) {
        guard let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: FleetReader.fileLimit + 1)
        else {
            if FileManager.default.isReadableFile(atPath: path) { return decode([], name) }
            throw Failure("\(path) cannot be read", advice: "see its permissions")
        }
        decode([UInt8](data), name)
    }

    mutating func take(_ change: Change, _ bytes: Result<UnsafeRawBufferPointer, GitError>?) {
        guard FleetReader.isManifest(change.path), let bytes else { return }
        switch bytes {
        case .success(let buffer):
            decode([UInt8](buffer), change.path)
        case .failure(let error):
            let isLarge = if case .tooLarge = error.kind { true } else { false }
            fleet.findings.append(
                Finding(
                    path: change.path, mark: .start, code: isLarge ? .fileTooLarge : .syntax, message: error.message))
        }
    }

    private mutating func decode(_ bytes: [UInt8], _ path: String) {
        let file = ManifestDecoder.decode(bytes: bytes, path: path)
        fleet.files += 1
        fleet.sources[path] = bytes
        decoded.append((path, file))
    }

    mutating func finish() -> Fleet {
        var catalog = Catalog()
        _ = catalog.update(decoded.map { (path: $0.path, file: Optional($0.file)) })
        for name in catalog.applicationNames { fleet.applications[name] = catalog.declared(name) }
        fleet.counts = catalog.counts.documents
        fleet.skipped = catalog.counts.skipped
        fleet.findings = (fleet.findings + catalog.findings).sorted()
        let found = Set(fleet.findings.map(\.path))
        fleet.sources = fleet.sources.filter { found.contains($0.key) }
        return fleet
    }
}
