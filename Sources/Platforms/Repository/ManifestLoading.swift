package import Git
package import Manifests
import Synchronization

/// Reads and decodes every manifest of a commit, on more than one core.
///
/// The mirror's thread reads, and hands what it read to helpers by the chunk; a chunk that no helper has room for it
/// decodes itself. So nobody waits for anybody, and no more than a few chunks are held. What comes out is in the order
/// of the tree, whoever decoded it.
package enum ManifestLoading {
    package typealias Decoded = (path: String, file: ManifestFile?)

    /// Beside the mirror's thread. Where there are fewer cores, they take turns.
    private static let helpers = 3
    /// Bytes of files in a chunk, about: enough that handing it over costs nothing beside decoding it.
    private static let chunkSize = 64 << 10

    /// - Returns: Every manifest below `path`, in the order of the tree.
    package static func everything(
        in commit: ObjectID, under path: String = "", of mirror: Mirror
    ) async throws(GitError) -> [Decoded] {
        let result = await withTaskGroup(of: [Chunk.Result].self) { group in
            var outlets: [AsyncStream<Chunk>.Continuation] = []
            for _ in 0..<helpers {
                let (chunks, outlet) = AsyncStream.makeStream(of: Chunk.self, bufferingPolicy: .bufferingOldest(1))
                outlets.append(outlet)
                group.addTask {
                    var results: [Chunk.Result] = []
                    for await chunk in chunks { results.append(chunk.decoded()) }
                    return results
                }
            }
            let reader = Mutex(Reader(outlets: outlets))
            let read: Result<Void, GitError>
            do throws(GitError) {
                try await mirror.forEachBlob(in: commit, under: path, limit: Bounds.file) { entry, content in
                    guard isManifest(entry.path) else { return }
                    reader.withLock { $0.take(entry.path, content) }
                }
                read = .success(())
            } catch {
                read = .failure(error)
            }
            var results = reader.withLock { $0.finish() }
            for await others in group { results += others }
            return read.map { results }
        }
        return try result.get().sorted { $0.position < $1.position }.flatMap(\.files)
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

    /// What the mirror's thread does.
    private struct Reader {
        private let outlets: [AsyncStream<Chunk>.Continuation]
        private var chunk = Chunk(position: 0)
        private var own: [Chunk.Result] = []

        init(outlets: [AsyncStream<Chunk>.Continuation]) { self.outlets = outlets }

        mutating func take(_ path: String, _ content: Result<UnsafeRawBufferPointer, GitError>?) {
            switch content {
            case .success(let bytes): chunk.add(path, bytes)
            case .failure(let error): chunk.add(path, unreadable(path, error.message))
            case nil: chunk.add(path, unreadable(path, "not a regular file"))
            }
            if chunk.size >= chunkSize { pass() }
        }

        /// Lets the helpers end when they are done.
        ///
        /// - Returns: What was decoded here.
        mutating func finish() -> [Chunk.Result] {
            pass()
            for outlet in outlets { outlet.finish() }
            return own
        }

        private mutating func pass() {
            let full = chunk
            chunk = Chunk(position: full.position + 1)
            for outlet in outlets {
                if case .enqueued = outlet.yield(full) { return }
            }
            own.append(full.decoded())
        }
    }

    /// Files that are decoded by one after another.
    private struct Chunk {
        typealias Result = (position: Int, files: [Decoded])

        private enum Content {
            case bytes(Range<Int>)
            case file(ManifestFile)
        }

        /// Among the chunks.
        let position: Int
        private var bytes: [UInt8] = []
        private var contents: [(path: String, content: Content)] = []

        init(position: Int) { self.position = position }

        var size: Int { bytes.count }

        mutating func add(_ path: String, _ content: UnsafeRawBufferPointer) {
            if bytes.isEmpty { bytes.reserveCapacity(chunkSize + content.count) }
            let start = bytes.count
            bytes.append(contentsOf: content)
            contents.append((path, .bytes(start..<bytes.count)))
        }

        mutating func add(_ path: String, _ file: ManifestFile) { contents.append((path, .file(file))) }

        func decoded() -> Result {
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
