extension TrafficFile {
    /// Reads a file. Keys that are not known are ignored, so that a newer writer of the same version is understood.
    ///
    /// - Throws: ``TrafficFileError`` where there is any doubt about what is meant.
    public init(json bytes: [UInt8]) throws(TrafficFileError) {
        guard bytes.count <= Self.limit else { throw .tooLarge(bytes.count) }
        guard case .object(let members) = try JSONReader.read(bytes) else { throw .invalid("it is no JSON object") }
        let fields = Fields(path: "", members: members)
        let version = try fields.whole("version")
        guard version <= Self.version else { throw .fromTheFuture(version: version) }
        guard version == Self.version else { throw .invalid("there is no version \(version)") }
        application = try fields.text("application")
        environment = try fields.text("environment")
        epoch = try fields.whole("epoch")
        sequence = try fields.whole("sequence")
        generation = try fields.whole("generation")
        writtenAt = try fields.text("writtenAt")
        revision = try fields.textIfAny("revision")
        stage = try fields.textIfAny("stage")
        release = try fields.textIfAny("release")
        guard !application.isEmpty else { throw .invalid("application is empty") }
        weights = try fields.object("weights").map { weights throws(TrafficFileError) in try Self.weights(weights) }
        for (name, counts) in try fields.object("actives")?.objects() ?? [:] {
            actives[name] = PerSide(flip: try counts.whole("flip"), flop: try counts.whole("flop"))
        }
        rejecting = try fields.object("rejecting").map { attempt throws(TrafficFileError) in
            Attempt(digest: try attempt.text("digest"), introduced: try attempt.text("introduced"))
        }
        if let standing = try fields.object("sides") {
            for side in Side.allCases {
                guard let read = try standing.object(side.rawValue) else { continue }
                sides[side] = Standing(namespace: try read.text("namespace"), version: try read.text("version"))
            }
        }
    }

    private static func weights(_ fields: Fields) throws(TrafficFileError) -> PerSide<Int> {
        let (flip, flop) = (try fields.whole("flip"), try fields.whole("flop"))
        guard flip <= 100, flop <= 100, flip + flop == 100 else {
            throw .invalid("weights \(flip) and \(flop) do not sum to 100")
        }
        return PerSide(flip: flip, flop: flop)
    }
}

/// The members of an object, and where it stands.
private struct Fields {
    /// Ends with a dot, except the outermost's.
    var path: String
    var members: [String: JSON]

    func whole(_ key: String) throws(TrafficFileError) -> Int {
        guard case .integer(let value)? = members[key], value >= 0 else {
            throw .invalid("\(path)\(key) is not a whole number from 0 up")
        }
        return value
    }

    func text(_ key: String) throws(TrafficFileError) -> String {
        guard let text = try textIfAny(key) else { throw .invalid("\(path)\(key) is missing") }
        return text
    }

    func textIfAny(_ key: String) throws(TrafficFileError) -> String? {
        switch members[key] {
        case nil, .null?: nil
        case .string(let text)?: text
        default: throw .invalid("\(path)\(key) is not a text")
        }
    }

    func object(_ key: String) throws(TrafficFileError) -> Fields? {
        switch members[key] {
        case nil, .null?: nil
        case .object(let members)?: Fields(path: "\(path)\(key).", members: members)
        default: throw .invalid("\(path)\(key) is not an object")
        }
    }

    /// Every member, which has to be an object.
    func objects() throws(TrafficFileError) -> [String: Fields] {
        var found: [String: Fields] = [:]
        for key in members.keys { found[key] = try object(key) }
        return found
    }
}
