import FoundationEssentials
import Glibc

/// A message on a pipe: its length in four little-endian bytes, then JSON.
enum Frame {
    /// Bytes; an answer that is longer is a fault.
    static let limit = 64 << 20

    static func encode(_ value: some Encodable) throws(GitError) -> [UInt8] {
        do {
            let body = try JSONEncoder().encode(value)
            return withUnsafeBytes(of: UInt32(body.count).littleEndian) { Array($0) } + body
        } catch {
            throw GitError(.other, "encoding a message of the transport failed")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) throws(GitError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw GitError(.other, "a message of the transport could not be read")
        }
    }

    /// The length that a header announces.
    static func length(_ header: [UInt8]) -> Int {
        header.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Writes all bytes; false where the other end is gone.
    static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(file, $0.baseAddress?.advanced(by: done), $0.count - done, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    /// Reads exactly so many bytes, blocking; nil at the end.
    static func read(_ count: Int, from file: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: done), count - done)
            }
            if got < 0 && errno == EINTR { continue }
            if got <= 0 { return nil }
            done += got
        }
        return bytes
    }
}
