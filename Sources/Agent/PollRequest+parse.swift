/// A reader of what is between requests and responses: HTTP/1.1 and nothing that an endpoint without bodies does not need.
///
/// Strict where leniency has been used to slip one request into another: lines end with CR LF, a header is not continued
/// on the next line, `Host` stands there once, and no request has a body.
extension PollRequest {
    /// The first request of these bytes; nil where it is not all there yet.
    package static func parse(_ bytes: UnsafeRawBufferPointer) -> PollRequest? {
        var reader = Lines(bytes: bytes)
        guard let first = reader.next() else { return unfinished(bytes, reader) }
        var request = PollRequest()
        guard request.takeRequestLine(bytes, first) else { return PollRequest(refusal: .malformed) }
        while let line = reader.next() {
            if line.isEmpty {
                guard request.host != nil else { return PollRequest(refusal: .malformed) }
                guard reader.position <= limit else { return PollRequest(refusal: .tooLarge) }
                request.length = reader.position
                if request.refusal == .wrongMethod { request.keepsAlive = false }
                return request
            }
            guard request.takeHeader(bytes, line) else { return PollRequest(refusal: .malformed) }
        }
        return unfinished(bytes, reader)
    }

    private static func unfinished(_ bytes: UnsafeRawBufferPointer, _ reader: Lines) -> PollRequest? {
        if reader.isBroken { return PollRequest(refusal: .malformed) }
        return bytes.count >= limit ? PollRequest(refusal: .tooLarge) : nil
    }

    /// Lines that end with CR LF.
    private struct Lines {
        let bytes: UnsafeRawBufferPointer
        var position = 0
        /// A line ended without CR, or has a character that no line may have.
        var isBroken = false

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        /// Without its end; nil where there is none, or where it is broken.
        mutating func next() -> Range<Int>? {
            let start = position
            var end = start
            while end < bytes.count {
                let byte = bytes[end]
                if byte == 0x0D {
                    guard end + 1 < bytes.count else { return nil }
                    guard bytes[end + 1] == 0x0A else { break }
                    position = end + 2
                    return start..<end
                }
                guard byte >= 0x20 && byte != 0x7F || byte == 0x09 else { break }
                end += 1
            }
            isBroken = end < bytes.count
            return nil
        }
    }

    private mutating func takeRequestLine(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        let words = bytes[line].split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(Self.isTokenByte), words[1].first == 0x2F
        else { return false }
        if words[2].elementsEqual("HTTP/1.0".utf8) {
            keepsAlive = false
        } else if !words[2].elementsEqual("HTTP/1.1".utf8) {
            return false
        }
        guard words[0].elementsEqual("GET".utf8) else {
            refusal = .wrongMethod
            return true
        }
        let target = words[1].split(separator: 0x3F, maxSplits: 1, omittingEmptySubsequences: false)
        if target[0].elementsEqual("/sidecar/v1/elevation/active".utf8) {
            path = .active
        } else if !target[0].elementsEqual("/sidecar/v1/elevation".utf8) {
            refusal = .unknownPath
            return true
        }
        if target.count > 1 { takeQuery(target[1]) }
        return true
    }

    private mutating func takeQuery(_ query: Slice<UnsafeRawBufferPointer>) {
        for pair in query.split(separator: 0x26) where pair.starts(with: "wait=".utf8) {
            let digits = pair.dropFirst(5)
            guard (1...9).contains(digits.count), digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                refusal = .wrongWait
                return
            }
            wait = min(Self.longestWait, digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        }
    }

    private mutating func takeHeader(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Bool {
        var colon = line.lowerBound
        while colon < line.upperBound, Self.isTokenByte(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == 0x3A else { return false }
        var (start, end) = (colon + 1, line.upperBound)
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        let name = bytes[line.lowerBound..<colon]
        switch name.count {
        case 4 where Self.equal(name, "host"):
            guard host == nil else { return false }
            host = start..<end
        case 6 where Self.equal(name, "origin"):
            refusal = refusal ?? .fromPage
        case 10 where Self.equal(name, "connection"):
            if Self.equal(bytes[start..<end], "close") { keepsAlive = false }
        case 13 where Self.equal(name, "if-none-match"):
            guard ifNoneMatch == nil else { return false }
            ifNoneMatch = start..<end
        case 13 where Self.equal(name, "sluice-worker"):
            guard worker == nil else { return false }
            worker = start..<end
        case 14 where Self.equal(name, "content-length"):
            return bytes[start..<end].elementsEqual("0".utf8) || refusal == .wrongMethod
        case 14 where Self.equal(name, "sec-fetch-site"):
            if !Self.equal(bytes[start..<end], "none") { refusal = refusal ?? .fromPage }
        case 17 where Self.equal(name, "transfer-encoding"):
            return refusal == .wrongMethod
        default: break
        }
        return true
    }

    /// Whether a name or a word is this one, which is in small letters.
    private static func equal(_ name: Slice<UnsafeRawBufferPointer>, _ word: StaticString) -> Bool {
        guard name.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in
            zip(name, word).allSatisfy { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E:
            true
        default: false
        }
    }
}

extension PollRequest {
    /// Whether a list of entity tags has this one in it, or is `*`.
    static func list(_ list: Slice<UnsafeRawBufferPointer>, names tag: [UInt8]) -> Bool {
        if list.elementsEqual(tag) { return true }
        if list.elementsEqual("*".utf8) { return true }
        return list.split(separator: 0x2C).contains { item in
            var item = item.drop { $0 == 0x20 || $0 == 0x09 }
            if item.starts(with: "W/".utf8) { item = item.dropFirst(2) }
            while let last = item.last, last == 0x20 || last == 0x09 { item = item.dropLast() }
            return item.elementsEqual(tag)
        }
    }
}
