import Conformance
import Core
import Foundation
import Platforms
import Reconciler
import Supervision
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ConformanceTests {
    @Test(arguments: Adapter.allCases) func `a simulated platform keeps every promise`(_ adapter: Adapter) async throws
    {
        try await withPlatform(adapter) { try await PlatformConformance.check($0) }
    }

    @Test func `several environments and fleets share a simulated platform as promised`() async throws {
        let simulated = SimulatedPlatform(world())
        try await PlatformConformance.check(shared: { SimulatedEnvironment(simulated, for: $0) })
        try await withServer(SimulatedPlatform(world())) { url in
            try await PlatformConformance.check(shared: { try await SimulatorClient(url, for: $0) })
        }
    }

    @Test func `a status store in memory keeps every promise`() async throws {
        let store = MemoryStatusStore()
        try await StatusStoreConformance.check(store, store)
    }

    @Test func `a journal of supervision records in SQLite keeps every promise`() async throws {
        let directory = URL(filePath: NSTemporaryDirectory()).appending(path: "sluice-journal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "journal.sqlite").path
        try await ActionJournalConformance.check(
            SupervisedJournal(store: SQLiteSupervisionStore(path: path), window: .minutes(2)),
            SupervisedJournal(store: SQLiteSupervisionStore(path: path), window: .minutes(2)), timeout: .minutes(8))
    }

    @Test func `a manifest source in memory keeps every promise`() async throws {
        let source = MemoryManifests()
        try await ManifestSourceConformance.check(
            source, breakIt: { source.state.withLock { $0.isBroken = true } },
            mendAndChange: { source.state.withLock { $0 = .init(revision: 2, told: $0.told) } })
    }
}

/// A status branch in memory, shared by any number of daemons.
final class MemoryStatusStore: StatusStore {
    private struct State {
        var epoch = 0
        var hasLeft = false
        var statuses: [ApplicationName: Status] = [:]
    }

    private let state = Mutex(State())

    func lead() async throws(EffectFailure) -> (epoch: Int, statuses: [Status]) {
        state.withLock { state in
            state.epoch += 1
            state.hasLeft = false
            return (state.epoch, state.statuses.values.sorted { $0.application < $1.application })
        }
    }

    func takeOver() async throws(EffectFailure) -> (epoch: Int, statuses: [Status])? {
        guard state.withLock({ $0.hasLeft }) else { return nil }
        return try await lead()
    }

    /// Whoever leads gives the lead up.
    func leave() { state.withLock { $0.hasLeft = true } }

    func newerEpoch(than epoch: Int) async throws(EffectFailure) -> Int? {
        state.withLock { $0.epoch > epoch ? $0.epoch : nil }
    }

    func push(_ updates: [StatusUpdate], epoch: Int) async -> PushOutcome {
        state.withLock { state in
            if state.epoch > epoch { return .superseded(epoch: state.epoch) }
            for update in updates { state.statuses[update.status.application] = update.status }
            return .accepted
        }
    }
}

/// A manifest repository that is a number.
final class MemoryManifests: ManifestSource {
    func startOver() async { state.withLock { $0.told = nil } }

    struct State {
        var revision = 1
        var told: Int?
        var isBroken = false
    }

    let state = Mutex(State())

    func fetch() async -> FetchOutcome {
        state.withLock { state in
            if state.isBroken { return .failed(EffectFailure(.unreachable, "no route to host")) }
            if state.told == state.revision { return .unchanged }
            defer { state.told = state.revision }
            return .changed(
                FleetChange(
                    revision: "\(state.revision)", isComplete: true, declared: [], isFull: state.told == nil))
        }
    }
}
