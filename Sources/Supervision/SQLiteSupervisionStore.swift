import GRDB
import Synchronization

/// Supervision records in a SQLite file.
///
/// A write has reached the disk when it returns (write-ahead log, `synchronous = FULL`); what is written at the same time
/// shares one way to the disk. The file stays as large as the most that was ever open at once, and a few buckets of what
/// has ended.
package final class SQLiteSupervisionStore: SupervisionStore {
    private let path: String
    private let database: DatabaseQueue
    private let waiting = Mutex(Waiting())

    private struct Write: Sendable {
        /// Does it, and gives back what answers whoever asked, once it is known what became of the transaction.
        let perform: @Sendable (Database) -> Answer
        /// Answers that it could not be tried.
        let refuse: @Sendable (any Error) -> Void

        typealias Answer = @Sendable (_ failure: (any Error)?) -> Void
    }

    /// What is to be written next.
    private struct Waiting {
        var writes: [Write] = []
        /// Whether somebody writes, who will look here again.
        var isServed = false
    }

    /// Opens the file, or makes it.
    ///
    /// - Throws: ``SupervisionError`` where the file cannot be read or written, is no database of this kind, or was
    ///   written by a newer version.
    package init(path: String) throws(SupervisionError) {
        self.path = path
        do {
            database = try Self.open(path)
        } catch let error as SupervisionError {
            throw error
        } catch {
            throw Self.failure(path, error)
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.label = "supervision"
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.writeWithoutTransaction { database in
            // Set after opening: what the configuration does may set another level.
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 1048576")
            let level = try Int.fetchOne(database, sql: "PRAGMA synchronous")
            let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
            guard level == 2, mode == "wal" else {
                throw SupervisionError(
                    "\(path): the file system does not keep what is written to it (synchronous \(level ?? -1), "
                        + "journal \(mode ?? "none")); use a state directory on a local disk")
            }
        }
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 records") { database in
            try database.execute(
                sql: """
                    CREATE TABLE record (
                        id TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(id AS BLOB)) <= \(SupervisionRecord.idLimit)),
                        bucket INTEGER NOT NULL,
                        recordedAt INTEGER NOT NULL,
                        staleAt INTEGER NOT NULL,
                        timeoutAt INTEGER NOT NULL,
                        state TEXT NOT NULL CHECK (state IN ('open', 'completed', 'timedOut'))
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX open ON record (timeoutAt) WHERE state = 'open';
                    CREATE INDEX ended ON record (bucket) WHERE state <> 'open';
                    """)
        }
        if try database.read({ try migrator.hasBeenSuperseded($0) }) {
            throw SupervisionError(
                "\(path): written by a newer version of this program; run that one, or delete the file")
        }
        try migrator.migrate(database)
        return database
    }

    package func record(_ record: SupervisionRecord) async throws(SupervisionError) {
        guard record.id.utf8.count <= SupervisionRecord.idLimit else {
            throw SupervisionError("supervision record of \(record.id.utf8.count) bytes: \(record.id.prefix(80))…")
        }
        try await write { database in
            try database.cachedStatement(
                sql: """
                    INSERT INTO record (id, bucket, recordedAt, staleAt, timeoutAt, state)
                    VALUES (?, ?, ?, ?, ?, 'open')
                    ON CONFLICT (id) DO UPDATE SET bucket = excluded.bucket, recordedAt = excluded.recordedAt,
                        staleAt = excluded.staleAt, timeoutAt = excluded.timeoutAt, state = 'open'
                    """
            ).execute(arguments: [record.id, record.bucket, record.recordedAt, record.staleAt, record.timeoutAt])
        }
    }

    package func complete(_ id: String) async throws(SupervisionError) {
        try await write { database in
            try database.cachedStatement(sql: "UPDATE record SET state = 'completed' WHERE id = ? AND state = 'open'")
                .execute(arguments: [id])
        }
    }

    package func outstanding() async throws(SupervisionError) -> [SupervisionRecord] {
        try await write { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT id, recordedAt, staleAt, timeoutAt FROM record
                    WHERE state = 'open' ORDER BY recordedAt, id
                    """)
            return try Row.fetchAll(statement).map(Self.record)
        }
    }

    package func stale(asOf milliseconds: Int64) async throws(SupervisionError) -> [SupervisionRecord] {
        try await outstanding().filter { $0.staleAt <= milliseconds }
    }

    package func markTimedOut(asOf milliseconds: Int64) async throws(SupervisionError) -> [SupervisionRecord] {
        try await write { database in
            let statement = try database.cachedStatement(
                sql: """
                    UPDATE record SET state = 'timedOut' WHERE state = 'open' AND timeoutAt <= ?
                    RETURNING id, recordedAt, staleAt, timeoutAt
                    """)
            return try Row.fetchAll(statement, arguments: [milliseconds]).map(Self.record)
                .sorted { ($0.recordedAt, $0.id) < ($1.recordedAt, $1.id) }
        }
    }

    package func prune(before bucket: Int64) async throws(SupervisionError) {
        try await write { database in
            try database.cachedStatement(sql: "DELETE FROM record WHERE state <> 'open' AND bucket < ?")
                .execute(arguments: [bucket])
        }
    }

    private static func record(_ row: Row) -> SupervisionRecord {
        SupervisionRecord(id: row[0], recordedAt: row[1], staleAt: row[2], timeoutAt: row[3])
    }

    /// All of it or nothing; a failure of SQLite becomes one sentence.
    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(SupervisionError) -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                let isFirst = waiting.withLock { waiting in
                    waiting.writes.append(
                        Write { database in
                            let result = Result { try Self.whole(database, body) }
                            return { failure in continuation.resume(with: failure.map { .failure($0) } ?? result) }
                        } refuse: {
                            continuation.resume(throwing: $0)
                        })
                    defer { waiting.isServed = true }
                    return !waiting.isServed
                }
                if isFirst { database.asyncWriteWithoutTransaction { self.serve($0) } }
            }
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// What one write does, undone where it fails, beside others in one transaction.
    private static func whole<Value>(_ database: Database, _ body: (Database) throws -> Value) throws -> Value {
        var value: Value?
        try database.inSavepoint {
            value = try body(database)
            return .commit
        }
        guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
        return value
    }

    /// Writes what waits, and what came to wait meanwhile, a transaction at a time.
    private func serve(_ database: Database) {
        while true {
            let writes = waiting.withLock { waiting in
                defer { waiting.writes = [] }
                waiting.isServed = !waiting.writes.isEmpty
                return waiting.writes
            }
            guard !writes.isEmpty else { return }
            var answers: [Write.Answer] = []
            do {
                try database.inTransaction(.immediate) {
                    answers = writes.map { $0.perform(database) }
                    return .commit
                }
                for answer in answers { answer(nil) }
            } catch  where answers.isEmpty {
                for write in writes { write.refuse(error) }
            } catch {
                for answer in answers { answer(error) }
            }
        }
    }

    private static func failure(_ path: String, _ error: any Error) -> SupervisionError {
        guard let error = error as? DatabaseError else { return SupervisionError("\(path): \(error)") }
        let reason = error.message ?? "error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR:
            return SupervisionError(
                "\(path): not a usable supervision journal (\(reason)); "
                    + "delete the file, nothing is lost that is not found out anew")
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            return SupervisionError("\(path): cannot be written (\(reason)); check the directory and its permissions")
        case .SQLITE_FULL, .SQLITE_IOERR:
            return SupervisionError("\(path): the disk refuses writes (\(reason)); make room or mend the disk")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return SupervisionError("\(path): another process holds it; give each daemon a state directory of its own")
        default:
            return SupervisionError("\(path): \(reason)")
        }
    }
}
