/// An HTTP response, read strictly and within bounds: whatever the endpoint sends, this neither grows nor fails.
package struct ElevationResponse: Equatable, Sendable {
    package var status: Int
    package var tag: String?
    package var body: [UInt8]
    /// Whether the connection can be used for the next request.
    package var keepsConnection: Bool

    package init(status: Int, tag: String? = nil, body: [UInt8] = [], keepsConnection: Bool = true) {
        self.status = status
        self.tag = tag
        self.body = body
        self.keepsConnection = keepsConnection
    }

    /// Largest head and largest body, in bytes.
    package static let headLimit = 8_192
    package static let bodyLimit = 65_536

    /// Why bytes are no response that can be used.
    package struct Malformed: Error, Hashable, Sendable {
        package var description: String
    }

    /// Reads a response from the first bytes of it.
    ///
    /// - Returns: nil where more bytes are needed.
    package static func read(_ bytes: [UInt8]) throws(Malformed) -> ElevationResponse? {
        guard let end = endOfHead(bytes) else {
            guard bytes.count <= headLimit else { throw Malformed(description: "the answer's head is too large") }
            return nil
        }
        guard end <= headLimit else { throw Malformed(description: "the answer's head is too large") }
        var lines = ArraySlice(lines(bytes[..<(end - 4)]))
        var response = ElevationResponse(status: try status(lines.removeFirst()))
        var length: Int?
        for line in lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon != line.startIndex else {
                throw Malformed(description: "a header of the answer is malformed")
            }
            let value = trimmed(line[(colon + 1)...])
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-length":
                guard length == nil, !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let count = Int(value), count <= bodyLimit
                else { throw Malformed(description: "the answer's Content-Length is malformed or too large") }
                length = count
            case "transfer-encoding": throw Malformed(description: "the answer is in chunks")
            case "etag": response.tag = value.utf8.count <= 256 && isPlain(value) ? value : nil
            case "connection": if value.lowercased() == "close" { response.keepsConnection = false }
            default: continue
            }
        }
        // These never have a body, whatever their length says.
        if response.status == 304 || response.status == 204 { length = 0 }
        guard let length else { throw Malformed(description: "the answer does not say how long it is") }
        guard bytes.count >= end + length else { return nil }
        response.body = Array(bytes[end..<(end + length)])
        // What nobody asked for would be taken for the next answer.
        if bytes.count > end + length { response.keepsConnection = false }
        return response
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<min(bytes.count, headLimit + 4)
        where bytes[index] == 0x0A && bytes[index - 1] == 0x0D && bytes[index - 2] == 0x0A && bytes[index - 3] == 0x0D {
            return index + 1
        }
        return nil
    }

    private static func lines(_ head: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = head.startIndex
        for index in head.indices.dropLast() where head[index] == 0x0D && head[index + 1] == 0x0A {
            lines.append(head[start..<index])
            start = index + 2
        }
        lines.append(head[start...])
        return lines
    }

    private static func status(_ line: ArraySlice<UInt8>) throws(Malformed) -> Int {
        let words = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].elementsEqual("HTTP/1.1".utf8), words[1].count == 3,
            let status = Int(String(decoding: words[1], as: UTF8.self)), (200...599).contains(status)
        else { throw Malformed(description: "the answer is no HTTP/1.1 response") }
        return status
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether a text can be sent back in a header as it is.
    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
