/// An entry of a mapping with any keys.
struct Entry<Value> {
    var key: Marked<String>
    var value: Value
}

extension Entry: Sendable where Value: Sendable {}

extension Form where Value == String {
    /// A mapping whose keys are of this form, in the order in which they stand; no key comes twice.
    func keying<Element: Sendable>(_ element: Form<Element>, limit: Int) -> Form<[Entry<Element>]> {
        Form<[Entry<Element>]>(
            .map(key: shape, value: element.shape, limit: limit)
        ) { reader throws(Stop) in
            guard reader.kind == .mappingStart else {
                reader.wrongType(expected: "a mapping")
                try reader.skip()
                return nil
            }
            let mark = reader.mark
            var entries: [Entry<Element>] = []
            var seen = 0
            try reader.next()
            while reader.kind != .mappingEnd {
                seen += 1
                let keyMark = reader.mark
                let key = try self.read(&reader)
                try reader.next()
                // Few are kept; a table costs more.
                if let key, entries.contains(where: { $0.key.value == key }) {
                    reader.add(.duplicateField, at: keyMark, "\"\(key)\" stands here twice")
                    try reader.skip()
                } else if seen > limit {
                    try reader.skip()
                } else if let value = try element.read(&reader), let key {
                    entries.append(Entry(key: Marked(key, at: keyMark), value: value))
                }
                try reader.next()
            }
            if seen > limit {
                reader.add(.wrongCount, at: mark, "this mapping has \(seen) entries, and may have \(limit)")
            }
            return entries
        }
    }
}

extension Array {
    /// The values by key.
    func dictionary<Value>() -> [String: Value] where Element == Entry<Value> {
        var values = [String: Value](minimumCapacity: count)
        for entry in self { values[entry.key.value] = entry.value }
        return values
    }
}
