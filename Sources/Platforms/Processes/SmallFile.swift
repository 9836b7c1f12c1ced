import Glibc

/// Files of /proc and of our own: small, and read or replaced as a whole.
enum SmallFile {
    /// The beginning of a file as text; nil where there is none, or it is not ours to read.
    static func text(_ path: String, limit: Int) throws(SmallFileError) -> String? {
        try bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The beginning of a file; nil where there is none, or it is not ours to read.
    ///
    /// - Throws: where it may be there: a process that has no file left to open is told so, and not that nothing is.
    static func bytes(_ path: String, limit: Int) throws(SmallFileError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, [ENOENT, ESRCH, EACCES, EPERM].contains(errno) { return nil }
        guard file >= 0 else { throw SmallFileError(path, "read") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < limit {
            let count = Glibc.read(file, &chunk, min(chunk.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            if count < 0, [ESRCH, EACCES, EPERM].contains(errno) { return nil }
            guard count >= 0 else { throw SmallFileError(path, "read") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// Puts a file in place of another, or of none, so that a reader sees the one or the other; only the owner reads it.
    ///
    /// - Parameters:
    ///   - path: which file.
    ///   - bytes: what it is to hold.
    ///   - isDurable: whether it has to outlive the machine's power.
    /// - Throws: what the system said, with the file.
    static func replace(_ path: String, _ bytes: [UInt8], isDurable: Bool) throws(SmallFileError) {
        let draft = path + ".draft"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SmallFileError(draft) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = SmallFileError(draft)
                close(file)
                throw error
            }
            written += count
        }
        let isSynced = !isDurable || fsync(file) == 0
        close(file)
        guard isSynced, rename(draft, path) == 0 else { throw SmallFileError(path) }
        guard isDurable, let end = path.lastIndex(of: "/") else { return }
        let directory = open(String(path[..<end]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    /// Names in a directory, sorted.
    static func names(in directory: String) throws(SmallFileError) -> [String] {
        guard let open = opendir(directory) else { throw SmallFileError(directory, "listed") }
        defer { closedir(open) }
        var names: [String] = []
        while let next = readdir(open) {
            let name = withUnsafePointer(to: &next.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}

/// What could not be done with a file: one sentence that names it.
struct SmallFileError: Error, CustomStringConvertible {
    var description: String

    /// By what the system said last.
    init(_ path: String, _ doing: String = "written") {
        description = "\(path) cannot be \(doing): \(String(cString: strerror(errno)))"
    }
}
