import CGit2
import Glibc

/// A file that has no name: gone with the process, whatever ends it.
final class MemoryFile {
    let descriptor: Int32

    init(_ bytes: [UInt8] = []) throws(GitError) {
        descriptor = sluice_memory_file("sluice")
        guard descriptor >= 0 else { throw .system("making a file in memory") }
        fchmod(descriptor, 0o600)
        try append(bytes)
    }

    deinit { close(descriptor) }

    /// By which a program that this process starts can open it.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    func append(_ bytes: some Collection<UInt8>) throws(GitError) {
        let bytes = Array(bytes)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .system("writing a file in memory") }
            done += count
        }
    }

    /// The last bytes written to it.
    func end(count: Int) -> [UInt8] { Directory.end(of: path, count: count) }
}
