import FoundationEssentials
import Glibc

/// Asks an http remote for a few references over a connection that is kept: protocol version 2's `ls-refs`
/// (gitprotocol-v2), or version 0's advertisement where the server has nothing better.
struct SmartHTTP {
    private let remote: Remote
    private var connection: HTTPConnection
    private var speaksVersion2 = false

    init(_ remote: Remote) {
        self.remote = remote
        connection = HTTPConnection(host: remote.host, port: remote.port ?? 80)
    }

    /// One that ends with a slash stands for all below it.
    mutating func references(_ names: [String]) throws(GitError) -> [String: ObjectID] {
        if !speaksVersion2 {
            let body = try request("GET", "/info/refs?service=git-upload-pack", type: nil, body: [])
            var lines = try PacketLines(body).lines
            if let first = lines.first, first.hasPrefix("# service=") { lines.removeFirst() }
            guard lines.first?.hasPrefix("version 2") == true else {
                let found = try Self.parse(lines.map { String($0.prefix { $0 != "\0" }) })
                return found.filter { names.names($0.key) }
            }
            speaksVersion2 = true
        }
        var query = PacketLines.encode("command=ls-refs\n") + PacketLines.encode("agent=sluice\n") + Array("0001".utf8)
        for name in names { query += PacketLines.encode("ref-prefix \(name)\n") }
        query += Array("0000".utf8)
        let type = "application/x-git-upload-pack-request"
        do throws(GitError) {
            let body = try request("POST", "/git-upload-pack", type: type, body: query)
            return try Self.parse(PacketLines(body).lines).filter { names.names($0.key) }
        } catch {
            // The server may have been replaced by another; the next poll asks anew.
            speaksVersion2 = false
            throw error
        }
    }

    private static func parse(_ lines: [String]) throws(GitError) -> [String: ObjectID] {
        var found: [String: ObjectID] = [:]
        for line in lines {
            if line.hasPrefix("ERR ") { throw GitError(.notFound, "the server says: \(Redaction.clean(line))") }
            let fields = line.split(separator: " ").map { $0.trimmingSuffix { $0.isNewline } }
            guard fields.count >= 2, let id = ObjectID(hex: fields[0]) else {
                if fields.first == "unborn" || fields.first == "shallow" { continue }
                throw GitError(.protocolViolation, "the server listed something that is no reference")
            }
            if !id.isZero { found[String(fields[1])] = id }
        }
        return found
    }

    private mutating func request(
        _ method: String,
        _ path: String,
        type: String?,
        body: [UInt8]
    ) throws(GitError) -> [UInt8] {
        var headers = ["Git-Protocol: version=2", "User-Agent: git/sluice", "Accept: */*"]
        if let type { headers.append("Content-Type: \(type)") }
        if let (user, token) = try remote.credentials.userAndToken(embedded: remote.embedded) {
            headers.append("Authorization: Basic " + Data("\(user):\(token)".utf8).base64EncodedString())
        }
        var base = remote.path
        while base.hasSuffix("/") { base.removeLast() }
        let answer = try connection.exchange(method, base + path, headers: headers, body: body)
        switch answer.status {
        case 200: return answer.body
        case 401, 403:
            throw GitError(
                .authentication,
                "\(remote) answered \(answer.status)",
                advice: "check the user and the token"
            )
        case 404, 410: throw GitError(.notFound, "there is no repository at \(remote) (\(answer.status))")
        case 300..<400:
            throw GitError(
                .notFound,
                "\(remote) answered \(answer.status): it has moved",
                advice: "use the address \(Redaction.clean(answer.location ?? "that it points to"))"
            )
        case 429, 503:
            let wish = answer.retryAfter.map { " and wants to be left alone for \($0) s" } ?? ""
            throw GitError(
                .unreachable, "\(remote) is busy (\(answer.status))\(wish)", retryAfter: answer.retryAfter)
        default: throw GitError(.protocolViolation, "\(remote) answered \(answer.status)")
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ matches: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, matches(last) { text.removeLast() }
        return text
    }
}

/// gitprotocol-common's `pkt-line`: four hexadecimal digits of length, themselves included, then the line.
struct PacketLines {
    /// Lines without their line feeds; flush and delimiter packets are left out.
    let lines: [String]

    init(_ bytes: [UInt8]) throws(GitError) {
        var lines: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 4, let length = Int(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16),
                length >= 0, length <= rest.count
            else { throw GitError(.protocolViolation, "the server's answer is not the git protocol") }
            if length >= 4 {
                var line = rest.prefix(length).dropFirst(4)
                if line.last == UInt8(ascii: "\n") { line.removeLast() }
                lines.append(String(decoding: line, as: UTF8.self))
            }
            rest = rest.dropFirst(max(length, 4))
        }
        self.lines = lines
    }

    static func encode(_ line: String) -> [UInt8] {
        let digits = String(line.utf8.count + 4, radix: 16)
        return Array((String(repeating: "0", count: 4 - digits.count) + digits + line).utf8)
    }
}

extension [String] {
    /// Whether a reference is among these, or below one that ends with a slash.
    func names(_ reference: String) -> Bool {
        contains { $0 == reference || $0.hasSuffix("/") && reference.hasPrefix($0) }
    }
}
