import CGit2
import Glibc
import Synchronization

/// A child process and the socket to it. Freed, it is killed and reaped.
final class TransportProcess: Sendable {
    private let process: pid_t
    private let socket: Int32
    private let isInterrupted = Mutex(false)

    /// Starts the child. `memory` is in bytes, given to the child in its environment so that it can limit itself.
    init(executable: String, arguments: [String], memory: Int) throws(GitError) {
        var ends: [Int32] = [-1, -1]
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, flags, 0, &ends) == 0 else { throw .system("making a socket") }
        defer { Glibc.close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        // Nothing else of the daemon's is the child's business.
        _ = sluice_spawn_close_from(&actions, 3)
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let variable = next.pointee {
            variables.append(strdup(variable))
            next += 1
        }
        variables += [
            strdup("SLUICE_TRANSPORT_MEMORY=\(memory)"), strdup("SLUICE_TRANSPORT_PARENT=\(getpid())"), nil,
        ]
        var words = ([executable] + arguments).map { strdup($0) } + [nil]
        defer { for string in variables + words { free(string) } }
        var process = pid_t()
        // A group of its own, so that ssh and git go with it when it is killed.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let code = posix_spawn(&process, executable, &actions, &attributes, &words, &variables)
        guard code == 0 else {
            Glibc.close(ends[0])
            throw .system("starting \(executable)", number: code)
        }
        self.process = process
        socket = ends[0]
    }

    deinit {
        kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        close(socket)
    }

    /// Makes an exchange that is under way fail with `.cancelled`. Callable from any thread.
    func interrupt() {
        isInterrupted.withLock { $0 = true }
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Sends one frame and waits for one. After an error the child is of no more use.
    func exchange(_ request: [UInt8], deadline: Duration, memory: Int) throws(GitError) -> [UInt8] {
        let end = ContinuousClock.now + deadline
        guard Frame.write(request, to: socket) else { throw death() }
        var buffer: [UInt8] = []
        var needed = 4
        while true {
            if buffer.count >= 4 {
                needed = 4 + Frame.length(Array(buffer[..<4]))
                guard needed <= Frame.limit else {
                    throw GitError(.protocolViolation, "the transport's answer is too long")
                }
            }
            if buffer.count >= 4, buffer.count == needed { return Array(buffer[4...]) }
            try wait(until: end, deadline: deadline, memory: memory)
            var chunk = [UInt8](repeating: 0, count: needed - buffer.count)
            let count = read(socket, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw death() }
            buffer += chunk[..<count]
        }
    }

    /// Waits for bytes, looking at the child's memory ten times a second.
    private func wait(until end: ContinuousClock.Instant, deadline: Duration, memory: Int) throws(GitError) {
        while true {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else {
                throw GitError(
                    .timedOut,
                    "the remote did not finish within \(deadline); the transfer was ended",
                    advice: "it will be tried again; a slow remote needs a longer deadline"
                )
            }
            let milliseconds = left.components.seconds > 0 ? 1_000 : left.components.attoseconds / 1_000_000_000_000_000
            var request = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, Int32(min(100, milliseconds + 1))) > 0 { return }
            if privateMemory() > memory { throw .outOfMemory(memory) }
        }
    }

    /// Resident bytes that are the child's own; what is mapped from files does not count.
    private func privateMemory() -> Int {
        guard let bytes = File.read("/proc/\(process)/statm", limit: 4_096) else { return 0 }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        return fields.count > 2 ? (fields[1] - fields[2]) * Int(getpagesize()) : 0
    }

    private func death() -> GitError {
        isInterrupted.withLock { $0 }
            ? GitError(.cancelled, "the transfer was cancelled")
            : GitError(.childDied, "the transport process ended before it answered")
    }
}

extension GitError {
    static func outOfMemory(_ limit: Int) -> GitError {
        GitError(.memory, "the transfer needed more than the \(limit >> 20) MiB it may use and was ended")
    }
}
