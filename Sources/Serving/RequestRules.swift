package import HTTPTypes
package import Hummingbird
import NIOCore

/// Lets pass what a program meant for this server, and nothing that a page in somebody's browser can be made to send.
///
/// A page of any site may post forms and text anywhere, and a name that its owner points at 127.0.0.1 makes the browser
/// take what listens there for the site itself (DNS rebinding). A browser says whose page it speaks for, and no page may
/// send JSON without asking first.
///
/// Bodies are read here, whole: none is larger, or takes longer to come, than is allowed.
package struct RequestRules: RouterMiddleware {
    /// The address that is listened on, where requests have to name it or another address; nil where a secret says who
    /// may ask, and any name may lead here.
    package var host: String?
    /// Largest body, in bytes.
    package var bodyLimit: Int
    /// Longest time that a body may take to come.
    package var patience = Duration.seconds(20)
    /// Paths that begin so are answered by any name, with any body within the limit, and to no page either.
    package var openPrefix: String?
    /// How a refusal is said.
    package var refusal: @Sendable (HTTPResponse.Status, String) -> Response

    package init(
        host: String? = nil, bodyLimit: Int, patience: Duration = .seconds(20), openPrefix: String? = nil,
        refusal: @escaping @Sendable (HTTPResponse.Status, String) -> Response
    ) {
        self.host = host
        self.bodyLimit = bodyLimit
        self.patience = patience
        self.openPrefix = openPrefix
        self.refusal = refusal
    }

    package func handle(
        _ request: Request, context: ConnectionContext,
        next: @concurrent (Request, ConnectionContext) async throws -> Response
    ) async throws -> Response {
        if let (status, message) = objection(to: request) {
            end(context)
            return refusal(status, message)
        }
        guard hasBody(request) else { return try await next(request, context) }
        var request = request
        do {
            request.body = .init(buffer: try await read(request.body))
        } catch let error as any HTTPResponseError {
            // The rest of it is not waited for.
            end(context)
            return refusal(
                error.status,
                error.status == .requestTimeout
                    ? "the body did not come within \(patience)" : "the body is larger than \(bodyLimit) bytes")
        }
        return try await next(request, context)
    }

    /// Why a request is none for this server; nil where it is.
    private func objection(to request: Request) -> (HTTPResponse.Status, String)? {
        let isOpen = openPrefix.map { request.uri.path.hasPrefix($0) } ?? false
        if !isOpen {
            guard let named = Self.name(in: request.head.authority ?? "") else {
                return (.misdirectedRequest, "the request does not say in one way which host it is for")
            }
            guard host == nil || named == host?.lowercased() || named == "localhost" || Self.isAddress(named) else {
                return (.misdirectedRequest, "the request names another host; ask by the address \(host ?? "")")
            }
        }
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] } ?? "none"
        guard request.headers[.origin] == nil, site == "none" || site == "same-origin" else {
            return (.forbidden, "the request comes from a page in a browser, and no page may ask this")
        }
        if !isOpen, ![.get, .head].contains(request.method) {
            let type = request.headers[.contentType]?.prefix { $0 != ";" } ?? ""
            guard type.lowercased().filter({ $0 != " " }) == "application/json" else {
                return (.unsupportedMediaType, "the request wants the header content-type: application/json")
            }
        }
        return nil
    }

    private func hasBody(_ request: Request) -> Bool {
        if request.headers[.transferEncoding] != nil { return true }
        return request.headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// Ends the connection once the answer had time to leave.
    private func end(_ context: ConnectionContext) {
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    private func read(_ body: RequestBody) async throws -> ByteBuffer {
        try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask { try await body.collect(upTo: bodyLimit) }
            group.addTask {
                try await Task.sleep(for: patience)
                throw HTTPError(.requestTimeout)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? ByteBuffer()
        }
    }

    /// The host of `localhost:7430` or `[::1]:7430`; nil where there is more to it, or less.
    static func name(in authority: String) -> String? {
        let isBracketed = authority.hasPrefix("[")
        let name = isBracketed ? authority.dropFirst().prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        guard !name.isEmpty, !name.contains(where: { "@/\\?# \t".contains($0) }) else { return nil }
        var rest = authority[name.endIndex...]
        if isBracketed {
            guard rest.first == "]" else { return nil }
            rest.removeFirst()
        }
        guard rest.isEmpty || rest.first == ":" && rest.dropFirst().utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
            return nil
        }
        return name.lowercased()
    }

    /// Addresses are nobody's to point elsewhere.
    private static func isAddress(_ name: String) -> Bool {
        (try? SocketAddress(ipAddress: name, port: 0)) != nil
    }
}
