import Core
import Foundation
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import Reconciler
import ServiceLifecycle
import Serving
import Simulator

/// Serves a simulated platform over HTTP and JSON.
package struct SimulatorServer: Service {
    private let platform: SimulatedPlatform
    private let host: String
    private let port: Int
    private let patience: Duration
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Whoever reaches the simulator can do anything to it, so it listens on loopback unless it is told otherwise.
    ///
    /// - Parameters:
    ///   - platform: what is served.
    ///   - host: the address to listen on.
    ///   - port: 0 for any that is free.
    ///   - isOpen: whether an address that others can reach is meant.
    ///   - patience: longest time that the body of a request may take to come.
    ///   - logger: for the server's own messages.
    ///   - onListening: told the port once it listens.
    /// - Throws: ``Core/EffectFailure`` where the address is not loopback and that was not meant.
    package init(
        _ platform: SimulatedPlatform, host: String = "127.0.0.1", port: Int = 7430, isOpen: Bool = false,
        patience: Duration = .seconds(20), logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws {
        guard isOpen || Self.isLoopback(host) else {
            throw EffectFailure(
                .refused, "\(host) can be reached from outside, and the simulator obeys anyone; use 127.0.0.1")
        }
        self.platform = platform
        self.host = host
        self.port = port
        self.patience = patience
        self.logger = logger
        self.onListening = onListening
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    package func run() async throws {
        let application = Hummingbird.Application(
            router: router(),
            server: BoundedServer.http1(idle: .seconds(60)),
            configuration: .init(
                address: .hostname(host, port: port), serverName: "sluice-simulator",
                availableConnectionsDelegate: BoundedServer.connections(Self.connectionLimit)),
            services: [platform],
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? port) }, logger: logger)
        try await application.run()
    }

    /// Most connections at a time.
    private static let connectionLimit = 1024

    private func router() -> Hummingbird.Router<ConnectionContext> {
        let router = Hummingbird.Router(context: ConnectionContext.self)
        let platform = platform
        // The simulated services answer as those of a web application do: to any name, with any body.
        router.add(
            middleware: RequestRules(
                host: host, bodyLimit: SimulatorWire.bodyLimit, patience: patience, openPrefix: "/services/",
                refusal: { response($0, SimulatorWire.Failure(EffectFailure(.refused, $1))) }))
        router.get("health") { _, _ in await answer { ["status": "ok"] } }
        router.get("time") { _, _ in
            await answer { SimulatorWire.Time(now: platform.time.now, scale: platform.scale) }
        }
        router.get("applications") { _, _ in await answer { await platform.applications } }
        router.get("applications/:name") { request, context in
            await answer {
                let fleet = request.uri.queryParameters["fleet"].map(String.init)
                let (tenant, name) = Tenant.split(try context.parameters.decoded("name"), fleet: fleet)
                return try await platform.observe(name, for: tenant)
            }
        }
        router.get("applications/:name/metrics") { request, context in
            await answer {
                let side = request.uri.queryParameters["side"].flatMap { Side(rawValue: String($0)) }
                let window = Span(String(request.uri.queryParameters["window"] ?? "30s"))
                guard let side, let window else {
                    throw EffectFailure(.refused, "metrics want side=flip or flop, and window such as 30s")
                }
                return await platform.metrics(
                    of: try context.parameters.decoded("name"), on: side, window: window)
            }
        }
        router.post("applications/:name/actions") { request, context in
            await answer {
                let order = try await read(SimulatorWire.Order.self, request)
                let tenant = Tenant(environment: order.key.environment)
                guard tenant.key(order.key.application) == (try context.parameters.decoded("name")) else {
                    throw EffectFailure(.refused, "the key is another application's")
                }
                return try await platform.perform(order.action, key: order.key, fleet: order.fleet)
            }
        }
        router.post("gates") { request, _ in
            await answer { GateAnswer(await platform.evaluate(try await read(GateQuestion.self, request))) }
        }
        router.post("disturbances") { request, _ in
            await answer {
                try await platform.disturb(try await read(Disturbance.self, request))
                return ["status": "done"]
            }
        }
        SimulatedService(platform: platform).add(to: router)
        return router
    }
}

extension Parameters {
    /// A part of the path without its escapes: an application's key has a slash.
    func decoded(_ name: String) throws -> String {
        guard let text = try require(name).removingPercentEncoding else { throw HTTPError(.badRequest) }
        return text
    }
}

/// Decodes a body, whose size is bounded before it comes here.
private func read<Value: Decodable>(_ type: Value.Type, _ request: Request) async throws -> Value {
    let body = try await request.body.collect(upTo: SimulatorWire.bodyLimit)
    return try SimulatorWire.decode(type, from: Data(body.readableBytesView))
}

/// Encodes an answer, or a failure in one form.
private func answer<Value: Encodable>(_ body: () async throws -> Value) async -> Response {
    do {
        return response(.ok, try await body())
    } catch let failure as EffectFailure {
        let status: HTTPResponse.Status =
            switch failure.kind {
            case .staleEpoch: .conflict
            case .notFound: .notFound
            case .refused: .unprocessableContent
            case .timedOut, .unreachable: .badGateway
            }
        return response(status, SimulatorWire.Failure(failure))
    } catch let error as DecodingError {
        return response(
            .badRequest,
            SimulatorWire.Failure(EffectFailure(.refused, "the body is not valid: \(SimulatorWire.words(of: error))")))
    } catch let error as any HTTPResponseError {
        return response(error.status, SimulatorWire.Failure(EffectFailure(.refused, "\(error.status)")))
    } catch {
        return response(.badRequest, SimulatorWire.Failure(EffectFailure(.refused, "\(error)")))
    }
}

private func response(_ status: HTTPResponse.Status, _ value: some Encodable) -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let data = try? encoder.encode(value) else { return Response(status: .internalServerError) }
    return Response(
        status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: data)))
}
