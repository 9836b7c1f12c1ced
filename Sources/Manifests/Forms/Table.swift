/// A mapping with known fields: what the decoder matches keys against, and what schema and reference are made from.
struct Table<Draft>: Sendable {
    let name: String
    let summary: String
    /// At most 64.
    let fields: [Field<Draft>]
    let exclusive: [[String]]
    private let required: UInt64
    private let groups: [UInt64]

    /// `exclusive` holds groups of fields; of each, exactly one must stand.
    init(_ name: String, _ summary: String, exclusive: [[String]] = [], _ fields: [Field<Draft>]) {
        self.name = name
        self.summary = summary
        self.fields = fields
        self.exclusive = exclusive
        var required: UInt64 = 0
        for (i, field) in fields.enumerated() where field.isRequired { required |= 1 << UInt64(i) }
        self.required = required
        groups = exclusive.map { group in
            fields.enumerated().reduce(0) { $0 | (group.contains("\($1.element.name)") ? 1 << UInt64($1.offset) : 0) }
        }
    }

    var described: TableShape {
        TableShape(name: name, summary: summary, fields: fields.map(\.described), exclusive: exclusive)
    }

    /// Reads the mapping that the reader stands at into `draft`. What is wrong with it becomes findings.
    func read(_ reader: inout NodeReader, into draft: inout Draft) throws(Stop) {
        guard reader.kind == .mappingStart else {
            reader.wrongType(expected: "a mapping")
            try reader.skip()
            return
        }
        let mark = reader.mark
        try reader.next()
        try readFields(&reader, into: &draft, seen: 0, mark: mark)
    }

    /// Reads fields from the key that the reader stands at to the mapping's end. `seen` has the bits of the fields that
    /// were read before; the mapping begins at `mark`.
    func readFields(
        _ reader: inout NodeReader, into draft: inout Draft, seen: UInt64, mark: Mark
    ) throws(Stop) {
        var seen = seen
        var expected = 0
        while reader.kind != .mappingEnd {
            if let index = index(of: reader, from: expected) {
                expected = index + 1
                let bit: UInt64 = 1 << UInt64(index)
                let isRepeated = seen & bit != 0
                if isRepeated {
                    reader.add(.duplicateField, at: reader.mark, "\"\(fields[index].name)\" stands here twice")
                }
                seen |= bit
                try reader.next()
                if isRepeated {
                    try reader.skip()
                } else {
                    try fields[index].read(&reader, &draft)
                }
            } else {
                unknown(&reader)
                try reader.skip()
                try reader.next()
                try reader.skip()
            }
            try reader.next()
        }
        complain(&reader, seen: seen, mark: mark)
    }

    /// Position of the field that the reader's key names. Fields mostly come in the table's order.
    private func index(of reader: borrowing NodeReader, from expected: Int) -> Int? {
        guard reader.kind == .scalar else { return nil }
        let key = reader.scalar
        return fields.withUnsafeBufferPointer { fields in
            for i in expected..<max(expected, fields.count) where key.equals(fields[i].name) { return i }
            for i in 0..<min(expected, fields.count) where key.equals(fields[i].name) { return i }
            return nil
        }
    }

    private func unknown(_ reader: inout NodeReader) {
        if reader.kind == .alias { return }
        guard reader.kind == .scalar else {
            reader.wrongType(expected: "a field of \(name)")
            return
        }
        guard reader.author == .person else { return }
        let key = String(decoding: reader.scalar.prefix(Bounds.scalar), as: UTF8.self)
        reader.add(
            .unknownField, at: reader.mark, "\(name) has no field \(reader.echo)",
            suggestion: Suggestion.nearest(to: key, among: fields.lazy.map { "\($0.name)" }))
    }

    private func complain(_ reader: inout NodeReader, seen: UInt64, mark: Mark) {
        if required & ~seen != 0 {
            for (i, field) in fields.enumerated() where required & ~seen & 1 << UInt64(i) != 0 {
                reader.add(.missingField, at: mark, "\(name) needs \"\(field.name)\"")
            }
        }
        for (i, group) in groups.enumerated() {
            let standing = (seen & group).nonzeroBitCount
            if standing == 1 { continue }
            let names = exclusive[i].map { "\"\($0)\"" }.joined(separator: ", ")
            reader.add(
                standing == 0 ? .missingField : .exclusiveFields, at: mark, "\(name) needs exactly one of \(names)")
        }
    }

    /// The mapping as a form: the fields are read into a draft, which `make` then makes into a value, judging what
    /// they mean together. It is called only where the fields by themselves are without error.
    func form<Value>(
        _ draft: @escaping @Sendable () -> Draft,
        make: @escaping @Sendable (Draft, Mark, inout NodeReader) -> Value?
    ) -> Form<Value> {
        Form<Value>(.object(described)) { reader throws(Stop) in
            let (errors, mark) = (reader.errors, reader.mark)
            var value = draft()
            try self.read(&reader, into: &value)
            guard reader.errors == errors else { return nil }
            return make(value, mark, &reader)
        }
    }

    /// The mapping as a form whose draft is the value.
    func form(_ draft: @escaping @Sendable () -> Draft) -> Form<Draft> {
        form(draft) { value, _, _ in value }
    }
}
