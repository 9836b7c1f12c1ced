import Core
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Reconciler
import ServiceLifecycle
import Serving
import Signal

/// Serves agents: a stream of events down to each machine, and its reports up.
package struct ElevationServer: Service, CustomStringConvertible {
    private let hub: ElevationHub
    private let address: (host: String, port: Int)
    private let token: Digest
    private let logger: Logger
    private let keepalive: Duration
    private let onListening: @Sendable (Int) async -> Void

    /// Most connections at a time: each machine has a stream, and one for its reports.
    private static let connectionLimit = 2 * ElevationLedger.machineLimit

    /// Largest report, in bytes.
    private static let reportLimit = MachineElevations.limit

    /// - Parameters:
    ///   - hub: who is served.
    ///   - host: the address to listen on.
    ///   - port: 0 for any that is free.
    ///   - token: what every agent has to show; at least 16 bytes.
    ///   - keepalive: a comment goes down each stream so often, so that either end notices that the other is gone.
    ///   - logger: for the server's own messages.
    ///   - onListening: told the port once it listens.
    /// - Throws: ``Core/EffectFailure`` where the token is too short.
    package init(
        _ hub: ElevationHub, host: String = "127.0.0.1", port: Int, token: String,
        keepalive: Duration = .seconds(10), logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        guard token.utf8.count >= 16 else {
            throw EffectFailure(.refused, "the agents' token has \(token.utf8.count) bytes; give it 16 at least")
        }
        self.hub = hub
        address = (host, port)
        self.token = Digest(of: token.utf8)
        self.keepalive = keepalive
        self.logger = logger
        self.onListening = onListening
    }

    /// Without the token: services are described in logs.
    package var description: String { "ElevationServer(\(address.host):\(address.port))" }

    package func run() async throws {
        let application = Hummingbird.Application(
            router: router(),
            server: BoundedServer.http1(idle: .seconds(30)),
            configuration: .init(
                address: .hostname(address.host, port: address.port), serverName: "sluice",
                availableConnectionsDelegate: BoundedServer.connections(Self.connectionLimit)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? address.port) },
            logger: logger)
        try await application.run()
    }

    private func router() -> Hummingbird.Router<ConnectionContext> {
        let router = Hummingbird.Router(context: ConnectionContext.self)
        // Agents find it by names of their own, and the token says who they are.
        router.add(
            middleware: RequestRules(
                host: nil, bodyLimit: Self.reportLimit,
                refusal: { Response(status: $0, body: .init(byteBuffer: ByteBuffer(string: "\($1)\n"))) }))
        router.get("agents/v1/:machine/elevations") { request, context in
            let machine = try machine(request, context)
            do throws(EffectFailure) {
                try await hub.admit(machine)
            } catch {
                throw HTTPError(.serviceUnavailable, message: error.message)
            }
            return Response(
                status: .ok,
                headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    // Not before: for a connection that is gone by now this is never called, and nobody would close it.
                    let stream = try await hub.open(machine)
                    do {
                        // An agent that hangs up is missed at once, and not when it is written to next.
                        try await request.body.consumeWithCancellationOnInboundClose { _ in
                            try await write(&writer, to: machine, stream: stream)
                        }
                    } catch {
                        await hub.close(machine, stream: stream)
                        throw error
                    }
                    await hub.close(machine, stream: stream)
                })
        }
        router.post("agents/v1/:machine/reports") { request, context in
            let machine = try machine(request, context)
            let body = try await request.body.collect(upTo: Self.reportLimit)
            let report: MachineReport
            do throws(WireError) {
                report = try MachineReport(json: Array(body.readableBytesView))
            } catch {
                throw HTTPError(.badRequest, message: "the report cannot be read: \(error)")
            }
            guard report.machine == machine else {
                throw HTTPError(.badRequest, message: "the report is about \(report.machine), not \(machine)")
            }
            do throws(EffectFailure) {
                try await hub.take(report)
            } catch {
                throw HTTPError(.serviceUnavailable, message: error.message)
            }
            return Response(status: .noContent)
        }
        return router
    }

    /// Who asks: one that has the token, and a name that can be one.
    private func machine(_ request: Request, _ context: ConnectionContext) throws -> String {
        let prefix = "Bearer "
        guard let shown = request.headers[.authorization], shown.hasPrefix(prefix),
            // Digests are compared, so that the time it takes tells nothing about the token.
            Digest(of: shown.dropFirst(prefix.count).utf8) == token
        else { throw HTTPError(.unauthorized, message: "the token is missing or wrong") }
        let machine = try context.parameters.require("machine")
        guard InstanceName.isValid(machine) else { throw HTTPError(.badRequest, message: "that is no machine's name") }
        return machine
    }

    @concurrent private func write(_ writer: inout any ResponseBodyWriter, to machine: String, stream: Int) async throws
    {
        try await writer.write(ByteBuffer(string: ": here\n\n"))
        while let news = await next(machine, stream) {
            guard let (elevations, order) = news else {
                try await writer.write(ByteBuffer(string: ":\n\n"))
                continue
            }
            // Waits until there is room: meanwhile the hub keeps what is the latest.
            try await writer.write(
                ByteBuffer(string: "id: \(order.epoch).\(order.sequence)\ndata: \(elevations.json)\n\n"))
        }
        try await writer.finish(nil)
    }

    /// - Returns: nil at the end; nil inside where nothing happened for a while.
    private func next(
        _ machine: String, _ stream: Int
    ) async -> (elevations: MachineElevations, order: ElevationState.Order)?? {
        let hub = hub
        let keepalive = keepalive
        return await cancelWhenGracefulShutdown {
            await withTaskGroup(
                of: (isOver: Bool, news: (MachineElevations, ElevationState.Order)?).self
            ) { group in
                group.addTask {
                    let news = await hub.next(for: machine, stream: stream)
                    return (news == nil, news.map { ($0.elevations, $0.order) })
                }
                group.addTask {
                    do { try await Task.sleep(for: keepalive) } catch { return (true, nil) }
                    return (false, nil)
                }
                let first = await group.next()
                group.cancelAll()
                // What came in the very moment that the other ended is not lost.
                let second = await group.next()
                let all = [first, second].compactMap { $0 }
                if let news = all.compactMap(\.news).first { return .some(.some(news)) }
                return first?.isOver == true ? nil : .some(nil)
            }
        }
    }
}
