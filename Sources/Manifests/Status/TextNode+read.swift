extension TextNode {
    /// Reads the first document of YAML text, within the bounds of manifests.
    ///
    /// - Throws: a sentence with the position, where the text is not YAML, is too large or too deep, or has anchors,
    ///   aliases or tags.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(StatusError) -> TextNode {
        guard bytes.count <= 1 << 20 else { throw StatusError(message: "larger than 1 MiB", line: 1, column: 1) }
        var reader = EventReader(bytes)
        do {
            repeat { try reader.next() } while reader.kind == .streamStart || reader.kind == .documentStart
            if reader.kind == .streamEnd { throw StatusError(message: "empty", line: 1, column: 1) }
            return try read(&reader)
        } catch let error as StatusError {
            throw error
        } catch {
            let problem = reader.problem
            throw StatusError(
                message: problem.message, line: Int(problem.mark.line), column: Int(problem.mark.column))
        }
    }

    private static func read(_ reader: inout EventReader) throws -> TextNode {
        let mark = reader.mark
        func refuse(_ message: String) -> StatusError {
            StatusError(message: message, line: Int(mark.line), column: Int(mark.column))
        }
        if reader.hasAnchor || reader.hasTag || reader.kind == .alias {
            throw refuse("anchors, aliases and tags are not read")
        }
        if reader.depth > 40 { throw refuse("nested more than 40 deep") }
        switch reader.kind {
        case .scalar:
            let value = String(decoding: reader.scalar, as: UTF8.self)
            return reader.isPlain ? .bare(value) : .text(value)
        case .sequenceStart:
            var items: [TextNode] = []
            try reader.next()
            while reader.kind != .sequenceEnd {
                items.append(try read(&reader))
                try reader.next()
            }
            return .list(items)
        case .mappingStart:
            var entries: [(key: String, value: TextNode)] = []
            try reader.next()
            while reader.kind != .mappingEnd {
                guard reader.kind == .scalar else { throw refuse("a key is not text") }
                let key = String(decoding: reader.scalar, as: UTF8.self)
                try reader.next()
                entries.append((key, try read(&reader)))
                try reader.next()
            }
            return .map(entries)
        default:
            throw refuse("a value is missing")
        }
    }
}
