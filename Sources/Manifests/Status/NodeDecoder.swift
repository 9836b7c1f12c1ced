import Core

/// Reads what is `Decodable` from a ``TextNode``.
struct NodeDecoder: Decoder {
    let node: TextNode
    let path: [any CodingKey]
    var codingPath: [any CodingKey] { path }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// Replicas, epochs, counts: a hand may have written them, and sums and products of them are taken.
    static let range = -((1 << 53) - 1)...((1 << 53) - 1)

    init(node: TextNode, path: [any CodingKey]) {
        self.node = node
        self.path = path
    }

    func mismatch(_ type: Any.Type, _ words: String) -> DecodingError {
        .typeMismatch(type, .init(codingPath: path, debugDescription: words))
    }

    var scalar: String? {
        switch node {
        case .text(let value), .bare(let value): value
        case .list, .map: nil
        }
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if type == Instant.self {
            guard let scalar, let value = Timestamp.instant(scalar) as? T else { throw mismatch(type, "is not a time") }
            return value
        }
        if type == Span.self {
            guard let scalar, let value = Span(scalar) as? T else { throw mismatch(type, "is not a duration") }
            return value
        }
        return try T(from: self)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        if case .map = node { return KeyedDecodingContainer(Keyed<Key>(decoder: self)) }
        // The unnamed payload of an enum's case stands for itself.
        if Key(stringValue: "_0") != nil { return KeyedDecodingContainer(Keyed<Key>(decoder: self)) }
        throw mismatch([String: String].self, "is not a mapping")
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let items) = node else { throw mismatch([String].self, "is not a list") }
        return Unkeyed(decoder: self, items: items)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }
}

extension NodeDecoder {
    struct Single: SingleValueDecodingContainer {
        let decoder: NodeDecoder
        var codingPath: [any CodingKey] { decoder.path }

        func decodeNil() -> Bool { decoder.node == .bare("null") || decoder.node == .bare("~") }

        func decode(_ type: Bool.Type) throws -> Bool {
            guard let value = decoder.scalar.flatMap({ Bool($0) }) else {
                throw decoder.mismatch(type, "is not true or false")
            }
            return value
        }

        func decode(_ type: String.Type) throws -> String {
            guard let value = decoder.scalar else { throw decoder.mismatch(type, "is not text") }
            return value
        }

        func decode<T: Decodable>(_ type: T.Type) throws -> T {
            if let integer = type as? any FixedWidthInteger.Type {
                guard let scalar = decoder.scalar, let value = integer.init(scalar, radix: 10) as? T else {
                    throw decoder.mismatch(type, "is not a whole number")
                }
                guard NodeDecoder.range.contains(Int(scalar) ?? .max) else {
                    throw decoder.mismatch(type, "is larger than any number that is meant")
                }
                return value
            }
            return try decoder.decode(type)
        }
    }

    struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: NodeDecoder
        var codingPath: [any CodingKey] { decoder.path }

        var allKeys: [Key] {
            guard case .map(let entries) = decoder.node else { return [] }
            return entries.compactMap { Key(stringValue: $0.key) }
        }

        private func value(_ key: Key) -> TextNode? {
            if let found = decoder.node[key.stringValue] { return found }
            return key.stringValue == "_0" ? decoder.node : nil
        }

        func contains(_ key: Key) -> Bool { value(key) != nil }

        func decodeNil(forKey key: Key) throws -> Bool {
            guard let value = value(key) else { return true }
            return value == .bare("null") || value == .bare("~")
        }

        private func child(_ key: Key) throws -> NodeDecoder {
            guard let value = value(key) else {
                throw DecodingError.keyNotFound(key, .init(codingPath: decoder.path, debugDescription: "is missing"))
            }
            return NodeDecoder(node: value, path: decoder.path + [key])
        }

        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try Single(decoder: child(key)).decode(type) }
        func decode(_ type: String.Type, forKey key: Key) throws -> String {
            try Single(decoder: child(key)).decode(type)
        }
        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try Single(decoder: child(key)).decode(type)
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
            -> KeyedDecodingContainer<Nested>
        {
            try child(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try child(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { decoder }
        func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
    }

    struct Unkeyed: UnkeyedDecodingContainer {
        let decoder: NodeDecoder
        let items: [TextNode]
        var currentIndex = 0
        var codingPath: [any CodingKey] { decoder.path }
        var count: Int? { items.count }
        var isAtEnd: Bool { currentIndex >= items.count }

        init(decoder: NodeDecoder, items: [TextNode]) {
            self.decoder = decoder
            self.items = items
        }

        private mutating func next() throws -> NodeDecoder {
            guard !isAtEnd else { throw decoder.mismatch([String].self, "has too few items") }
            defer { currentIndex += 1 }
            return NodeDecoder(node: items[currentIndex], path: decoder.path)
        }

        mutating func decodeNil() throws -> Bool { false }
        mutating func decode(_ type: Bool.Type) throws -> Bool { try Single(decoder: next()).decode(type) }
        mutating func decode(_ type: String.Type) throws -> String { try Single(decoder: next()).decode(type) }
        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try Single(decoder: next()).decode(type) }

        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws
            -> KeyedDecodingContainer<Nested>
        {
            try next().container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
        mutating func superDecoder() throws -> any Decoder { try next() }
    }
}
