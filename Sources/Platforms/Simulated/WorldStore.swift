import Core
import Foundation
import GRDB
package import Simulator

/// The file that a simulated world survives its process in: a row for each application, of which those are written that
/// changed, all in one transaction, so that it is always one world or the other.
///
/// A process that is killed loses what happened since the last ``save(_:)``; so does a machine that loses its power.
package final class WorldStore: Sendable {
    private let path: String
    private let database: DatabaseQueue
    /// Where simulators before this one kept it, as one document.
    private let former: URL

    /// Opens the file in a directory, or makes both.
    ///
    /// - Throws: ``WorldStoreError`` where that cannot be, or the file is none of this kind.
    package init(directory: String) throws {
        let directory = URL(filePath: directory, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        former = directory.appending(path: "world.json")
        path = directory.appending(path: "world.sqlite").path
        do {
            database = try Self.open(path)
        } catch let error as DatabaseError where Self.isFull(error) {
            throw WorldStoreError(path, Self.full)
        } catch {
            throw WorldStoreError(path, "not a simulated world (\(error)); delete the file to start from an empty one")
        }
    }

    private static let full = "the world cannot be kept, for the disk is full; make room"

    private static func isFull(_ error: DatabaseError) -> Bool { error.resultCode == .SQLITE_FULL }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.label = "world"
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 1048576")
        }
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 parts") { database in
            try database.execute(
                sql: """
                    CREATE TABLE world (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 0), head TEXT NOT NULL) STRICT;
                    CREATE TABLE application (position INTEGER NOT NULL PRIMARY KEY, part TEXT NOT NULL) STRICT;
                    """)
        }
        try migrator.migrate(database)
        return database
    }

    /// The world as it was saved; nil where none was.
    ///
    /// - Throws: ``WorldStoreError`` where there is one that cannot be read, or could not go on.
    package func load() throws -> World? {
        let (head, parts) = try reading(path) {
            try database.read { database in
                let head = try String.fetchOne(database, sql: "SELECT head FROM world")
                return (head, try String.fetchAll(database, sql: "SELECT part FROM application ORDER BY position"))
            }
        }
        guard let head else { return try loadFormer() }
        return try reading(path) {
            let parts = try parts.map { try Self.decode(World.Part.self, Data($0.utf8)) }
            guard let world = World(try Self.decode(World.self, Data(head.utf8)), parts: parts) else {
                throw EffectFailure(.refused, "its list of applications does not fit")
            }
            return try Self.sound(world)
        }
    }

    private func loadFormer() throws -> World? {
        guard FileManager.default.fileExists(atPath: former.path) else { return nil }
        return try reading(former.path) {
            try Self.sound(try Self.decode(World.self, try Data(contentsOf: former)))
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
        // What was kept by a simulator that took any number stops this one at every start.
        try SimulatorWire.check(data)
        return try JSONDecoder().decode(type, from: data)
    }

    private static func sound(_ world: World) throws -> World {
        if let fault = world.fault { throw EffectFailure(.refused, fault) }
        return world
    }

    private func reading<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as EffectFailure {
            throw WorldStoreError(
                path,
                "no world that could go on: \(failure.message); set it right, or delete the file to start from an empty one"
            )
        } catch {
            throw WorldStoreError(path, "not a simulated world (\(error)); delete the file to start from an empty one")
        }
    }

    /// Writes what changed since the last time, and the clock.
    ///
    /// - Returns: of how many applications something was written.
    @discardableResult
    package func save(_ world: inout World) throws -> Int {
        let changes = world.changes
        do {
            let encoder = JSONEncoder()
            let head = String(decoding: try encoder.encode(world.withoutApplications), as: UTF8.self)
            let parts = try changes.map { ($0.position, String(decoding: try encoder.encode($0), as: UTF8.self)) }
            try database.write { database in
                try database.cachedStatement(sql: "INSERT OR REPLACE INTO world (id, head) VALUES (0, ?)")
                    .execute(arguments: [head])
                let statement = try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO application (position, part) VALUES (?, ?)")
                for (position, part) in parts { try statement.execute(arguments: [position, part]) }
            }
            try? FileManager.default.removeItem(at: former)
        } catch let error as DatabaseError where Self.isFull(error) {
            throw WorldStoreError(path, Self.full)
        } catch {
            throw WorldStoreError(path, "the world cannot be saved: \(error)")
        }
        world.forgetChanges()
        return changes.count
    }
}

/// Why a world could not be loaded or saved: one sentence that names the file.
package struct WorldStoreError: Error, CustomStringConvertible {
    package var description: String

    fileprivate init(_ path: String, _ problem: String) { description = "\(path): \(problem)" }
}
