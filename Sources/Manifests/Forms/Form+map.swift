extension Form where Value == String {
    /// A mapping whose keys are of this form.
    func keying<Element: Sendable>(_ element: Form<Element>, limit: Int) -> Form<[String: Marked<Element>]> {
        Form<[String: Marked<Element>]>(
            .map(key: shape, value: element.shape, limit: limit)
        ) { reader throws(Stop) in
            guard reader.kind == .mappingStart else {
                reader.wrongType(expected: "a mapping")
                try reader.skip()
                return nil
            }
            let mark = reader.mark
            var values: [String: Marked<Element>] = [:]
            var seen = 0
            try reader.next()
            while reader.kind != .mappingEnd {
                seen += 1
                let keyMark = reader.mark
                let key = try self.read(&reader)
                try reader.next()
                if let key, values[key] != nil {
                    reader.add(.duplicateField, at: keyMark, "\"\(key)\" stands here twice")
                    try reader.skip()
                } else if seen > limit, reader.author == .person {
                    try reader.skip()
                } else if let value = try element.read(&reader), let key {
                    values[key] = Marked(value, at: keyMark)
                }
                try reader.next()
            }
            if seen > limit, reader.author == .person {
                reader.add(.wrongCount, at: mark, "this mapping has \(seen) entries, and may have \(limit)")
            }
            return values
        }
    }
}
