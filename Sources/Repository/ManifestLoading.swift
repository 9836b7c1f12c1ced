package import Git
package import Manifests

/// Reads and decodes every manifest of a commit, on more than one core.
///
/// The mirror's thread reads a chunk of files, a task decodes it, and whoever asked takes it up while later ones are
/// still read and decoded. So no more than a few chunks are held at once, however large the fleet is. What is taken up
/// comes in the order of the tree, whoever decoded it when.
package enum ManifestLoading {
    package typealias Decoded = (path: String, file: ManifestFile?)

    /// Chunks that are being decoded or wait for one before them. More cores than that have nothing to do.
    private static let chunksHeld = 8
    /// Bytes of files in a chunk, about: enough that handing it over costs nothing beside decoding it.
    private static let chunkSize = 64 << 10

    /// Documents that one load takes up, of all kinds; and files that it looks into, of which each may hold one.
    package static let documents = 500_000
    /// Findings of one load; of files beyond that, only their first is kept.
    private static let findings = 10_000

    /// Hands every manifest below `path` to `take`, a chunk at a time, in the order of the tree.
    ///
    /// - Returns: What `take` made of `initial`. Where reading fails, or the task is cancelled, that is lost.
    package static func everything<Taken: Sendable>(
        in commit: ObjectID, under path: String = "", of mirror: Mirror, into initial: Taken,
        take: @Sendable (inout Taken, [Decoded]) -> Void
    ) async throws(GitError) -> Taken {
        let folder = try await mirror.manifestFolder(at: path, in: commit)
        return try await everything(in: commit, folder, of: mirror, into: initial, take: take)
    }

    /// Hands every manifest of a folder to `take`, a chunk at a time, in the order of the tree.
    ///
    /// - Returns: What `take` made of `initial`. Where reading fails, or the task is cancelled, that is lost.
    package static func everything<Taken: Sendable>(
        in commit: ObjectID, _ folder: ManifestFolder, of mirror: Mirror, into initial: Taken,
        take: @Sendable (inout Taken, [Decoded]) -> Void
    ) async throws(GitError) -> Taken {
        let entries: [Change]
        do throws(GitError) {
            entries = try await mirror.changes(from: nil, to: commit, under: folder.path, filter: folder.filter)
        } catch {
            throw error.ofManifests
        }
        var taken = try await files(entries, in: commit, of: mirror, into: initial, take: take)
        // Last, since it counts whatever else stands for a link of that name.
        if let problem = folder.problem { take(&taken, [(folder.ignoreFilePath, problem)]) }
        return taken
    }

    /// Hands the files that entries of a commit's tree name to `take`, a chunk at a time, in their order. However many
    /// names one blob has, no more is read than one load may cost.
    ///
    /// - Returns: What `take` made of `initial`. Where reading fails, or the task is cancelled, that is lost.
    static func files<Taken: Sendable>(
        _ entries: [Change], in commit: ObjectID, of mirror: Mirror, into initial: Taken,
        take: @Sendable (inout Taken, [Decoded]) -> Void
    ) async throws(GitError) -> Taken {
        // Before any is read: what they hold would be too much, and reading it takes minutes.
        guard entries.count <= documents else {
            throw GitError(.tooMany, "\(commit.short) has \(entries.count) YAML files, more than \(documents)")
                .ofManifests
        }
        let result = await withTaskGroup(of: Chunk.Decoding.self) { group -> Result<Taken, GitError> in
            var taken = initial
            var waiting: [Int: [Decoded]] = [:]
            var (isRead, wereRead, wereTaken) = (0, 0, 0)
            var load = Load()
            while isRead < entries.count || wereTaken < wereRead {
                if isRead < entries.count, wereRead - wereTaken < chunksHeld {
                    let chunk = await mirror.gather(
                        entries[isRead...], limit: Bounds.otherFile, into: Chunk(position: wereRead)
                    ) { chunk, entry, content in
                        chunk.add(entry, content)
                        return chunk.size < chunkSize
                    }
                    if let error = chunk.error { return .failure(error) }
                    if Task.isCancelled { return .failure(GitError(.cancelled, "reading the manifests was given up")) }
                    isRead += chunk.count
                    wereRead += 1
                    load.bytes += chunk.bytesRead
                    group.addTask { chunk.decoded() }
                } else if let decoding = await group.next() {
                    waiting[decoding.position] = decoding.files
                    while let files = waiting.removeValue(forKey: wereTaken) {
                        take(&taken, load.bounded(files))
                        wereTaken += 1
                    }
                }
                if let error = load.error(in: commit) { return .failure(error) }
            }
            return .success(taken)
        }
        return try result.get()
    }

    package static func isManifest(_ path: String) -> Bool { ManifestFolder.everyManifest.lists(path.utf8) }

    /// What stands for a file that cannot be read.
    static func unreadable(_ path: String, _ why: String) -> ManifestFile {
        ManifestFile(
            unread: Finding(path: path, mark: .start, code: .fileTooLarge, message: "this file is not read: \(why)"))
    }

    /// What a load has cost so far. One file makes many where a tree names it many times.
    private struct Load {
        var bytes = 0
        private var documents = 0
        private var findings = 0

        mutating func bounded(_ files: [Decoded]) -> [Decoded] {
            for file in files {
                documents += file.file?.documents.count ?? 0
                findings += file.file?.findings.count ?? 0
            }
            guard findings > ManifestLoading.findings else { return files }
            return files.map { path, file in
                guard var file, file.findings.count > 1,
                    let first = file.findings.first(where: { $0.severity == .error }) ?? file.findings.first
                else { return (path, file) }
                let rest = Finding(
                    path: path, mark: first.mark, code: .tooManyFindings,
                    message: "there are more than \(ManifestLoading.findings) findings; others here are left out"
                )
                file.findings = [first, rest].sorted()
                return (path, file)
            }
        }

        func error(in commit: ObjectID) -> GitError? {
            if documents > ManifestLoading.documents {
                return GitError(
                    .tooMany, "the manifests of \(commit.short) have more than \(ManifestLoading.documents) documents"
                ).ofManifests
            }
            if bytes > TreeBounds.contents {
                return GitError(
                    .tooMany,
                    "the YAML files of \(commit.short) have more than \(TreeBounds.contents >> 20) MiB together"
                ).ofManifests
            }
            return nil
        }
    }

    /// Files that are decoded by one after another.
    private struct Chunk {
        typealias Decoding = (position: Int, files: [Decoded])

        private enum Content {
            case bytes(Range<Int>)
            case file(ManifestFile)
        }

        /// Among the chunks.
        let position: Int
        /// Why reading cannot go on: the mirror is damaged, which is nobody's manifest's fault.
        private(set) var error: GitError?
        private var bytes: [UInt8] = []
        private var contents: [(path: String, content: Content)] = []

        init(position: Int) { self.position = position }

        /// Bytes, and what each file costs beside them.
        var size: Int { bytes.count + bytesRead / 16 + contents.count * 64 }
        /// Files.
        var count: Int { contents.count }

        /// Of files that were read, whether they are decoded or not.
        private(set) var bytesRead = 0

        mutating func add(_ entry: Change, _ content: Result<UnsafeRawBufferPointer, GitError>?) {
            let path = entry.path
            switch content {
            case .success(let content) where content.count > Bounds.file:
                bytesRead += content.count
                contents.append((path, .file(ManifestDecoder.read(bytes: content, path: path))))
            case .success(let content):
                bytesRead += content.count
                if bytes.isEmpty { bytes.reserveCapacity(chunkSize + content.count) }
                let start = bytes.count
                bytes.append(contentsOf: content)
                contents.append((path, .bytes(start..<bytes.count)))
            case .failure(let error):
                contents.append((path, .file(unreadable(path, error.message))))
                guard case .tooLarge = error.kind else {
                    self.error = error
                    return
                }
            case nil: contents.append((path, .file(ManifestFile(standingFor: entry.kind, at: path))))
            }
        }

        func decoded() -> Decoding {
            let files = bytes.withUnsafeBytes { bytes in
                contents.map { path, content -> Decoded in
                    switch content {
                    case .file(let file): (path, file)
                    case .bytes(let range):
                        (path, ManifestDecoder.read(bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), path: path))
                    }
                }
            }
            return (position, files)
        }
    }
}
