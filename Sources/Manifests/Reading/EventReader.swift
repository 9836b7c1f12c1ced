internal import CYAML

/// Thrown where the rest of a file cannot be read. The finding that says why is already made.
struct Stop: Error {}

/// The kind of a YAML event, as libyaml names them.
enum EventKind {
    case scalar, alias
    case mappingStart, mappingEnd
    case sequenceStart, sequenceEnd
    case documentStart, documentEnd
    case streamStart, streamEnd
}

/// Owns a libyaml parser over bytes in memory and the event that it stands at.
///
/// Nothing is copied: a scalar's bytes belong to the event and are gone with the next one.
struct EventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let event: UnsafeMutablePointer<yaml_event_t>
    private let bytes: UnsafeRawBufferPointer
    private let isReady: Bool
    private(set) var kind: EventKind = .streamStart
    /// Mappings and sequences that are open.
    private(set) var depth = 0

    /// - Parameter bytes: UTF-8 that outlives the reader. A byte order mark is accepted.
    init(_ bytes: UnsafeRawBufferPointer) {
        let hasMark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        self.bytes = hasMark ? UnsafeRawBufferPointer(rebasing: bytes[3...]) : bytes
        parser = .allocate(capacity: 1)
        event = .allocate(capacity: 1)
        event.initialize(to: yaml_event_t())
        parser.initialize(to: yaml_parser_t())
        isReady = yaml_parser_initialize(parser) == 1
        if isReady {
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            let start = self.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            yaml_parser_set_input_string(parser, start, self.bytes.count)
        }
    }

    deinit {
        yaml_event_delete(event)
        if isReady { yaml_parser_delete(parser) }
        event.deallocate()
        parser.deallocate()
    }

    /// Depth at which reading ends, in anybody's document: libyaml's time grows with the square of the depth.
    private static let deepest = 1000

    /// Moves to the next event.
    ///
    /// - Throws: ``Stop`` where the text is not YAML, or too deep; ``problem`` then says why. After the end of the stream it stays
    ///   there.
    mutating func next() throws(Stop) {
        guard isReady, depth <= Self.deepest else { throw Stop() }
        if kind == .streamEnd { return }
        yaml_event_delete(event)
        guard yaml_parser_parse(parser, event) == 1 else { throw Stop() }
        switch event.pointee.type {
        case YAML_SCALAR_EVENT: kind = .scalar
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            depth += 1
        case YAML_MAPPING_END_EVENT:
            kind = .mappingEnd
            depth -= 1
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            depth += 1
        case YAML_SEQUENCE_END_EVENT:
            kind = .sequenceEnd
            depth -= 1
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_STREAM_START_EVENT: kind = .streamStart
        default: kind = .streamEnd
        }
    }

    /// Where the current event begins.
    var mark: Mark {
        let mark = event.pointee.start_mark
        return Mark(line: mark.line + 1, column: mark.column + 1)
    }

    /// The current event's begin and end, in code points from the start of the text without a byte order mark.
    var range: Range<Int> {
        let (start, end) = (event.pointee.start_mark.index, event.pointee.end_mark.index)
        return start..<max(start, end)
    }

    /// Column of the current event's begin, from 0.
    var indent: Int { event.pointee.start_mark.column }

    /// The scalar's content; meaningful at a scalar only, and until the next event.
    var scalar: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: event.pointee.data.scalar.value, count: event.pointee.data.scalar.length)
    }

    /// Whether the scalar is written without quotes and not as a block.
    var isPlain: Bool { event.pointee.data.scalar.style == YAML_PLAIN_SCALAR_STYLE }

    /// Whether the scalar is written as a block (`|`, `>`).
    var isBlockScalar: Bool {
        let style = event.pointee.data.scalar.style
        return style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE
    }

    /// Whether the mapping or sequence is written in braces or brackets.
    var isFlow: Bool {
        switch kind {
        case .mappingStart: event.pointee.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
        case .sequenceStart: event.pointee.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
        default: false
        }
    }

    /// Whether the current value carries an anchor (`&a`).
    var hasAnchor: Bool {
        switch kind {
        case .scalar: event.pointee.data.scalar.anchor != nil
        case .mappingStart: event.pointee.data.mapping_start.anchor != nil
        case .sequenceStart: event.pointee.data.sequence_start.anchor != nil
        default: false
        }
    }

    /// Whether the current value carries a tag (`!t`).
    var hasTag: Bool {
        switch kind {
        case .scalar: event.pointee.data.scalar.tag != nil
        case .mappingStart: event.pointee.data.mapping_start.tag != nil
        case .sequenceStart: event.pointee.data.sequence_start.tag != nil
        default: false
        }
    }

    /// Whether the current value carries an anchor or a tag.
    var hasProperties: Bool {
        switch kind {
        case .scalar: event.pointee.data.scalar.anchor != nil || event.pointee.data.scalar.tag != nil
        case .mappingStart, .sequenceStart: hasAnchor || hasTag
        default: false
        }
    }

    /// Moves to the end of the current value: its matching end event, or nowhere where it is a scalar or an alias.
    mutating func skip() throws(Stop) {
        guard kind == .mappingStart || kind == .sequenceStart else { return }
        let outer = depth - 1
        while depth > outer { try next() }
    }

    /// Why ``next()`` stopped.
    var problem: (code: Finding.Code, mark: Mark, message: String) {
        guard isReady else { return (.syntax, .start, "there is no memory to read this file") }
        if depth > Self.deepest {
            return (.tooDeep, mark, "values stand in each other more than \(Self.deepest) deep: the rest is not read")
        }
        let state = parser.pointee
        let words = state.problem.map { String(cString: $0) } ?? "this is not YAML"
        switch state.error {
        case YAML_READER_ERROR:
            let isText = words.contains("control characters")
            let mark = mark(ofByte: state.problem_offset)
            return isText
                ? (.syntax, mark, "control characters are not allowed in YAML")
                : (.encoding, mark, "this is not UTF-8")
        case YAML_MEMORY_ERROR:
            return (.syntax, .start, "there is no memory to read this file")
        default:
            let at = state.problem_mark
            return (.syntax, Mark(line: at.line + 1, column: at.column + 1), words)
        }
    }

    private func mark(ofByte offset: Int) -> Mark {
        var (line, column) = (1, 1)
        for byte in bytes.prefix(max(0, offset)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return Mark(line: line, column: column)
    }
}
