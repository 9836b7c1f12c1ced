import CGit2
import Glibc
import Synchronization

/// What a server says of when it wants to be asked again (RFC 9110, 10.2.3).
enum RetryAfter {
    /// Seconds that are believed, at most: a server cannot silence a daemon for longer.
    static let limit = 3_600

    /// Reads a number of seconds, or a date of the form `Sun, 06 Nov 1994 08:49:37 GMT`; nil of anything else. `now` is in
    /// seconds since 1970.
    static func seconds(_ value: String, now: Int) -> Int? {
        let text = value.split(separator: " ").joined(separator: " ")
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return min(Int(text) ?? limit, limit)
        }
        let date = sluice_http_date(text)
        return date < 0 ? nil : min(max(0, date - now), limit)
    }

    // MARK: Below libgit2, which does not tell of headers

    /// What was asked for in the newest answer over plain http. A transport has one exchange at a time.
    private static let heard = Mutex<Int?>(nil)

    /// What was asked for since this was asked last.
    static func take() -> Int? {
        heard.withLock { wish in
            defer { wish = nil }
            return wish
        }
    }

    /// Looks at what came in. Only the beginning of an answer (429 or 503) counts, as far as it fits, and TLS and git's
    /// own protocol do not begin so.
    static func listen(to bytes: UnsafeRawBufferPointer, on stream: UnsafeMutablePointer<sluice_socket_stream>) {
        let known = stream.pointee.head_length
        let count = withUnsafeMutableBytes(of: &stream.pointee.head) { head in
            let count = min(bytes.count, head.count - known)
            head[known..<known + count].copyBytes(from: bytes[..<count])
            return known + count
        }
        guard count > known else { return }
        stream.pointee.head_length = count
        let wish = withUnsafeBytes(of: &stream.pointee.head) { head in Self.wish(in: head[..<count]) }
        if let wish { heard.withLock { $0 = wish } }
    }

    /// Seconds that the head of an answer asks for, if it does.
    private static func wish(in head: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard head.starts(with: "HTTP/1.".utf8) else { return nil }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let status = lines.first?.split(separator: " ").dropFirst().first, ["429", "503"].contains(status) else {
            return nil
        }
        // The last line may go on.
        for line in lines.dropFirst().dropLast() {
            if line.isEmpty { return nil }
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "retry-after" else { continue }
            return seconds(String(line[line.index(after: colon)...]), now: time(nil))
        }
        return nil
    }
}
