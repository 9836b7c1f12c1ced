import Glibc

/// The output of one replica: a file that its processes append to by themselves, so that it goes on while no daemon
/// runs, and that is cut while they do.
enum OutputLog {
    /// Bytes that a file may have before its end is kept aside and it begins anew.
    static let limit = 1 << 20

    /// Cuts the file where it is too long. What is written while it is being cut may be lost.
    ///
    /// - Returns: whether it was too long.
    static func cut(_ path: String, limit: Int = limit) -> Bool {
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        guard size > limit else { return false }
        var end = [UInt8](repeating: 0, count: limit / 2)
        let count = pread(file, &end, end.count, size - end.count)
        // Their descriptors append, so that they go on at the new end.
        ftruncate(file, 0)
        if count > 0 { try? SmallFile.replace(path + ".1", Array(end[..<count]), isDurable: false) }
        return true
    }
}
