import Core
import Logging
package import Platforms
package import Reconciler
package import Simulator

/// How a test reaches a simulated platform.
package enum Adapter: String, CaseIterable, Sendable {
    case inProcess, composed, http
}

package func world(seed: UInt64 = 1) -> World {
    World(seed: seed, start: Instant(milliseconds: 1_000_000))
}

/// A platform behind an adapter, for as long as the body runs. The HTTP server is a real one on a free port.
package func withPlatform(
    _ adapter: Adapter, scale: Double = 1, _ body: (any Platform & GateEvaluator) async throws -> Void
) async throws {
    let simulated = SimulatedPlatform(world(), scale: scale)
    switch adapter {
    case .inProcess: try await body(simulated)
    case .composed: try await body(Composed(simulated))
    case .http:
        try await withServer(simulated) { url in try await body(try await SimulatorClient(url)) }
    }
}

/// A server for as long as the body runs, which is given its address.
package func withServer(
    _ platform: SimulatedPlatform, patience: Duration = .seconds(20), _ body: (String) async throws -> Void
) async throws {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = try SimulatorServer(platform, port: 0, patience: patience, logger: logger) { port.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        for await port in ports {
            try await body("http://127.0.0.1:\(port)")
            break
        }
        group.cancelAll()
        while (try? await group.next()) != nil {}
    }
}

/// The two halves of a platform, put together again.
private struct Composed: Platform, GateEvaluator {
    private let whole: SimulatedPlatform
    private let halves: ComposedPlatform

    init(_ whole: SimulatedPlatform) {
        self.whole = whole
        halves = ComposedPlatform(workloads: whole, router: whole)
    }

    func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        try await halves.observe(application)
    }

    func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        try await halves.perform(action, key: key)
    }

    func evaluate(_ run: GateRun) async -> GateResult { await whole.evaluate(run) }
}
