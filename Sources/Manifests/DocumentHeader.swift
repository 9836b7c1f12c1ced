/// What tells whose a document is and what it declares, read without judging the rest.
struct DocumentHeader {
    var apiVersion: Marked<String>?
    var kind: Marked<String>?
    var name: String?
    var mark = Mark.start

    /// The headers of a file's documents, up to where it stops being YAML.
    static func scan(_ bytes: UnsafeRawBufferPointer) -> [DocumentHeader] {
        var events = EventReader(bytes)
        var headers: [DocumentHeader] = []
        do throws(Stop) {
            while true {
                try events.next()
                if events.kind == .streamEnd { break }
                guard events.kind == .documentStart else { continue }
                headers.append(DocumentHeader())
                try events.next()
                try headers[headers.count - 1].read(&events)
            }
        } catch {}
        return headers
    }

    /// Reads the document whose first value the events stand at.
    mutating func read(_ events: inout EventReader) throws(Stop) {
        mark = events.mark
        guard events.kind == .mappingStart else {
            try events.skip()
            return
        }
        try events.next()
        while events.kind != .mappingEnd {
            try readField(&events)
            try events.next()
        }
    }

    private mutating func readField(_ events: inout EventReader) throws(Stop) {
        let isScalar = events.kind == .scalar
        let isVersion = isScalar && events.scalar.equals("apiVersion")
        let isKind = isScalar && events.scalar.equals("kind")
        let isMetadata = isScalar && events.scalar.equals("metadata")
        try events.skip()
        try events.next()
        if isMetadata, events.kind == .mappingStart {
            try events.next()
            while events.kind != .mappingEnd {
                let isName = events.kind == .scalar && events.scalar.equals("name")
                try events.skip()
                try events.next()
                if isName, name == nil { name = Self.word(events)?.value }
                try events.skip()
                try events.next()
            }
        } else {
            if isVersion, apiVersion == nil { apiVersion = Self.word(events) }
            if isKind, kind == nil { kind = Self.word(events) }
            try events.skip()
        }
    }

    private static func word(_ events: borrowing EventReader) -> Marked<String>? {
        guard events.kind == .scalar, events.scalar.count <= 256 else { return nil }
        return Marked(String(decoding: events.scalar, as: UTF8.self), at: events.mark)
    }
}
