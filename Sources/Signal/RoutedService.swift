/// A service whose requests a machine's proxy divides between its sides: `<directory>/<application>.json`, written by
/// whoever runs the proxy.
package struct RoutedService: Hashable, Sendable {
    /// Where a side is reached.
    package struct Upstream: Hashable, Sendable {
        /// A name that is resolved, or an address.
        package var host: String
        package var port: UInt16

        package init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        /// Reads `HOST:PORT`, an IPv6 address in brackets; nil where it is nothing of the kind.
        package init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
            else { return nil }
            var host = text[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                return nil
            }
            let isName = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#""/\[]"#.utf8.contains($0) }
            guard !host.isEmpty, host.utf8.count <= 253, isName else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    /// A DNS label.
    package var application: String
    /// Where the proxy listens for the service's requests.
    package var listen: ListenAddress
    /// The absolute path of the application's traffic file, as `sluice traffic` keeps it.
    package var traffic: String
    /// Where each side is reached.
    package var upstreams: PerSide<Upstream>
    /// Where requests go until a good traffic file was read once.
    package var fallback: Side

    /// Largest file that is read, in bytes.
    package static let limit = 16_384

    /// Reads a file. Keys that are not known are ignored.
    ///
    /// - Throws: ``WireError`` where there is any doubt about what is meant.
    package init(json bytes: [UInt8]) throws(WireError) {
        let fields = try Fields(json: bytes, limit: Self.limit)
        application = try fields.name("application")
        listen = try fields.address("listen")
        traffic = try fields.text("traffic")
        guard traffic.hasPrefix("/") else { throw .invalid("traffic is no absolute path") }
        guard let sides = try fields.object("upstreams") else { throw .invalid("upstreams is missing") }
        func upstream(_ key: String) throws(WireError) -> Upstream {
            guard let read = Upstream(try sides.text(key)) else { throw .invalid("upstreams.\(key) is no HOST:PORT") }
            return read
        }
        upstreams = PerSide(flip: try upstream("flip"), flop: try upstream("flop"))
        fallback = try fields.textIfAny("fallback") == nil ? .flip : try fields.side("fallback")
    }
}
