import Glibc

/// Tells one state of a file from another: a file that was replaced or written since has another mark.
package struct FileMark: Hashable, Sendable {
    package var device: UInt64
    package var inode: UInt64
    /// Bytes.
    package var size: Int
    /// Of the last modification, in nanoseconds since 1970.
    package var modified: Int64

    package init(device: UInt64 = 0, inode: UInt64, size: Int, modified: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
    }

    init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec))
    }
}

/// A file as it was read.
package struct FileReading: Sendable {
    /// Of what was read, which may be newer than what was looked at.
    package var mark: FileMark
    /// No more than the limit and one.
    package var bytes: [UInt8]
    /// Whether it was changed so shortly before that a change since could have the same mark.
    package var isRecent: Bool

    package init(mark: FileMark, bytes: [UInt8], isRecent: Bool) {
        self.mark = mark
        self.bytes = bytes
        self.isRecent = isRecent
    }
}

/// What the reader needs of a file system; a test counts here what it costs.
package protocol FileAccess: Sendable {
    /// One `stat`; nil where there is no such file.
    func mark(of path: String) -> FileMark?

    /// The file's bytes, no more than `limit` and one.
    ///
    /// - Throws: ``FileProblem`` where it cannot be read.
    func read(_ path: String, limit: Int) throws(FileProblem) -> FileReading
}

/// Why a file could not be read.
package enum FileProblem: Error, Hashable, Sendable {
    case missing
    /// It was written to while it was read.
    case changing
    case failed(String)
}

/// The machine's own.
struct SystemFiles: FileAccess {
    /// File systems tick: two changes within a tick may have the same time. Ticks are 10 ms at most.
    private static let tick: Int64 = 20_000_000

    func mark(of path: String) -> FileMark? {
        var status = Glibc.stat()
        return stat(path, &status) == 0 ? FileMark(status) : nil
    }

    func read(_ path: String, limit: Int) throws(FileProblem) -> FileReading {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw problem("opening it") }
        defer { close(descriptor) }
        var before = Glibc.stat()
        var after = Glibc.stat()
        guard fstat(descriptor, &before) == 0 else { throw problem("asking for its size") }
        guard before.st_mode & S_IFMT == S_IFREG else { throw .failed("it is no regular file") }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var bytes = [UInt8](repeating: 0, count: min(Int(before.st_size), limit) + 1)
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw problem("reading it") }
            if more == 0 { break }
            count += more
        }
        bytes.removeSubrange(count...)
        guard fstat(descriptor, &after) == 0, FileMark(before) == FileMark(after) else { throw .changing }
        let mark = FileMark(before)
        let now = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        return FileReading(mark: mark, bytes: bytes, isRecent: (now &- mark.modified).magnitude < UInt64(Self.tick))
    }

    private func problem(_ doing: String) -> FileProblem {
        errno == ENOENT ? .missing : .failed("\(doing): \(String(cString: strerror(errno)))")
    }
}
