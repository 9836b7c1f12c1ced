import AsyncHTTPClient
import Basics
package import Core
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
package import Reconciler
import ServiceLifecycle
package import Simulator

/// The ports of a simulator in another process, over HTTP, for one environment. Its time is the simulator's.
package final class SimulatorClient: Platform, Workloads, Router, GateEvaluator, Service {
    /// The simulator's time, as known here. Run as a service, the client follows it.
    package let time: ClockTime<ContinuousClock>
    /// How many times faster than real time the simulator went on when it was found.
    package let scale: Double
    private let base: String
    /// Where its services answer, as a smoke test's ``Core/GateTemplate``.
    package var serviceURL: String {
        "\(base)/services/\(escape(tenancy.tenant.key(""))){application}/{side}/{component}"
    }
    private let deadline: TimeAmount
    private let tenancy: Tenancy
    private let notice: @Sendable (String) -> Void

    /// One for the process. A connection that is refused is an answer: when to try again is not decided here.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Longest wait for an answer.
    package static let standardDeadline = Duration.seconds(10)

    /// Finds a simulator and takes over its time.
    ///
    /// - Parameters:
    ///   - url: such as `http://127.0.0.1:7430`.
    ///   - tenancy: for whom.
    ///   - deadline: longest wait for an answer.
    ///   - notice: told, in a sentence, that its time can no longer be followed.
    /// - Throws: ``Core/EffectFailure`` where nothing there answers as a simulator does.
    package init(
        _ url: String, for tenancy: Tenancy = Tenancy(), deadline: Duration = standardDeadline,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(EffectFailure) {
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.deadline = TimeAmount(deadline)
        self.tenancy = tenancy
        self.notice = notice
        let answer = try await Self.time(of: base, deadline: self.deadline)
        scale = answer.scale
        time = ClockTime(clock: ContinuousClock(), origin: answer.now, scale: answer.scale)
    }

    package func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        let tenant = tenancy.tenant
        let fleet = tenant.fleet.map { "?fleet=\(escape($0))" } ?? ""
        return try await send(.GET, "applications/\(escape(tenant.key(application)))\(fleet)", Never?.none)
    }

    package func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        let tenant = tenancy.tenant
        var key = key
        key.environment = tenant.environment
        let order = SimulatorWire.Order(action: action, key: key, fleet: tenant.fleet)
        return try await send(.POST, "applications/\(escape(tenant.key(key.application)))/actions", order)
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        do throws(EffectFailure) {
            let answer: GateAnswer = try await send(
                .POST, "gates", GateQuestion(run, as: tenancy.tenant.key(run.application)))
            return answer.result
        } catch {
            return .outcome(.error, detail: GateReading(error.message))
        }
    }

    /// What the requests of the last `window` met on a side.
    package func metrics(
        of application: ApplicationName, on side: Side, window: Span
    ) async throws(EffectFailure) -> RequestMetrics {
        let query = "side=\(side.rawValue)&window=\(window)"
        return try await send(
            .GET, "applications/\(escape(tenancy.tenant.key(application)))/metrics?\(query)", Never?.none)
    }

    package func disturb(_ disturbance: Disturbance) async throws(EffectFailure) {
        let _: [String: String] = try await send(.POST, "disturbances", disturbance)
    }

    /// Takes over the simulator's time again: it may have been restarted.
    package func followTime() async throws(EffectFailure) {
        let answer = try await Self.time(of: base, deadline: deadline)
        time.steer(to: answer.now, scale: answer.scale)
    }

    private static func time(of base: String, deadline: TimeAmount) async throws(EffectFailure) -> SimulatorWire.Time {
        let answer = try await send(SimulatorWire.Time.self, .GET, "\(base)/time", Never?.none, deadline: deadline)
        guard let fault = answer.fault else { return answer }
        throw EffectFailure(.unreachable, "what answers at \(base) is no simulator: \(fault)")
    }

    /// Follows the simulator's time until it is shut down. While the simulator does not answer, time goes on.
    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var told: String?
            while true {
                try await Task.sleep(for: .seconds(5))
                var failure: EffectFailure?
                do throws(EffectFailure) { try await self.followTime() } catch { failure = error }
                // Once, until it changes.
                if let failure, failure.message != told {
                    self.notice("its time goes on as before: \(failure.message)")
                }
                told = failure?.message
            }
        }
    }

    private func send<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, _ body: (some Encodable)?
    ) async throws(EffectFailure) -> Answer {
        try await Self.send(Answer.self, method, "\(base)/\(path)", body, deadline: deadline)
    }

    private static func send<Answer: Decodable>(
        _ type: Answer.Type, _ method: HTTPMethod, _ url: String, _ body: (some Encodable)?, deadline: TimeAmount
    ) async throws(EffectFailure) -> Answer {
        let (status, data): (UInt, Data)
        do {
            var request = HTTPClientRequest(url: url)
            request.method = method
            if let body {
                request.headers.add(name: "content-type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
            }
            let response = try await http.execute(request, timeout: deadline)
            let bytes = try await response.body.collect(upTo: SimulatorWire.bodyLimit)
            (status, data) = (response.status.code, Data(bytes.readableBytesView))
        } catch {
            throw failure(of: error, url)
        }
        do {
            if (200..<300).contains(status) { return try SimulatorWire.decode(type, from: data) }
        } catch {
            throw EffectFailure(
                .unreachable, "what answers at \(url) is no simulator of this version: \(Self.words(of: error))")
        }
        guard let failure = try? JSONDecoder().decode(SimulatorWire.Failure.self, from: data) else {
            throw EffectFailure(.unreachable, "\(url): answered \(status)")
        }
        throw EffectFailure(failure.failure.kind, PlainText.line(failure.message))
    }

    /// What is wrong with an answer, on a line.
    private static func words(of error: any Error) -> String {
        switch error {
        case let failure as EffectFailure: failure.message
        case let error as DecodingError: SimulatorWire.words(of: error)
        default: PlainText.line("\(error)", limit: 200)
        }
    }

    private static func failure(of error: any Error, _ url: String) -> EffectFailure {
        if let error = error as? HTTPClientError,
            [.deadlineExceeded, .readTimeout, .connectTimeout, .writeTimeout].contains(error)
        {
            return EffectFailure(.timedOut, "\(url): no answer in time")
        }
        if error is CancellationError { return EffectFailure(.timedOut, "\(url): no longer waited for") }
        // Words that are the same each time, so that they are told once.
        let why =
            switch error {
            case is NIOTooManyBytesError: "the answer is larger than \(SimulatorWire.bodyLimit) bytes"
            case is NIOConnectionError: "nobody listens there"
            case is IOError, is ChannelError: "the connection broke"
            case let error as HTTPClientError: PlainText.line(error.shortDescription, limit: 200)
            default: PlainText.line("\(error)", limit: 200)
            }
        return EffectFailure(.unreachable, "\(url): \(why)")
    }

    private func escape(_ name: String) -> String {
        name.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))
            ?? ""
    }
}
