import Glibc
package import Signal
import Synchronization

/// What an agent was told last, on its disk, so that it goes on telling it after a restart while its source is gone.
///
/// The file's time of modification is when the source was last heard.
package final class StateCache: Sendable {
    /// What an earlier life left.
    package struct Kept: Sendable {
        package var states: [ElevationState]
        /// In seconds since 1970.
        package var heardAt: Int
        /// What is wrong with the file.
        package var finding: String?
    }

    private let path: String
    private let writing = Mutex(())

    /// In the agent's folder, which no other agent uses.
    package init(directory: String) { path = "\(directory)/elevations.json" }

    /// What is there; nothing, as of now, where there was never anything or it cannot be read.
    package func read(now: Int) -> Kept {
        do {
            guard let mark = LocalFile.mark(of: path),
                let bytes = try LocalFile.read(path, limit: MachineElevations.limit)
            else { return Kept(states: [], heardAt: now) }
            let message = try MachineElevations(json: bytes)
            return Kept(states: message.states, heardAt: min(now, Int(mark.modified / 1_000_000_000)))
        } catch {
            return Kept(
                states: [], heardAt: now,
                finding: "\(path): \(error); instances are inactive until the source tells otherwise")
        }
    }

    /// Keeps these, as of now. Whoever writes last has asked last for what there is.
    package func write(_ states: () -> [ElevationState]) throws {
        try writing.withLock { _ in
            try LocalFile.replace(path, with: MachineElevations(isFull: true, states: states()).json.utf8)
        }
    }

    /// The source is still there.
    func touch() { utimes(path, nil) }
}
