import Core

/// Turns what is `Encodable` into a ``TextNode``, keys in the order in which they are encoded; dictionaries sorted.
final class NodeBox {
    var node: TextNode?
    var entries: [(key: String, box: NodeBox)]?
    var items: [NodeBox]?

    /// What was encoded. A single unnamed payload of an enum's case stands for itself.
    var result: TextNode {
        if let node { return node }
        if let items { return .list(items.map(\.result)) }
        guard let entries else { return .map([]) }
        if entries.count == 1, entries[0].key == "_0" { return entries[0].box.result }
        return .map(entries.map { ($0.key, $0.box.result) })
    }
}

struct NodeEncoder: Encoder {
    let box: NodeBox
    var codingPath: [any CodingKey] = []
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(box: NodeBox = NodeBox(), codingPath: [any CodingKey] = []) {
        self.box = box
        self.codingPath = codingPath
    }

    func encodeRoot(_ value: some Encodable) throws {
        try encode(value, into: box)
        box.node = box.result
    }

    func encode(_ value: some Encodable, into box: NodeBox) throws {
        switch value {
        case let instant as Instant: box.node = .text(Timestamp.text(instant))
        case let span as Span: box.node = .text(span.description)
        case let map as [String: any Encodable]:
            box.entries = []
            for (key, value) in map.sorted(by: { $0.key < $1.key }) {
                let child = NodeBox()
                try encode(value, into: child)
                box.entries?.append((key, child))
            }
        default: try value.encode(to: NodeEncoder(box: box, codingPath: codingPath))
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if box.entries == nil { box.entries = [] }
        return KeyedEncodingContainer(Keyed<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if box.items == nil { box.items = [] }
        return Unkeyed(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }
}

extension NodeEncoder {
    struct Single: SingleValueEncodingContainer {
        let encoder: NodeEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        mutating func encodeNil() throws { encoder.box.node = .bare("null") }
        mutating func encode(_ value: Bool) throws { encoder.box.node = .bare(value ? "true" : "false") }
        mutating func encode(_ value: String) throws { encoder.box.node = .text(value) }
        mutating func encode<T: Encodable>(_ value: T) throws {
            if let number = value as? any BinaryInteger {
                encoder.box.node = .bare("\(number)")
            } else if let number = value as? any BinaryFloatingPoint {
                encoder.box.node = .bare("\(number)")
            } else {
                try encoder.encode(value, into: encoder.box)
            }
        }
    }

    struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: NodeEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        private func child(_ key: Key) -> NodeBox {
            let box = NodeBox()
            encoder.box.entries?.append((key.stringValue, box))
            return box
        }

        mutating func encodeNil(forKey key: Key) throws {}

        mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            var single = Single(encoder: NodeEncoder(box: child(key), codingPath: codingPath + [key]))
            switch value {
            case let value as Bool: try single.encode(value)
            case let value as String: try single.encode(value)
            default: try single.encode(value)
            }
        }

        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
            -> KeyedEncodingContainer<Nested>
        {
            NodeEncoder(box: child(key), codingPath: codingPath + [key]).container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            NodeEncoder(box: child(key), codingPath: codingPath + [key]).unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder { encoder }
        mutating func superEncoder(forKey key: Key) -> any Encoder { NodeEncoder(box: child(key)) }
    }

    struct Unkeyed: UnkeyedEncodingContainer {
        let encoder: NodeEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }
        var count: Int { encoder.box.items?.count ?? 0 }

        private func child() -> NodeBox {
            let box = NodeBox()
            encoder.box.items?.append(box)
            return box
        }

        mutating func encodeNil() throws { child().node = .bare("null") }

        mutating func encode<T: Encodable>(_ value: T) throws {
            var single = Single(encoder: NodeEncoder(box: child(), codingPath: codingPath))
            switch value {
            case let value as Bool: try single.encode(value)
            case let value as String: try single.encode(value)
            default: try single.encode(value)
            }
        }

        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            NodeEncoder(box: child(), codingPath: codingPath).container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            NodeEncoder(box: child(), codingPath: codingPath).unkeyedContainer()
        }

        mutating func superEncoder() -> any Encoder { encoder }
    }
}
