/// The members of an object, and where it stands.
struct Fields {
    /// Ends with a dot, except the outermost's.
    var path: String
    var members: [String: JSON]

    init(path: String, members: [String: JSON]) {
        self.path = path
        self.members = members
    }

    /// The outermost object of a text.
    init(json bytes: [UInt8], limit: Int) throws(WireError) {
        guard bytes.count <= limit else { throw .tooLarge(bytes.count, limit: limit) }
        guard case .object(let members) = try JSONReader.read(bytes) else { throw .invalid("it is no JSON object") }
        self.init(path: "", members: members)
    }

    /// As far as every reader of JSON counts exactly (2^53 - 1), and no sum of a few overflows.
    static let mostWhole = (1 << 53) - 1

    func whole(_ key: String) throws(WireError) -> Int {
        guard case .integer(let value)? = members[key], (0...Self.mostWhole).contains(value) else {
            throw .invalid("\(path)\(key) is not a whole number from 0 to \(Self.mostWhole)")
        }
        return value
    }

    func flag(_ key: String) throws(WireError) -> Bool {
        guard case .bool(let value)? = members[key] else { throw .invalid("\(path)\(key) is neither true nor false") }
        return value
    }

    func text(_ key: String) throws(WireError) -> String {
        guard let text = try textIfAny(key) else { throw .invalid("\(path)\(key) is missing") }
        return text
    }

    func textIfAny(_ key: String) throws(WireError) -> String? {
        switch members[key] {
        case nil, .null?: nil
        case .string(let text)?: text
        default: throw .invalid("\(path)\(key) is not a text")
        }
    }

    func object(_ key: String) throws(WireError) -> Fields? {
        switch members[key] {
        case nil, .null?: nil
        case .object(let members)?: Fields(path: "\(path)\(key).", members: members)
        default: throw .invalid("\(path)\(key) is not an object")
        }
    }

    /// The objects of a list; none where there is no list.
    func list(_ key: String) throws(WireError) -> [Fields] {
        switch members[key] {
        case nil, .null?: return []
        case .array(let values)?:
            var found: [Fields] = []
            for (index, value) in values.enumerated() {
                let place = "\(path)\(key)[\(index)]"
                guard case .object(let members) = value else { throw .invalid("\(place) is not an object") }
                found.append(Fields(path: place + ".", members: members))
            }
            return found
        default: throw .invalid("\(path)\(key) is not a list")
        }
    }

    /// Every member, which has to be an object.
    func objects() throws(WireError) -> [String: Fields] {
        var found: [String: Fields] = [:]
        for key in members.keys { found[key] = try object(key) }
        return found
    }
}
