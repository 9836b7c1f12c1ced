import AsyncHTTPClient
import NIOCore
import NIOHTTP1
package import Signal

/// The daemon, by one long-lived stream down and by reports up.
package struct StreamSource: ElevationSource, CustomStringConvertible {
    /// Why the daemon cannot be a source.
    package struct Failure: Error, CustomStringConvertible {
        /// One sentence for people.
        package var description: String
    }

    private let address: String
    private let authorization: String
    private let isPatient: Bool
    private let sleep: @Sendable (Duration) async throws -> Void

    package let takesReports = true

    /// One for the process, since each stream keeps a connection to itself.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        // A comment comes every 10 seconds; without one the daemon is gone and did not say so.
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(30))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4_096
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Parameters:
    ///   - url: the daemon's, such as `http://127.0.0.1:7440`.
    ///   - machine: this machine's name.
    ///   - token: what the daemon takes agents by.
    ///   - isPatient: whether there is something to go on telling, so that a daemon that refuses this agent is waited for;
    ///     otherwise that ends it, until the daemon was heard once.
    ///   - sleep: waits, and throws where it is cancelled.
    /// - Throws: ``Failure`` where that is no address, or the name can be no machine's.
    package init(
        url: String, machine: String, token: String, isPatient: Bool = false,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws(Failure) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw Failure(description: "\(url) is neither an http:// nor an https:// address")
        }
        guard InstanceName.isValid(machine) else { throw Failure(description: "\(machine) is no machine's name") }
        address = (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/agents/v1/\(machine)"
        authorization = "Bearer \(token)"
        self.isPatient = isPatient
        self.sleep = sleep
    }

    package func run(_ receive: @escaping @Sendable (SourceNews) async -> Void) async throws {
        var reconnection = Reconnection()
        var last: String?
        while true {
            let why: String
            do {
                why = try await follow(&reconnection, &last, receive)
            } catch let failure as Failure {
                guard isPatient || last != nil else { throw failure }
                why = "\(failure)"
            } catch let error as EventReader.TooLarge {
                why = "\(error)"
            } catch {
                try Task.checkCancellation()
                why = "\(address): \(error)"
            }
            await receive(.lost(why))
            try await sleep(reconnection.failed(share: Double.random(in: 0...1)))
        }
    }

    /// Follows one stream to its end.
    ///
    /// - Returns: why it ended.
    private func follow(
        _ reconnection: inout Reconnection, _ last: inout String?,
        _ receive: @escaping @Sendable (SourceNews) async -> Void
    ) async throws -> String {
        var request = HTTPClientRequest(url: "\(address)/elevations")
        request.headers.add(name: "accept", value: "text/event-stream")
        request.headers.add(name: "authorization", value: authorization)
        if let last { request.headers.add(name: "last-event-id", value: last) }
        let response = try await Self.http.execute(request, deadline: .distantFuture)
        guard response.status == .ok else { throw try refusal(response.status) }
        var reader = EventReader(limit: MachineElevations.limit + 1_024)
        for try await bytes in response.body {
            for event in try reader.read(bytes.readableBytesView) {
                let elevations: MachineElevations
                do throws(WireError) {
                    elevations = try MachineElevations(json: event.data)
                } catch {
                    return "\(address) sends what is no elevation: \(error)"
                }
                // Not before: a daemon that takes the connection and then dies is no daemon that is there.
                reconnection.succeeded()
                last = event.id
                await receive(.elevations(elevations))
            }
        }
        return "\(address) ended the stream"
    }

    package func report(_ report: MachineReport) async throws {
        var request = HTTPClientRequest(url: "\(address)/reports")
        request.method = .POST
        request.headers.add(name: "authorization", value: authorization)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: report.json))
        let response = try await Self.http.execute(request, timeout: .seconds(10))
        _ = try await response.body.collect(upTo: 65_536)
        guard (200..<300).contains(response.status.code) else { throw try refusal(response.status) }
    }

    /// - Throws: ``Failure`` where asking again may not help.
    private func refusal(_ status: HTTPResponseStatus) throws(Failure) -> any Error {
        switch status {
        case .unauthorized, .forbidden: throw Failure(description: "\(address) does not take this token")
        case .notFound, .badRequest: throw Failure(description: "\(address) serves no agents (it answers \(status))")
        default: return Answer(status: status)
        }
    }

    /// Without the token: services are described in logs.
    package var description: String { "StreamSource(\(address))" }

    private struct Answer: Error, CustomStringConvertible {
        var status: HTTPResponseStatus
        var description: String { "it answers \(status)" }
    }
}
