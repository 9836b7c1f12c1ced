import Glibc

/// Small files of this machine.
enum LocalFile {
    /// Why a file cannot be read or written, in one clause.
    struct Problem: Error, CustomStringConvertible {
        var description: String
        /// Whether the machine, and not the file, is the reason: it says nothing about what is there.
        var isMachines: Bool

        init(_ doing: String) {
            isMachines = [EMFILE, ENFILE, ENOMEM, EIO, EINTR, EAGAIN].contains(errno)
            description = "\(doing): \(String(cString: strerror(errno)))"
        }

        init(saying description: String) { (self.description, isMachines) = (description, false) }
    }

    /// Tells one state of a file or folder from another.
    struct Mark: Hashable, Sendable {
        var inode: UInt64
        var size: Int
        /// Of the last modification, in nanoseconds since 1970.
        var modified: Int64
        var isFolder: Bool
    }

    /// One `stat`; nil where there is nothing.
    static func mark(of path: String) -> Mark? {
        var status = Glibc.stat()
        guard stat(path, &status) == 0 else { return nil }
        return Mark(
            inode: UInt64(status.st_ino), size: Int(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec),
            isFolder: status.st_mode & S_IFMT == S_IFDIR)
    }

    /// The file's bytes; nil where there is none.
    static func read(_ path: String, limit: Int) throws(Problem) -> [UInt8]? {
        // Not blocking, so that a pipe under that name holds nothing up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw Problem("it cannot be opened") }
        defer { close(descriptor) }
        var status = Glibc.stat()
        guard fstat(descriptor, &status) == 0 else { throw Problem("it cannot be read") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Problem(saying: "it is no regular file") }
        guard status.st_size <= limit else {
            throw Problem(saying: "it has \(status.st_size) bytes, more than the \(limit) allowed")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw Problem("it cannot be read") }
            if more == 0 { break }
            count += more
        }
        bytes.removeSubrange(count...)
        return bytes
    }

    /// Replaces a file as a whole: whoever reads sees what was there or what is.
    ///
    /// It is not brought to the disk: after a power cut the machine's workers are gone too.
    static func replace(_ path: String, with bytes: some Sequence<UInt8>) throws(Problem) {
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw Problem("\(temporary) cannot be made") }
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let problem = Problem("\(temporary) cannot be written")
                close(descriptor)
                throw problem
            }
            rest = rest.dropFirst(count)
        }
        guard close(descriptor) == 0 else { throw Problem("\(temporary) cannot be written") }
        guard rename(temporary, path) == 0 else { throw Problem("\(path) cannot be replaced") }
    }

    /// The names in a folder, sorted.
    static func names(in folder: String) throws(Problem) -> [String] {
        guard let directory = opendir(folder) else { throw Problem("\(folder) cannot be listed") }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
