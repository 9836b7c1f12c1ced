extension TrafficFile {
    /// Reads a file. Keys that are not known are ignored, so that a newer writer of the same version is understood.
    ///
    /// - Throws: ``WireError`` where there is any doubt about what is meant.
    public init(json bytes: [UInt8]) throws(WireError) {
        let fields = try Fields(json: bytes, limit: Self.limit)
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
        weights = try fields.object("weights").map { weights throws(WireError) in try Self.weights(weights) }
        for (name, counts) in try fields.object("actives")?.objects() ?? [:] {
            actives[name] = PerSide(flip: try counts.whole("flip"), flop: try counts.whole("flop"))
        }
        rejecting = try fields.object("rejecting").map { attempt throws(WireError) in
            Attempt(digest: try attempt.text("digest"), introduced: try attempt.text("introduced"))
        }
        if let standing = try fields.object("sides") {
            for side in Side.allCases {
                guard let read = try standing.object(side.rawValue) else { continue }
                sides[side] = Standing(namespace: try read.text("namespace"), version: try read.text("version"))
            }
        }
    }

    private static func weights(_ fields: Fields) throws(WireError) -> PerSide<Int> {
        let (flip, flop) = (try fields.whole("flip"), try fields.whole("flop"))
        guard flip <= 100, flop <= 100, flip + flop == 100 else {
            throw .invalid("weights \(flip) and \(flop) do not sum to 100")
        }
        return PerSide(flip: flip, flop: flop)
    }
}
