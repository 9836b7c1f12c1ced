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

    /// What is said of an answer before its body.
    private struct Head {
        var answer = Answer()
        var length: Int?
        var isChunked = false
        var closes = false
    }

    /// Lines before a body, and interim answers before the answer, at most.
    private static let headerLimit = 200
    private static let interimLimit = 20

    /// The head of the answer; those that only say that it is under way (1xx) are passed over.
    private func head() throws(GitError) -> Head {
        for _ in 0...Self.interimLimit {
            let head = try oneHead()
            if !(100..<200).contains(head.answer.status) { return head }
        }
        throw GitError(.protocolViolation, "\(host) says without end that its answer is under way")
    }

    private func oneHead() throws(GitError) -> Head {
        var head = Head()
        let status = try line().split(separator: " ")
        guard status.count >= 2, status[0].hasPrefix("HTTP/1."), let code = Int(status[1]) else {
            throw GitError(.protocolViolation, "\(host):\(port) does not speak HTTP")
        }
        head.answer.status = code
        head.closes = status[0] == "HTTP/1.0"
        for _ in 0..<Self.headerLimit {
            let header = try line()
            if header.isEmpty { return head }
            guard let colon = header.firstIndex(of: ":") else { continue }
            var value = header[header.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            while value.last == " " || value.last == "\t" { value.removeLast() }
            switch header[..<colon].lowercased() {
            case "content-length":
                guard let length = Int(value), head.length == nil || head.length == length else {
                    throw GitError(.protocolViolation, "\(host) does not say how long its answer is")
                }
                head.length = length
            case "transfer-encoding": head.isChunked = value.lowercased().contains("chunked")
            case "connection": head.closes = value.lowercased().contains("close")
            case "retry-after": head.answer.retryAfter = RetryAfter.seconds(String(value), now: time(nil))
            case "location": head.answer.location = String(value)
            default: break
            }
        }
        throw GitError(.protocolViolation, "\(host) sent an endless header")
    }

    private func parse() throws(GitError) -> Answer {
        let head = try head()
        var (answer, closes) = (head.answer, head.closes)
        if head.isChunked {
            while true {
                let size = Int(try line().prefix { $0 != ";" }, radix: 16) ?? -1
                answer.body += try take(size)
                _ = try line()
                guard answer.body.count <= Self.limit else {
                    throw GitError(.protocolViolation, "\(host)'s answer is too long")
                }
                if size == 0 { break }
            }
        } else if let length = head.length {
            answer.body = Array(try take(length))
        } else if answer.status != 204 && answer.status != 304 {
            while buffer.count <= Self.limit, fill() {}
            answer.body = buffer
            closes = true
        }
        // What comes unasked would be taken for the answer to what is asked next.
        if closes || !buffer.isEmpty { drop() }
        return answer
    }
}
