import Conformance
import Core
import Logging
import Platforms
import Reconciler
import ServiceLifecycle
import Simulator
import TestSupport
import Testing

/// The real engine, the real loop and a simulated platform, with only git and the journal's disk played.
@Suite(.timeLimit(.minutes(5))) struct WholeLoopTests {
    @Test(arguments: [Adapter.inProcess, .http])
    func `a declared application comes to serve, and then nothing is left to do`(_ adapter: Adapter) async throws {
        try await withPlatform(adapter, scale: 200) { platform in
            let time = (platform as? SimulatedPlatform)?.time ?? (platform as? SimulatorClient)?.time
            let statuses = MemoryStatusStore()
            var configuration = EngineConfiguration()
            // Simulated time flies; the calls do not.
            configuration.effectDeadline = .hours(10_000)
            configuration.maxObservationAge = .hours(1)
            configuration.clockTolerance = .hours(1)
            let effects = Effects(
                platform: platform, gates: platform, manifests: OneApplication(), statuses: statuses,
                journal: NoJournal(), time: try #require(time), deadline: configuration.effectDeadline)
            let loop = Loop(machine: Engine(configuration: configuration), effects: effects, logger: .noOp)
            try await loop.runUntilQuiescent()
            let snapshot = await loop.snapshot()
            #expect(snapshot.statuses.first?.phase == .healthy, "\(snapshot.statuses)")
            let seen = try await platform.observe("search")
            #expect(seen.sides.flip != nil && seen.sides.flop == nil)
            #expect(seen.route?.route.weights == Weights(100, on: .flip))
            let recorded = try await statuses.lead().statuses
            #expect(recorded.first?.phase == .healthy, "what was decided last was pushed")
        }
    }
}

/// A repository that declares one application, once.
private struct OneApplication: ManifestSource {
    func startOver() async {}

    func fetch() async -> FetchOutcome {
        let application = Application(name: "search", release: PlatformConformance.release, replicas: ["api": 4])
        let declaration = Declaration(
            application: application, strategy: .standard, revision: "r1", introduced: "r1")
        return .changed(FleetChange(revision: "r1", isComplete: true, declared: [declaration], isFull: true))
    }
}

struct NoJournal: ActionJournal {
    func record(_ key: ActionKey, at now: Instant) async throws(EffectFailure) {}
    func complete(_ key: ActionKey, at now: Instant) async throws(EffectFailure) {}
    func outstanding() async throws(EffectFailure) -> [String] { [] }
    func expire(at now: Instant) async throws(EffectFailure) -> [String] { [] }
}

extension Logger {
    static var noOp: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
