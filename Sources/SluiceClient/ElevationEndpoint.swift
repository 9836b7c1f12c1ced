import Glibc

/// Where a worker asks for its elevation: an address of this machine that is its own.
public enum ElevationEndpoint: Hashable, Sendable {
    /// A port on loopback.
    case loopback(port: UInt16)
    /// An absolute path of a Unix socket.
    case unix(path: String)

    /// The environment variable that says where.
    public static let variable = "SLUICE_ELEVATION"

    /// Where ``variable`` says; nil where it says nothing that can be used.
    public static var fromEnvironment: ElevationEndpoint? {
        getenv(variable).flatMap { ElevationEndpoint(String(cString: $0)) }
    }

    /// Reads `http://127.0.0.1:PORT` or `unix:/absolute/path`.
    ///
    /// - Returns: nil where it is neither. No other machine is ever asked.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // One byte of the address is for the end of the path.
            guard path.hasPrefix("/"), path.utf8.count < Self.pathLimit, !path.utf8.contains(0) else { return nil }
            self = .unix(path: path)
            return
        }
        for host in ["http://127.0.0.1:", "http://localhost:"] where text.hasPrefix(host) {
            var rest = text.dropFirst(host.count)
            if rest.last == "/" { rest = rest.dropLast() }
            guard rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(rest), port > 0 else {
                return nil
            }
            self = .loopback(port: port)
            return
        }
        return nil
    }

    private static let pathLimit = MemoryLayout.size(ofValue: sockaddr_un().sun_path)

    /// What the requests' `Host` says.
    var host: String {
        switch self {
        case .loopback(let port): "127.0.0.1:\(port)"
        case .unix: "localhost"
        }
    }
}

extension ElevationEndpoint: CustomStringConvertible {
    /// As ``init(_:)`` reads it.
    public var description: String {
        switch self {
        case .loopback(let port): "http://127.0.0.1:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
