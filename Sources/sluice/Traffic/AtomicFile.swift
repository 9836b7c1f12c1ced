import Glibc

/// Replaces files as a whole: whoever reads sees what was there or what is, also after a power cut.
enum AtomicFile {
    /// Writes beside the file, and renames. The temporary file is always the same one, so that a crash leaves one at
    /// most; nobody else may write in the folder.
    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let temporary = "\(folder)/.sluice-new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure("\(temporary) cannot be made") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let failure = failure("\(temporary) cannot be written")
                close(descriptor)
                throw failure
            }
            rest = rest.dropFirst(count)
        }
        let isSynced = fsync(descriptor) == 0
        let isClosed = close(descriptor) == 0
        guard isSynced, isClosed else { throw failure("\(temporary) cannot be brought to the disk") }
        guard rename(temporary, path) == 0 else { throw failure("\(path) cannot be replaced") }
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw failure("\(folder) cannot be opened") }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw failure("\(folder) cannot be brought to the disk") }
    }

    private static func failure(_ what: String) -> Failure {
        Failure("\(what): \(String(cString: strerror(errno)))", advice: "see its permissions and the space on the disk")
    }
}
