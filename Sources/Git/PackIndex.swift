import Glibc

/// A version 2 pack index (gitformat-pack): magic, version, 256 running counts, then the sorted 20-byte ids.
enum PackIndex {
    static func ids(at path: String) throws(GitError) -> [ObjectID] {
        guard let bytes = File.read(path, limit: 1 << 30) else { throw .system("reading \(path)") }
        let ids = bytes.withUnsafeBytes { buffer -> [ObjectID]? in
            func word(_ offset: Int) -> UInt32 {
                UInt32(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            }
            guard buffer.count >= 1032, word(0) == 0xff74_4f63, word(4) == 2 else { return nil }
            let count = Int(word(1028))
            guard buffer.count >= 1032 + count * 20 else { return nil }
            return (0..<count).map { ObjectID(bytes: UnsafeRawBufferPointer(rebasing: buffer[(1032 + $0 * 20)...])) }
        }
        guard let ids else { throw GitError(.corrupt, "\(path) is not a whole pack index") }
        return ids
    }
}

extension PackIndex {
    /// How many objects the pack has; nil where there is no whole index.
    static func count(at path: String) -> Int? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var word: UInt32 = 0
        guard pread(file, &word, 4, 1028) == 4 else { return nil }
        return Int(UInt32(bigEndian: word))
    }
}

/// Reads small files.
enum File {
    /// All bytes of a file; nil where it cannot be read or is larger than `limit`.
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size <= limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        while bytes.count <= limit {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = Glibc.read(file, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 { return nil }
            bytes += chunk[..<count]
        }
        return nil
    }
}
