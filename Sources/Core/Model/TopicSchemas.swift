/// Schemas by topic, held in an array: an application has one or two, and a hundred thousand applications have them.
package struct TopicSchemas: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var topic: String
        package var schemas: [String]
    }

    /// Sorted by topic; no topic comes twice.
    package let entries: [Entry]

    /// Of several values for a topic the first counts.
    package init(_ values: some Sequence<(topic: String, schemas: [String])>) {
        var entries: [Entry] = []
        entries.reserveCapacity(values.underestimatedCount)
        for (topic, schemas) in values {
            let position = entries.firstIndex { $0.topic >= topic } ?? entries.count
            if position < entries.count, entries[position].topic == topic { continue }
            entries.insert(Entry(topic: topic, schemas: schemas), at: position)
        }
        self.entries = entries
    }

    package subscript(topic: String) -> [String]? { entries.first { $0.topic == topic }?.schemas }
}

extension TopicSchemas: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, [String])...) {
        self.init(elements.lazy.map { (topic: $0, schemas: $1) })
    }
}

extension TopicSchemas: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try [String: [String]](from: decoder).lazy.map { (topic: $0, schemas: $1) })
    }

    package func encode(to encoder: any Encoder) throws {
        let values = Dictionary(entries.lazy.map { ($0.topic, $0.schemas) }) { first, _ in first }
        try values.encode(to: encoder)
    }
}
