import Glibc

/// A blocking HTTP/1.1 connection that is kept open between exchanges.
///
/// Only what polling a git server over plain http needs. Time is bounded by the parent, which kills the process.
final class HTTPConnection {
    struct Answer {
        var status = 0
        var location: String?
        /// Seconds, from now.
        var retryAfter: Int?
        var body: [UInt8] = []
    }

    /// Bytes of an answer; the advertisement of 10,000 references is 0.7 MB.
    private static let limit = 64 << 20

    private let host: String
    private let port: Int
    private var socket: Int32 = -1
    private var buffer: [UInt8] = []

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    deinit { drop() }

    private func drop() {
        if socket >= 0 { close(socket) }
        socket = -1
        buffer = []
    }

    /// One request and its answer. A kept connection that the server has closed meanwhile is opened again.
    func exchange(_ method: String, _ path: String, headers: [String], body: [UInt8]) throws(GitError) -> Answer {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)" + (port == 80 ? "" : ":\(port)")] + headers
        if method == "POST" { lines.append("Content-Length: \(body.count)") }
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        if socket >= 0 {
            if Frame.write(request, to: socket), fill() { return try answer() }
            drop()
        }
        socket = try TCP.connect(host: host, port: String(port))
        guard Frame.write(request, to: socket), fill() else {
            drop()
            throw GitError(.unreachable, "\(host):\(port) closed the connection without an answer")
        }
        return try answer()
    }

    private func answer() throws(GitError) -> Answer {
        do throws(GitError) {
            return try parse()
        } catch {
            drop()
            throw error
        }
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(socket, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            buffer += chunk[..<count]
            return true
        }
    }

    private func more() throws(GitError) {
        guard buffer.count <= Self.limit else { throw GitError(.protocolViolation, "\(host)'s answer is too long") }
        guard fill() else { throw GitError(.unreachable, "\(host):\(port) broke off in the middle of its answer") }
    }

    private func line() throws(GitError) -> String {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                var line = buffer[..<end]
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                let text = String(decoding: line, as: UTF8.self)
                buffer.removeFirst(end + 1)
                return text
            }
            guard buffer.count < 65_536 else { throw GitError(.protocolViolation, "\(host) sent an endless header") }
            try more()
        }
    }

    private func take(_ count: Int) throws(GitError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= Self.limit else {
            throw GitError(.protocolViolation, "\(host)'s answer is too long")
        }
        while buffer.count < count { try more() }
        defer { buffer.removeFirst(count) }
        return buffer[..<count]
    }

    private func parse() throws(GitError) -> Answer {
        var answer = Answer()
        let status = try line().split(separator: " ")
        guard status.count >= 2, status[0].hasPrefix("HTTP/1."), let code = Int(status[1]) else {
            throw GitError(.protocolViolation, "\(host):\(port) does not speak HTTP")
        }
        answer.status = code
        var length: Int?
        var isChunked = false
        var closes = status[0] == "HTTP/1.0"
        for _ in 0..<200 {
            let header = try line()
            if header.isEmpty { break }
            guard let colon = header.firstIndex(of: ":") else { continue }
            let value = header[header.index(after: colon)...].drop { $0 == " " }
            switch header[..<colon].lowercased() {
            case "content-length": length = Int(value)
            case "transfer-encoding": isChunked = value.lowercased().contains("chunked")
            case "connection": closes = value.lowercased().contains("close")
            case "retry-after": answer.retryAfter = RetryAfter.seconds(String(value), now: time(nil))
            case "location": answer.location = String(value)
            default: break
            }
        }
        if isChunked {
            while true {
                let size = Int(try line().prefix { $0 != ";" }, radix: 16) ?? -1
                answer.body += try take(size)
                _ = try line()
                guard answer.body.count <= Self.limit else {
                    throw GitError(.protocolViolation, "\(host)'s answer is too long")
                }
                if size == 0 { break }
            }
        } else if let length {
            answer.body = Array(try take(length))
        } else if code != 204 && code != 304 {
            while buffer.count <= Self.limit, fill() {}
            answer.body = buffer
            closes = true
        }
        if closes { drop() }
        return answer
    }
}
