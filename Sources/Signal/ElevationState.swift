/// What one running instance is told: whether it is to take messages, and as what.
///
/// Elevation is per instance and not per release, so that some replicas of a release can be active and others not.
/// `docs/elevation.md` describes the format.
public struct ElevationState: Hashable, Sendable {
    /// The place of a state among those that were sent for its application. The later one holds.
    public struct Order: Hashable, Comparable, Sendable {
        /// Leadership that sent it; counts first.
        public var epoch: Int
        /// Counts within an epoch.
        public var sequence: Int

        /// The place of one state.
        public init(epoch: Int, sequence: Int) {
            self.epoch = epoch
            self.sequence = sequence
        }

        /// Whether `a` was sent before `b`.
        public static func < (a: Order, b: Order) -> Bool { (a.epoch, a.sequence) < (b.epoch, b.sequence) }
    }

    /// Names the instance among all of its environment: at most 128 letters, digits, `.`, `_` and `-`.
    public var instance: String
    /// A DNS label.
    public var application: String
    /// A component of the application.
    public var component: String
    /// Where the instance's release stands.
    public var side: Side
    /// The release's version.
    public var version: String
    /// Whether the instance is to take messages.
    public var isActive: Bool
    /// Percent that its side has, 0…100.
    public var weight: Int
    /// The commit of the manifests that gave rise to it.
    public var revision: String?
    /// Since when ``isActive`` is what it is: RFC 3339 in UTC.
    public var since: String
    /// Its place among those of its application.
    public var order: Order

    /// Largest text that is read, in bytes.
    public static let limit = 16_384

    /// One instance's state.
    public init(
        instance: String, application: String, component: String, side: Side, version: String, isActive: Bool,
        weight: Int, revision: String? = nil, since: String, order: Order
    ) {
        self.instance = instance
        self.application = application
        self.component = component
        self.side = side
        self.version = version
        self.isActive = isActive
        self.weight = weight
        self.revision = revision
        self.since = since
        self.order = order
    }

    /// Reads a state. Keys that are not known are ignored.
    ///
    /// - Throws: ``WireError`` where there is any doubt about what is meant.
    public init(json bytes: [UInt8]) throws(WireError) { try self.init(Fields(json: bytes, limit: Self.limit)) }

    init(_ fields: Fields) throws(WireError) {
        instance = try fields.name("instance")
        application = try fields.text("application")
        component = try fields.text("component")
        side = try fields.side("side")
        version = try fields.text("version")
        isActive = try fields.flag("active")
        weight = try fields.whole("weight")
        guard weight <= 100 else { throw .invalid("\(fields.path)weight is more than 100") }
        revision = try fields.textIfAny("revision")
        since = try fields.text("since")
        order = Order(epoch: try fields.whole("epoch"), sequence: try fields.whole("sequence"))
    }

    /// One line of JSON, its keys always in the same order.
    public var json: String {
        "{\"active\":\(isActive),\"application\":\(quote(application)),\"component\":\(quote(component)),"
            + "\"instance\":\(quote(instance)),\"side\":\(quote(side.rawValue)),\"version\":\(quote(version)),"
            + "\"weight\":\(weight)," + (revision.map { "\"revision\":\(quote($0))," } ?? "")
            + "\"since\":\(quote(since)),\"epoch\":\(order.epoch),\"sequence\":\(order.sequence)}"
    }
}

extension Fields {
    func side(_ key: String) throws(WireError) -> Side {
        guard let side = Side(rawValue: try text(key)) else { throw .invalid("\(path)\(key) is neither flip nor flop") }
        return side
    }

    /// A name that may stand in a path, a header and a file's name.
    func name(_ key: String) throws(WireError) -> String {
        let name = try text(key)
        guard InstanceName.isValid(name) else {
            throw .invalid("\(path)\(key) is not 1 to 128 letters, digits, '.', '_' and '-' that begin with no dot")
        }
        return name
    }
}

/// What instances and machines may be called.
public enum InstanceName {
    /// Whether it may stand in a path, a header and a file's name.
    public static func isValid(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
