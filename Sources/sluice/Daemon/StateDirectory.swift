import Core
import Foundation
import Git
import Glibc

/// The folder that a daemon keeps between its lives. Everything in it can be found out again.
///
/// Locked as long as this is alive: two daemons never share one.
final class StateDirectory: Sendable {
    let path: String
    private let lock: Int32

    /// Makes the folder where there is none, and locks it.
    init(_ path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            if errno == ENOSPC { throw Failure("\(path): the state directory cannot be made: the disk is full") }
            throw Failure("\(path): the state directory cannot be made: \(error.localizedDescription)")
        }
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else {
            throw Failure("\(path): the state directory cannot be written: \(String(cString: strerror(errno)))")
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure("\(path): another process uses this state directory; give each its own")
        }
    }

    /// Keeps others out of the folder, where it belongs to this process's user: older ones were open to all.
    ///
    /// - Returns: what is left to say where that cannot be done; nil where nothing is.
    func narrow() -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return nil }
        if status.st_uid == geteuid(), chmod(path, 0o700) == 0 { return nil }
        return "\(path): others on this machine can read the state directory, and it is another user's: "
            + "let its owner run chmod 700 '\(path)'"
    }

    // Also after an initialiser that threw.
    deinit { if lock >= 0 { close(lock) } }

    static func / (directory: StateDirectory, name: String) -> String { "\(directory.path)/\(name)" }

    /// `$XDG_STATE_HOME/sluice/<name>`, told apart by the repository, so that daemons of two repositories do not meet.
    static func standard(_ name: String, of repository: String? = nil) -> String {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["XDG_STATE_HOME"] ?? "\(environment["HOME"] ?? "/var/lib")/.local/state"
        let mark = repository.map { "-" + Digest(of: $0.utf8).description.prefix(8) } ?? ""
        return "\(home)/sluice/\(name)\(mark)"
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }
}
