import Glibc
import Testing

/// A connection over which a test says exactly what it wants, byte by byte.
final class RawClient {
    private let descriptor: Int32
    private var pending: [UInt8] = []

    /// Connects to a socket in the file system.
    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw Refused(path: path) }
        limitWaits()
    }

    /// Connects to a port of 127.0.0.1.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Refused(path: "port \(port)") }
        limitWaits()
    }

    /// Also after an initialiser that threw: whatever it could close here would be closed twice, and the second time
    /// it may be another's.
    deinit { close(descriptor) }

    /// A generous limit, so that a test that would hang fails instead.
    private func limitWaits() {
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Nobody listens there.
    struct Refused: Error {
        var path: String
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// The next response; nil where the connection ended before it began.
    func response() throws -> Response? {
        while true {
            if let response = Response(&pending) { return response }
            var bytes = [UInt8](repeating: 0, count: 16_384)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count == 0 || count < 0 && errno == ECONNRESET { return nil }
            try #require(count > 0, "no answer within a minute")
            pending += bytes.prefix(count)
        }
    }

    /// A GET of this path, with header lines of one's own.
    func get(_ path: String, _ headers: String...) throws -> Response? {
        send(Self.request(path, headers))
        return try response()
    }

    static func request(_ path: String, _ headers: [String] = []) -> String {
        (["GET \(path) HTTP/1.1", "Host: localhost"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
    }
}

/// What was answered.
struct Response: Equatable {
    var status: Int
    /// By names in small letters.
    var headers: [String: String] = [:]
    var body: String

    var tag: String { headers["etag"] ?? "" }

    /// Takes the first response off these bytes; nil where it is not all there.
    init?(_ bytes: inout [UInt8]) {
        var lines: [String] = []
        var rest = bytes[...]
        while true {
            guard let end = rest.firstIndex(of: 0x0A) else { return nil }
            let line = String(decoding: rest[..<end].dropLast(), as: UTF8.self)
            rest = rest[(end + 1)...]
            if line.isEmpty { break }
            lines.append(line)
        }
        status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ": ", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1]) }
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard rest.count >= length else { return nil }
        body = String(decoding: rest.prefix(length), as: UTF8.self)
        bytes = Array(rest.dropFirst(length))
    }
}
