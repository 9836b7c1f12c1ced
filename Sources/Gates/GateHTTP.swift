import AsyncHTTPClient
import Core
import Evidence
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// One exchange over HTTP with whoever a manifest names. Nobody there is trusted: redirects are not followed, the body
/// is read up to a limit, and all of it has one deadline.
package enum GateHTTP {
    struct Ask {
        var method = "GET"
        var url: String
        var headers: [(name: String, value: String)] = []
        var body: [UInt8]?
        /// Whether it may go over a connection that another went over before. A server may close one just as it is used
        /// again, which would look like one that fails.
        var reusesConnection = false
        /// For all of it, from the first byte sent to the last byte read, by the wall's clock.
        var timeout: Duration = .seconds(10)
    }

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        /// At most ``bodyLimit`` bytes of it.
        var body: [UInt8]
        /// From the first byte sent to the last byte read.
        var latency: Duration
    }

    enum Trouble: Error, Hashable {
        /// Nothing was sent: no such host, nobody listens, a certificate that is not good.
        case unreachable(String)
        /// Somebody was there, and then no whole answer.
        case noAnswer(String)
    }

    /// Bytes of a body that are read at most; what comes after them is not waited for.
    static let bodyLimit = 1 << 20

    /// A connection is reused for a second only.
    private static let pooled = client(reuses: true)

    private static func client(reuses: Bool) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5)),
            connectionPool: .init(idleTimeout: reuses ? .seconds(1) : .nanoseconds(1)))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Whose connections are used once, each.
    private static let lonely = client(reuses: false)

    /// Whether a connection ended that was to give an answer.
    private static func isBroken(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as IOError: [ECONNRESET, EPIPE].contains(error.errnoCode)
        default: error is ChannelError
        }
    }

    /// The status that a GET is answered with.
    ///
    /// - Parameters:
    ///   - url: what is asked.
    ///   - timeout: for all of it, by the wall's clock.
    /// - Returns: nil where no whole answer came.
    package static func status(of url: String, within timeout: Duration) async -> Int? {
        try? await send(Ask(url: url, timeout: timeout)).status
    }

    static func send(_ ask: Ask) async throws(Trouble) -> Answer {
        do {
            return try await withThrowingTaskGroup(of: Answer?.self) { group in
                group.addTask { try await exchange(ask) }
                group.addTask {
                    try await Task.sleep(for: ask.timeout)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let answer = first else {
                    throw Trouble.noAnswer("no whole answer within \(ask.timeout.text)")
                }
                return answer
            }
        } catch {
            throw trouble(of: error, ask)
        }
    }

    private static func exchange(_ ask: Ask) async throws -> Answer {
        let address = GateAddress(ask.url)
        // The client takes any number for a port, and ends the process where it does not fit one.
        guard address.hasSoundPort else { throw Trouble.unreachable("ports go from 1 to 65535") }
        var request = HTTPClientRequest(url: address.url)
        request.method = HTTPMethod(rawValue: ask.method)
        if let authorization = address.authorization {
            request.headers.add(name: "Authorization", value: authorization)
        }
        for header in ask.headers { request.headers.replaceOrAdd(name: header.name, value: header.value) }
        if let body = ask.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let start = ContinuousClock.now
        if !ask.reusesConnection { request.headers.replaceOrAdd(name: "Connection", value: "close") }
        let response: HTTPClientResponse
        do {
            let client = ask.reusesConnection ? pooled : lonely
            response = try await client.execute(request, timeout: TimeAmount(ask.timeout))
        } catch  where ask.reusesConnection && isBroken(error) {
            // Before the first byte of an answer, on a connection that may have been over already: once more, on one that
            // is not used again, and so not one that was.
            request.headers.replaceOrAdd(name: "Connection", value: "close")
            response = try await lonely.execute(request, timeout: TimeAmount(ask.timeout))
        }
        var body: [UInt8] = []
        for try await part in response.body {
            body.append(contentsOf: part.readableBytesView.prefix(bodyLimit - body.count))
            if body.count >= bodyLimit { break }
        }
        return Answer(
            status: Int(response.status.code), headers: response.headers, body: body,
            latency: ContinuousClock.now - start)
    }

    private static func trouble(of error: any Error, _ ask: Ask) -> Trouble {
        switch error {
        case let error as Trouble: return error
        case is NIOConnectionError: return .unreachable("nobody listens there")
        case is CancellationError: return .noAnswer("it was no longer waited for")
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return .unreachable("no connection within 5s")
            case .deadlineExceeded, .readTimeout, .writeTimeout:
                return .noAnswer("no whole answer within \(ask.timeout.text)")
            case .remoteConnectionClosed: return .noAnswer("the connection was closed before the answer was whole")
            case .cancelled: return .noAnswer("it was no longer waited for")
            default:
                return .unreachable(Figure.line("\(error)".utf8))
            }
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL: return .unreachable("nobody listens there")
            default: return .noAnswer("the connection broke")
            }
        case is ChannelError: return .noAnswer("the connection was closed before the answer was whole")
        case is HTTPParserError: return .noAnswer("what answers does not speak HTTP")
        // A handshake that failed, for one.
        default: return .unreachable(Figure.line("\(error)".utf8))
        }
    }
}

extension Duration {
    /// Whole milliseconds as manifests write them: `250ms`, `10s`.
    var text: String { Core.Span.milliseconds(milliseconds).description }

    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
