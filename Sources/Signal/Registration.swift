/// What whoever starts an instance writes down for the machine's agent: `<directory>/<instance>.json`, put there by
/// renaming, and removed when the instance's process is known to be gone.
public struct Registration: Hashable, Sendable {
    /// As in ``ElevationState/instance``.
    public var instance: String
    /// A DNS label.
    public var application: String
    /// A component of the application.
    public var component: String
    /// Where the instance's release stands.
    public var side: Side
    /// The release's version.
    public var version: String
    /// Where the instance reads what it is told.
    public var listen: ListenAddress

    /// Largest file that is read, in bytes.
    public static let limit = 16_384

    /// One instance.
    public init(
        instance: String, application: String, component: String, side: Side, version: String, listen: ListenAddress
    ) {
        self.instance = instance
        self.application = application
        self.component = component
        self.side = side
        self.version = version
        self.listen = listen
    }

    /// Reads a registration. Keys that are not known are ignored.
    ///
    /// - Throws: ``WireError`` where there is any doubt about what is meant.
    public init(json bytes: [UInt8]) throws(WireError) {
        let fields = try Fields(json: bytes, limit: Self.limit)
        instance = try fields.name("instance")
        application = try fields.text("application")
        component = try fields.text("component")
        side = try fields.side("side")
        version = try fields.text("version")
        guard !application.isEmpty else { throw .invalid("application is empty") }
        guard !component.isEmpty else { throw .invalid("component is empty") }
        listen = try fields.address("listen")
    }

    /// One line of JSON.
    public var json: String {
        "{\"instance\":\(quote(instance)),\"application\":\(quote(application)),\"component\":\(quote(component)),"
            + "\"side\":\(quote(side.rawValue)),\"version\":\(quote(version)),\"listen\":\(quote(listen.text))}"
    }

    /// Whether a state is meant for this very release: a name may be used again by another.
    public func isMeant(by state: ElevationState) -> Bool {
        state.instance == instance && state.application == application && state.component == component
            && state.side == side && state.version == version
    }
}

/// An address that no other machine reaches.
public enum ListenAddress: Hashable, Sendable {
    /// A port of 127.0.0.1.
    case loopback4(port: UInt16)
    /// A port of ::1.
    case loopback6(port: UInt16)
    /// A socket in the file system, by its absolute path.
    case unix(path: String)

    /// Longest path of a socket, in bytes: the system's 107, less what a temporary name beside it needs.
    public static let longestPath = 90

    /// Reads `127.0.0.1:7431`, `[::1]:7431` or `unix:/run/indexer-3.sock`; nil where it is nothing of the kind.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), !path.hasSuffix("/"), path.utf8.count <= Self.longestPath,
                path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else { return nil }
            self = .unix(path: path)
        } else if let port = Self.port(text, after: "127.0.0.1:") {
            self = .loopback4(port: port)
        } else if let port = Self.port(text, after: "[::1]:") {
            self = .loopback6(port: port)
        } else {
            return nil
        }
    }

    /// As it is read.
    public var text: String {
        switch self {
        case .loopback4(let port): "127.0.0.1:\(port)"
        case .loopback6(let port): "[::1]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    private static func port(_ text: String, after prefix: String) -> UInt16? {
        guard text.hasPrefix(prefix) else { return nil }
        let digits = text.dropFirst(prefix.count)
        guard digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let port = UInt16(digits), port > 0 else { return nil }
        return port
    }
}

extension Fields {
    func address(_ key: String) throws(WireError) -> ListenAddress {
        guard let address = ListenAddress(try text(key)) else {
            throw .invalid(
                "\(path)\(key) is neither 127.0.0.1:PORT, [::1]:PORT nor unix:/PATH of at most 90 bytes")
        }
        return address
    }
}
