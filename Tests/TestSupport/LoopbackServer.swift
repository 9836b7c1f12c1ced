import Foundation
import Glibc
import Synchronization
import Testing

/// A server on loopback that does with each connection what a test says, well or badly, on a thread of its own.
package final class LoopbackServer: Sendable {
    package let port: Int
    private let file: Int32
    private let seen = Requests()

    package var url: String { "http://127.0.0.1:\(port)" }
    /// Requests so far, each with head and body.
    package var requests: [String] { seen.list.withLock { $0 } }

    private final class Requests: Sendable {
        let list = Mutex<[String]>([])
    }

    /// `serve` is given each connection with the first request on it; the connection is closed after.
    package init(_ serve: @escaping @Sendable (Int32, String) -> Void) throws {
        file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (file, size) = (file, length)
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, size) == 0 && listen(file, 64) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        try #require(isListening)
        port = Int(in_port_t(bigEndian: address.sin_port))
        Thread.detachNewThread { [seen] in
            while true {
                let client = accept(file, nil, nil)
                if client < 0 { break }
                Thread.detachNewThread {
                    let request = Self.request(client)
                    if !request.isEmpty {
                        seen.list.withLock { $0.append(request) }
                        serve(client, request)
                    }
                    close(client)
                }
            }
            // Not earlier, or another server's socket of the same number would be accepted from.
            close(file)
        }
    }

    /// Answers every request alike.
    package convenience init(status: String, headers: String = "", body: String = "") throws {
        try self.init { client, _ in Self.answer(client, status, headers, body) }
    }

    deinit { shutdown(file, Int32(SHUT_RDWR)) }

    package static func answer(_ client: Int32, _ status: String, _ headers: String = "", _ body: String = "") {
        put(
            client,
            "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(headers)\r\n\(body)")
    }

    @discardableResult
    package static func put(_ client: Int32, _ text: String) -> Bool { put(client, Array(text.utf8)) }

    @discardableResult
    package static func put(_ client: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// Waits until the other side goes away.
    package static func hang(_ client: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while recv(client, &buffer, buffer.count, 0) > 0 {}
    }

    /// Closes so that the other side is told that the connection broke.
    package static func reset(_ client: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Head and body of a request, as far as its Content-Length says.
    private static func request(_ client: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 1 << 20 {
            let count = recv(client, &buffer, buffer.count, 0)
            if count <= 0 { break }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let length = text[..<end.lowerBound].lowercased().split(separator: "\r\n")
                .first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
            if text[end.upperBound...].utf8.count >= length ?? 0 { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
