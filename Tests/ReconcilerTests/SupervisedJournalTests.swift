import Core
import Foundation
import Reconciler
import Supervision
import Testing

/// Every supervision record ends exactly once: as completed, or as timed out and told to whoever handles it.
@Suite struct SupervisedJournalTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `every record ends exactly once, whatever happens in between`(seed: UInt64) async throws {
        #expect(try await breach(seed: seed) { try SQLiteSupervisionStore(path: $0) } == nil)
    }

    @Test(arguments: FaultyStore.Fault.allCases)
    func `a store that ends records twice or never is found out`(_ fault: FaultyStore.Fault) async throws {
        var found = false
        for seed in 1...12 as ClosedRange<UInt64> where !found {
            found =
                try await breach(seed: seed) {
                    FaultyStore(store: try SQLiteSupervisionStore(path: $0), fault: fault)
                } != nil
        }
        #expect(found)
    }

    /// Records, answers, looks for what is overdue and new processes, in an order drawn from a seed.
    ///
    /// - Returns: the first record that did not end exactly once; nil where all did.
    private func breach(
        seed: UInt64, _ open: (String) throws -> any SupervisionStore
    ) async throws -> String? {
        let directory = URL(filePath: NSTemporaryDirectory()).appending(path: "sluice-journal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "supervision.sqlite").path
        var journal = SupervisedJournal(store: try open(path))
        var state = seed
        func below(_ n: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(n))
        }
        var now = Instant(milliseconds: 0)
        var keys: [ActionKey] = []
        // What the law says is open, and how each record has ended.
        var isOpen: Set<String> = []
        var ends: [String: Int] = [:]
        func expire(_ journal: SupervisedJournal, at time: Instant) async throws {
            for id in try await journal.expire(at: time) {
                ends[id, default: 0] += 1
                isOpen.remove(id)
            }
        }
        for _ in 0..<80 {
            now += .seconds(Int64(below(60)))
            switch below(8) {
            case 0...2:
                let key = key("search", sequence: keys.count + 1)
                keys.append(key)
                isOpen.insert(key.description)
                try await journal.record(key, at: now)
            case 3...5:
                // An answer, now and then one that comes again, or after its time.
                guard !keys.isEmpty else { continue }
                let key = keys[below(keys.count)]
                try await journal.complete(key, at: now)
                if isOpen.remove(key.description) != nil { ends[key.description, default: 0] += 1 }
            case 6:
                try await expire(journal, at: now)
            default:
                journal = SupervisedJournal(store: try open(path))
            }
            let left = Set(try await journal.outstanding())
            if left != isOpen { return "open are \(left.sorted()), and should be \(isOpen.sorted())" }
        }
        try await expire(journal, at: now + .hours(1))
        try await expire(journal, at: now + .hours(2))
        return keys.map(\.description).first { ends[$0] != 1 }.map { "\($0) ended \(ends[$0] ?? 0) times" }
    }
}

/// A store with one bug.
struct FaultyStore: SupervisionStore {
    enum Fault: CaseIterable, Sendable {
        case completesNothing, forgetsRecords, tellsOfTimeoutsTwice, keepsTimeoutsQuiet
    }

    let store: any SupervisionStore
    let fault: Fault

    func record(_ record: SupervisionRecord) async throws(SupervisionError) {
        if fault == .forgetsRecords, record.recordedAt % 3 == 0 { return }
        try await store.record(record)
    }

    func complete(_ id: String) async throws(SupervisionError) {
        if fault != .completesNothing { try await store.complete(id) }
    }

    func outstanding() async throws(SupervisionError) -> [SupervisionRecord] { try await store.outstanding() }

    func stale(asOf milliseconds: Int64) async throws(SupervisionError) -> [SupervisionRecord] {
        try await store.stale(asOf: milliseconds)
    }

    func markTimedOut(asOf milliseconds: Int64) async throws(SupervisionError) -> [SupervisionRecord] {
        let ended = try await store.markTimedOut(asOf: milliseconds)
        switch fault {
        case .tellsOfTimeoutsTwice: return ended + ended
        case .keepsTimeoutsQuiet: return []
        case .completesNothing, .forgetsRecords: return ended
        }
    }

    func prune(before bucket: Int64) async throws(SupervisionError) { try await store.prune(before: bucket) }
}
