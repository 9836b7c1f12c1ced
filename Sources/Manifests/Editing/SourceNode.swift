/// A value of a file with the bytes that it stands in.
struct SourceNode {
    enum Content {
        case scalar(String, PlainScalar.Meaning)
        case alias
        case mapping([(key: SourceNode, value: SourceNode)])
        case sequence([SourceNode])
    }

    enum Style {
        case plain, singleQuoted, doubleQuoted, literal, flow, block
    }

    var content: Content
    var style = Style.plain
    /// It carries an anchor or a tag.
    var hasProperties = false
    /// From its first byte to after its last one, line breaks at the end of a block not counted.
    var range = 0..<0
    /// Of a field's value: just after the field's colon.
    var colon: Int?

    subscript(key: String) -> SourceNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key.text == key }?.value
    }

    var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    var isNull: Bool {
        guard case .scalar(_, .null) = content else { return false }
        return true
    }

    var isList: Bool {
        guard case .sequence = content else { return false }
        return true
    }

    init(_ content: Content) { self.content = content }

    /// What a value that is written reads back as.
    init(_ value: ManifestEdit.Value) {
        switch value {
        case .text(let text): self.init(.scalar(text, .text))
        case .integer(let number): self.init(.scalar("\(number)", .number))
        case .number(let text): self.init(.scalar(text, .number))
        case .boolean(let flag): self.init(.scalar("\(flag)", .boolean))
        case .list(let values): self.init(.sequence(values.map { SourceNode($0) }))
        case .mapping(let entries):
            self.init(.mapping(entries.map { (SourceNode(.text($0.key)), SourceNode($0.value)) }))
        }
    }
}

extension SourceNode: Equatable {
    /// Whether both say the same, however they are written.
    static func == (a: SourceNode, b: SourceNode) -> Bool {
        guard a.hasProperties == b.hasProperties else { return false }
        switch (a.content, b.content) {
        case (.scalar(let a, let meaningOfA), .scalar(let b, let meaningOfB)):
            return a == b && meaningOfA == meaningOfB
        case (.alias, .alias): return true
        case (.mapping(let a), .mapping(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        case (.sequence(let a), .sequence(let b)): return a == b
        default: return false
        }
    }
}

// MARK: - Reading

extension SourceNode {
    /// The documents of a file that is YAML.
    static func documents(of bytes: [UInt8]) throws(ManifestEditError) -> [SourceNode] {
        let documents = bytes.withUnsafeBytes { buffer -> [SourceNode]? in
            var reader = SourceReader(buffer)
            do throws(Stop) { return try reader.documents() } catch { return nil }
        }
        guard let documents else { throw .unsupported("it is not YAML, or too deep") }
        return documents
    }
}

private struct SourceReader: ~Copyable {
    private static let deepest = 200
    private let bytes: UnsafeRawBufferPointer
    private var events: EventReader
    /// Offset of each code point, and the end.
    private var offsets: [Int]

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        events = EventReader(bytes)
        let begin = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        offsets = (begin..<max(begin, bytes.count)).filter { bytes[$0] & 0xC0 != 0x80 } + [bytes.count]
    }

    mutating func documents() throws(Stop) -> [SourceNode] {
        var documents: [SourceNode] = []
        while true {
            try events.next()
            if events.kind == .streamEnd { return documents }
            guard events.kind == .documentStart else { continue }
            try events.next()
            documents.append(try read())
        }
    }

    /// Reads the value that the events stand at, and stays at its last event.
    private mutating func read() throws(Stop) -> SourceNode {
        guard events.depth <= Self.deepest else { throw Stop() }
        var node = SourceNode(.alias)
        node.hasProperties = events.hasAnchor || events.hasTag
        node.range = range
        switch events.kind {
        case .scalar: readScalar(into: &node)
        case .mappingStart:
            node.style = events.isFlow ? .flow : .block
            var entries: [(key: SourceNode, value: SourceNode)] = []
            try events.next()
            while events.kind != .mappingEnd {
                let key = try read()
                try events.next()
                var value = try read()
                value.colon = colon(after: key.range.upperBound)
                if value.range.isEmpty, let colon = value.colon { value.range = colon..<colon }
                entries.append((key, value))
                try events.next()
            }
            node.content = .mapping(entries)
            close(&node, after: entries.last?.value)
        case .sequenceStart:
            node.style = events.isFlow ? .flow : .block
            var items: [SourceNode] = []
            try events.next()
            while events.kind != .sequenceEnd {
                items.append(try read())
                try events.next()
            }
            node.content = .sequence(items)
            close(&node, after: items.last)
        default: break
        }
        return node
    }

    /// A block ends with its last value, not where the next thing begins.
    private func close(_ node: inout SourceNode, after last: SourceNode?) {
        let end = node.style == .flow ? range.upperBound : last?.range.upperBound ?? node.range.lowerBound
        node.range = node.range.lowerBound..<max(end, node.range.lowerBound)
    }

    private func readScalar(into node: inout SourceNode) {
        let meaning = events.isPlain ? PlainScalar.meaning(of: events.scalar) : .text
        node.content = .scalar(String(decoding: events.scalar, as: UTF8.self), meaning)
        if events.isPlain { return }
        if !events.isBlockScalar {
            let last = bytes[node.range.upperBound - 1]
            node.style = last == UInt8(ascii: "'") ? .singleQuoted : .doubleQuoted
            return
        }
        node.style = .literal
        // Where line breaks at the end count (`|+`), they belong to the value.
        let head = bytes[node.range.lowerBound...].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        if head.prefix(3).contains(UInt8(ascii: "+")) { return }
        var end = min(node.range.upperBound, bytes.count)
        while end > node.range.lowerBound, " \n\r".utf8.contains(bytes[end - 1]) { end -= 1 }
        node.range = node.range.lowerBound..<end
    }

    private var range: Range<Int> {
        let range = events.range
        return offsets[min(range.lowerBound, offsets.count - 1)]..<offsets[min(range.upperBound, offsets.count - 1)]
    }

    private func colon(after offset: Int) -> Int? {
        let rest = bytes[offset...].drop { " \n\r".utf8.contains($0) }
        return rest.first == UInt8(ascii: ":") ? rest.startIndex + 1 : nil
    }
}
