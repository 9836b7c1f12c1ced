import Foundation
import GRDB
import Supervision
import TestSupport
import Testing

@Suite final class SQLiteSupervisionStoreTests {
    private let directory: URL

    deinit { try? FileManager.default.removeItem(at: directory) }

    init() throws {
        directory = URL(filePath: NSTemporaryDirectory()).appending(path: "sluice-supervision-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    private var path: String { directory.appending(path: "supervision.sqlite").path }

    private func record(_ id: String, at time: Int64 = 0, timeout: Int64 = 100) -> SupervisionRecord {
        SupervisionRecord(id: id, recordedAt: time, staleAt: time + timeout / 2, timeoutAt: time + timeout)
    }

    @Test func `a record is outstanding until it is completed, also in the next process`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        try await store.record(record("a"))
        try await store.record(record("b", at: 1))
        try await store.complete("a")
        #expect(try await store.outstanding().map(\.id) == ["b"])
        #expect(try await SQLiteSupervisionStore(path: path).outstanding() == [record("b", at: 1)])
    }

    @Test(.enabled(if: SmallDisk.isPermitted, "mounting is not permitted here"))
    func `a full disk refuses a record, keeps what is there, and is over once there is room`() async throws {
        let disk = try SmallDisk(kilobytes: 1024)
        let store = try SQLiteSupervisionStore(path: disk.path + "/supervision.sqlite")
        try await store.record(record("a"))
        try disk.fill()
        let error = await #expect(throws: SupervisionError.self) {
            for number in 0..<200 { try await store.record(record("x\(number)" + String(repeating: "-", count: 90))) }
        }
        #expect(error?.description.contains("make room") == true, "\(error?.description ?? "")")
        #expect(try await store.outstanding().map(\.id).contains("a"))
        try disk.free()
        try await store.record(record("b", at: 1))
        try await store.complete("a")
        let again = try SQLiteSupervisionStore(path: disk.path + "/supervision.sqlite")
        #expect(try await again.outstanding().map(\.id).last == "b")
    }

    @Test func `what many write at once is all there, and each knows it when it is told so`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<400 {
                group.addTask { [path] in
                    try await store.record(
                        SupervisionRecord(id: "r\(index)", recordedAt: 0, staleAt: 50, timeoutAt: 100))
                    if index.isMultiple(of: 100) {
                        // Another process sees what was told to be on the disk.
                        let seen = try await SQLiteSupervisionStore(path: path).outstanding().map(\.id)
                        #expect(seen.contains("r\(index)"))
                    }
                    if index.isMultiple(of: 2) { try await store.complete("r\(index)") }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Set(store.outstanding().map(\.id)) == Set((0..<400).filter { $0 % 2 == 1 }.map { "r\($0)" }))
    }

    @Test func `a record is stale before it times out`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        try await store.record(record("a"))
        #expect(try await store.stale(asOf: 49).isEmpty)
        #expect(try await store.stale(asOf: 50).map(\.id) == ["a"])
    }

    @Test func `a record times out exactly once, whoever asks`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        for index in 0..<20 { try await store.record(record("r\(index)")) }
        let other = try SQLiteSupervisionStore(path: path)
        let ended = try await withThrowingTaskGroup(of: [String].self) { group in
            for asked in [store, other, store, other] {
                group.addTask { try await asked.markTimedOut(asOf: 100).map(\.id) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(ended.sorted() == (0..<20).map { "r\($0)" }.sorted())
        #expect(try await store.markTimedOut(asOf: 200).isEmpty)
        #expect(try await store.outstanding().isEmpty)
    }

    @Test func `what was completed never times out, and what timed out is not completed`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        try await store.record(record("done"))
        try await store.complete("done")
        #expect(try await store.markTimedOut(asOf: 1000).isEmpty)
        try await store.record(record("late"))
        #expect(try await store.markTimedOut(asOf: 1000).map(\.id) == ["late"])
        try await store.complete("late")
        #expect(try await store.outstanding().isEmpty)
    }

    @Test func `recording an id again opens it anew`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        try await store.record(record("a"))
        try await store.complete("a")
        try await store.record(record("a", at: 500))
        #expect(try await store.outstanding() == [record("a", at: 500)])
    }

    @Test func `pruning keeps the file bounded and what is open`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        try await store.record(record("open", timeout: .max / 2))
        var sizes: [Int] = []
        for bucket in 1...8 {
            let time = Int64(bucket) * SupervisionRecord.bucketMilliseconds
            for index in 0..<100 {
                let id = "\(bucket)/\(index)/" + String(repeating: "x", count: 200)
                try await store.record(record(id, at: time))
                try await store.complete(id)
            }
            try await store.prune(before: Int64(bucket))
            let pages = try await DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA page_count") }
            sizes.append(pages ?? 0)
        }
        #expect(try await store.outstanding().map(\.id) == ["open"])
        #expect(sizes[7] <= sizes[2] + 4, "\(sizes)")
    }

    @Test func `an id that is too long is refused`() async throws {
        let store = try SQLiteSupervisionStore(path: path)
        await #expect(throws: SupervisionError.self) {
            try await store.record(record(String(repeating: "x", count: SupervisionRecord.idLimit + 1)))
        }
    }

    @Test func `a file that is no database gives one error that names it and says what to do`() throws {
        try Data(repeating: 65, count: 8192).write(to: URL(filePath: path))
        let error = #expect(throws: SupervisionError.self) { try SQLiteSupervisionStore(path: path) }
        let text = error?.description ?? ""
        #expect(text.contains(path) && text.contains("delete the file"), "\(text)")
    }

    @Test func `a directory that does not exist gives one error that names the file`() throws {
        let missing = directory.appending(path: "missing/supervision.sqlite").path
        let error = #expect(throws: SupervisionError.self) { try SQLiteSupervisionStore(path: missing) }
        #expect(error?.description.contains(missing) == true, "\(error?.description ?? "")")
    }

    @Test func `a file of a newer version is left alone`() async throws {
        _ = try SQLiteSupervisionStore(path: path)
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 of the future')")
        }
        let error = #expect(throws: SupervisionError.self) { try SQLiteSupervisionStore(path: path) }
        #expect(error?.description.contains("newer version") == true)
    }

    @Test func `times before the epoch fall into the bucket that holds them`() {
        #expect(SupervisionRecord.bucket(of: -1) == -1)
        #expect(SupervisionRecord.bucket(of: 0) == 0)
        #expect(SupervisionRecord.bucket(of: 60_000) == 1)
    }
}
