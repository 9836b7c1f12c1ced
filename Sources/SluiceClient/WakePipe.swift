import Glibc

/// Ends another thread's wait on descriptors.
struct WakePipe: ~Copyable, Sendable {
    /// Readable once somebody has woken.
    let readable: Int32
    private let writable: Int32

    /// - Throws: a sentence, where no descriptors are left.
    init() throws(ElevationReading.Problem) {
        var files: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, Int32(kind), 0, &files) == 0 else {
            throw .away("no descriptors are left: \(String(cString: strerror(errno)))")
        }
        (readable, writable) = (files[0], files[1])
    }

    deinit {
        close(readable)
        close(writable)
    }

    /// One that is full wakes too.
    func wake() {
        var byte: UInt8 = 0
        _ = send(writable, &byte, 1, Int32(MSG_NOSIGNAL))
    }

    /// Forgets that anybody has woken.
    func clear() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(readable, &bytes, bytes.count) > 0 {}
    }
}
