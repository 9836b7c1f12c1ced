/// A kind of value: how it is read, and what it looks like. Decoder, schema and reference all stand on these.
struct Form<Value>: Sendable {
    let shape: Shape
    /// Reads the value that the reader stands at. nil where it is not one; then there is a finding.
    let read: @Sendable (inout NodeReader) throws(Stop) -> Value?

    init(_ shape: Shape, read: @escaping @Sendable (inout NodeReader) throws(Stop) -> Value?) {
        self.shape = shape
        self.read = read
    }

    /// The same with the place where it stands.
    var marked: Form<Marked<Value>> {
        Form<Marked<Value>>(shape) { reader throws(Stop) in
            let mark = reader.mark
            guard let value = try self.read(&reader) else { return nil }
            return Marked(value, at: mark)
        }
    }

    /// The same, as something else.
    func map<Other>(_ transform: @escaping @Sendable (Value) -> Other) -> Form<Other> {
        Form<Other>(shape) { reader throws(Stop) in
            guard let value = try self.read(&reader) else { return nil }
            return transform(value)
        }
    }

    /// A list of these, `count` long.
    func list(_ count: ClosedRange<Int>) -> Form<[Value]> {
        Form<[Value]>(.list(shape, count)) { reader throws(Stop) in
            let mark = reader.mark
            guard reader.kind == .sequenceStart else {
                reader.wrongType(expected: "a list")
                try reader.skip()
                return nil
            }
            var values: [Value] = []
            values.reserveCapacity(2)
            var seen = 0
            try reader.next()
            while reader.kind != .sequenceEnd {
                seen += 1
                if seen > count.upperBound, reader.author == .person {
                    try reader.skip()
                } else if let value = try self.read(&reader) {
                    values.append(value)
                }
                try reader.next()
            }
            if !count.contains(seen), reader.author == .person {
                let bounds =
                    seen < count.lowerBound ? "at least \(count.lowerBound)" : "at most \(count.upperBound)"
                reader.add(.wrongCount, at: mark, "this list has \(seen) entries, and must have \(bounds)")
            }
            return values
        }
    }
}

extension Form where Value: Hashable & SendableMetatype {
    /// A list without repetitions.
    func distinctList(_ count: ClosedRange<Int>) -> Form<[Value]> {
        let list = marked.list(count)
        return Form<[Value]>(list.shape) { reader throws(Stop) in
            guard let entries = try list.read(&reader) else { return nil }
            return entries.distinct(&reader)
        }
    }
}

extension Array {
    /// The entries' values. One that repeats an earlier one is a finding at its place.
    func distinct<Value: Hashable>(_ reader: inout NodeReader) -> [Value] where Element == Marked<Value> {
        let values = map(\.value)
        // Lists are short; a set costs more.
        for (i, entry) in enumerated().dropFirst() where values[..<i].contains(entry.value) {
            reader.add(.duplicateValue, at: entry.mark, "\"\(entry.value)\" stands in this list twice")
        }
        return values
    }
}
