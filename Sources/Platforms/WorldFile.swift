import Core
import Foundation
package import Simulator

/// The file that a simulated world survives its process in. Replaced as a whole, so that it is always one or the
/// other.
package struct WorldFile: Sendable {
    private let url: URL

    package init(directory: String) throws {
        let directory = URL(filePath: directory, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        url = directory.appending(path: "world.json")
    }

    /// The world as it was saved; nil where none was.
    ///
    /// - Throws: ``WorldFileError`` where there is a file that cannot be read.
    package func load() throws -> World? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        do {
            let data = try Data(contentsOf: url)
            // What was kept by a simulator that took any number stops this one at every start.
            try SimulatorWire.check(data)
            let world = try JSONDecoder().decode(World.self, from: data)
            if let fault = world.fault { throw EffectFailure(.refused, fault) }
            return world
        } catch let failure as EffectFailure {
            throw WorldFileError(
                description: "\(url.path): no world that could go on: \(failure.message); set it right, or delete the "
                    + "file to start from an empty one")
        } catch {
            throw WorldFileError(
                description: "\(url.path): not a simulated world (\(error)); delete the file to start from an empty one"
            )
        }
    }

    package func save(_ world: World) throws {
        do {
            try JSONEncoder().encode(world).write(to: url, options: .atomic)
        } catch {
            throw WorldFileError(description: "\(url.path): the world cannot be saved: \(error)")
        }
    }
}

/// Why a world could not be loaded or saved: one sentence that names the file.
package struct WorldFileError: Error, CustomStringConvertible {
    package var description: String
}
