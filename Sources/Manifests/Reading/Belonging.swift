/// Whose a file is, by its bytes alone: most YAML of a repository is somebody else's, some of it (a chart's templates)
/// is no YAML at all, and none of it need be parsed.
enum Belonging {
    case ours
    /// Somebody else's, with documents that may be meant for Sluice: it may declare an Application of another
    /// `apiVersion`, or of none.
    case doubtful
    case others

    init(_ bytes: UnsafeRawBufferPointer) {
        if Self.mayBeSluices(bytes) {
            self = .ours
        } else if Self.metadata.isIn(bytes), Self.application.isIn(bytes) || !Self.kind.isIn(bytes) {
            self = .doubtful
        } else {
            self = .others
        }
    }

    /// Whether the file holds the bytes of an `apiVersion` of Sluice's, or one that is nearly it.
    static func mayBeSluices(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // In UTF-16 every other byte is none of ASCII's.
        if bytes.count >= 2, bytes[0] ^ bytes[1] == 0x01, bytes[0] >= 0xFE {
            return bytes.filter { $0 != 0 }.withUnsafeBytes { group.isIn($0) }
        }
        return group.isIn(bytes) || hasSlip(bytes)
    }

    /// Whether a line gives an `apiVersion` that somebody may have mistyped.
    private static func hasSlip(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var last: Slice<UnsafeRawBufferPointer>?
        var start = 0
        while let found = version.position(in: bytes, from: start) {
            start = found + version.count
            let line = bytes[start...].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "#") }
            let value = line.prefix(80).trimming { " \t\r\"':,}".utf8.contains($0) }
            if let last, last.elementsEqual(value) { continue }
            last = value
            let text = String(decoding: value, as: UTF8.self)
            if text.hasPrefix("sluice.")
                || Suggestion.nearest(to: text, among: CollectionOfOne(ManifestDecoder.apiVersion)) != nil
            {
                return true
            }
        }
        return false
    }

    private static let group = ByteSearch("sluice.dev/")
    private static let version = ByteSearch("apiVersion")
    private static let metadata = ByteSearch("metadata")
    private static let application = ByteSearch("Application")
    private static let kind = ByteSearch("kind")
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate func trimming(where isBlank: (UInt8) -> Bool) -> Self {
        var rest = self.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        return rest
    }
}

/// Looks for a word (Horspool: the byte under the word's end says how far to move on).
struct ByteSearch: Sendable {
    private let word: [UInt8]
    private let steps: [Int]

    init(_ word: String) {
        self.word = Array(word.utf8)
        var steps = [Int](repeating: self.word.count, count: 256)
        for (index, byte) in self.word.dropLast().enumerated() { steps[Int(byte)] = self.word.count - 1 - index }
        self.steps = steps
    }

    /// Bytes of the word.
    var count: Int { word.count }

    func isIn(_ bytes: UnsafeRawBufferPointer) -> Bool { position(in: bytes, from: 0) != nil }

    /// Where the word stands first.
    func position(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        word.withUnsafeBufferPointer { word in
            steps.withUnsafeBufferPointer { steps in
                var position = start
                while position + word.count <= bytes.count {
                    let end = bytes[position + word.count - 1]
                    if end == word[word.count - 1] {
                        var index = 0
                        while index < word.count, bytes[position + index] == word[index] { index += 1 }
                        if index == word.count { return position }
                    }
                    position += steps[Int(end)]
                }
                return nil
            }
        }
    }
}
