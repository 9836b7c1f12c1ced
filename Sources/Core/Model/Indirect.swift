/// Keeps an optional value outside the struct that holds it, so that where there is none it costs one word.
///
/// It is a value all the same: copies share the storage until one of them is changed. An application at rest has no
/// candidate, no stage, no rollback; a fleet is mostly applications at rest.
@propertyWrapper
package struct Indirect<Value> {
    private final class Storage {
        var value: Value?
        init(_ value: Value?) { self.value = value }
    }

    private var storage: Storage?

    package init(wrappedValue: Value?) {
        storage = wrappedValue.map(Storage.init)
    }

    /// The keeper itself: what is handed on by it is shared, and equal at a glance.
    package var projectedValue: Indirect {
        get { self }
        set { self = newValue }
    }

    package var wrappedValue: Value? {
        get { storage?.value }
        // In place: what is changed is neither copied out nor in.
        _modify {
            let own: Storage
            if isKnownUniquelyReferenced(&storage), let storage {
                own = storage
            } else {
                own = Storage(storage?.value)
            }
            storage = nil
            defer { storage = own.value == nil ? nil : own }
            yield &own.value
        }
    }
}

// The storage is changed only where nothing else refers to it.
extension Indirect: @unchecked Sendable where Value: Sendable {}

extension Indirect: Equatable where Value: Equatable {
    package static func == (a: Indirect, b: Indirect) -> Bool {
        a.storage === b.storage || a.wrappedValue == b.wrappedValue
    }
}

extension Indirect: Hashable where Value: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue) }
}

extension Indirect: Decodable where Value: Decodable {
    package init(from decoder: any Decoder) throws {
        self.init(wrappedValue: try Value?(from: decoder))
    }
}

extension Indirect: Encodable where Value: Encodable {
    package func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

// What the compiler writes for a coded property asks for these, so that nothing and absence stay the same thing.
extension KeyedDecodingContainer {
    func decode<Value: Decodable>(_: Indirect<Value>.Type, forKey key: Key) throws -> Indirect<Value> {
        Indirect(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
    }
}

extension KeyedEncodingContainer {
    mutating func encode<Value: Encodable>(_ value: Indirect<Value>, forKey key: Key) throws {
        try encodeIfPresent(value.wrappedValue, forKey: key)
    }
}
