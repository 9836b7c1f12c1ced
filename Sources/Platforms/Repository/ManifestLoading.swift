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

    /// Hands every manifest below `path` to `take`, a chunk at a time, in the order of the tree.
    ///
    /// - Returns: What `take` made of `initial`. Where reading fails, or the task is cancelled, that is lost.
    package static func everything<Taken: Sendable>(
        in commit: ObjectID, under path: String = "", of mirror: Mirror, into initial: Taken,
        take: @Sendable (inout Taken, [Decoded]) -> Void
    ) async throws(GitError) -> Taken {
        let entries = try await mirror.changes(from: nil, to: commit, under: path).filter { isManifest($0.path) }
        let result = await withTaskGroup(of: Chunk.Decoding.self) { group -> Result<Taken, GitError> in
            var taken = initial
            var waiting: [Int: [Decoded]] = [:]
            var (isRead, wereRead, wereTaken) = (0, 0, 0)
            while isRead < entries.count || wereTaken < wereRead {
                if isRead < entries.count, wereRead - wereTaken < chunksHeld {
                    let chunk = await mirror.gather(
                        entries[isRead...], limit: Bounds.file, into: Chunk(position: wereRead)
                    ) { chunk, entry, content in
                        chunk.add(entry.path, content)
                        return chunk.size < chunkSize
                    }
                    if let error = chunk.error { return .failure(error) }
                    if Task.isCancelled { return .failure(GitError(.cancelled, "reading the manifests was given up")) }
                    isRead += chunk.count
                    wereRead += 1
                    group.addTask { chunk.decoded() }
                } else if let decoding = await group.next() {
                    waiting[decoding.position] = decoding.files
                    while let files = waiting.removeValue(forKey: wereTaken) {
                        take(&taken, files)
                        wereTaken += 1
                    }
                }
            }
            return .success(taken)
        }
        return try result.get()
    }

    package static func isManifest(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

    /// What stands for a file that cannot be read.
    static func unreadable(_ path: String, _ why: String) -> ManifestFile {
        var file = ManifestFile()
        file.isCutShort = true
        file.findings = [
            Finding(path: path, mark: .start, code: .fileTooLarge, message: "this file is not read: \(why)")
        ]
        return file
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

        /// Bytes.
        var size: Int { bytes.count }
        /// Files.
        var count: Int { contents.count }

        mutating func add(_ path: String, _ content: Result<UnsafeRawBufferPointer, GitError>?) {
            switch content {
            case .success(let content):
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
            case nil: contents.append((path, .file(unreadable(path, "not a regular file"))))
            }
        }

        func decoded() -> Decoding {
            let files = bytes.withUnsafeBytes { bytes in
                contents.map { path, content -> Decoded in
                    switch content {
                    case .file(let file): (path, file)
                    case .bytes(let range):
                        (
                            path,
                            ManifestDecoder.decode(bytes: UnsafeRawBufferPointer(rebasing: bytes[range]), path: path)
                        )
                    }
                }
            }
            return (position, files)
        }
    }
}
