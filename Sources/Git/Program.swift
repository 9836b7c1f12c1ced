import CGit2
import Glibc

/// A program that this process has started: ssh, or git's own. Freed, it is killed and reaped.
final class Program {
    let process: pid_t
    /// Both its standard input and its output, or only its output where it reads a file.
    let socket: Int32
    private let errors: MemoryFile
    private var status: Int32?

    /// Starts `words`: the program, looked for along `PATH`, and its arguments. It reads `input`, or what is sent to
    /// ``socket``; the variables of `hiding` are none of its business.
    init(_ words: [String], input: MemoryFile? = nil, hiding: [String?] = []) throws(GitError) {
        var ends: [Int32] = [-1, -1]
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, flags, 0, &ends) == 0 else { throw .system("making a socket") }
        defer { close(ends[1]) }
        let errors: MemoryFile
        do throws(GitError) { errors = try MemoryFile() } catch {
            close(ends[0])
            throw error
        }
        if let input { lseek(input.descriptor, 0, SEEK_SET) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input?.descriptor ?? ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errors.descriptor, 2)
        _ = sluice_spawn_close_from(&actions, 3)
        let hidden = hiding.compactMap { $0.map { "\($0)=" } }
        var variables: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let variable = next.pointee {
            let text = String(cString: variable)
            if !hidden.contains(where: text.hasPrefix) { variables.append(strdup(text)) }
            next += 1
        }
        variables.append(nil)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for string in arguments + variables { free(string) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, nil, &arguments, &variables)
        guard code == 0 else {
            close(ends[0])
            guard code == ENOENT else { throw .system("starting \(words[0])", number: code) }
            throw GitError(.io, "\(words[0]) is not installed, or not in PATH")
        }
        self.process = process
        self.errors = errors
        socket = ends[0]
    }

    deinit {
        close(socket)
        if status == nil { kill(process, SIGKILL) }
        _ = wait()
    }

    /// Waits for its end. To be called once its output has ended.
    /// - Returns: its exit code; nil where a signal ended it.
    @discardableResult
    func wait() -> Int32? {
        if status == nil {
            var value: Int32 = 0
            while waitpid(process, &value, 0) < 0 && errno == EINTR {}
            status = value
        }
        guard let status, status & 0x7f == 0 else { return nil }
        return status >> 8 & 0xff
    }

    /// What it said on standard error, the newest.
    var complaint: [UInt8] { errors.end(count: 16_384) }

    /// Its whole output, no more than `limit` bytes.
    func output(limit: Int) throws(GitError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while result.count <= limit {
            let count = read(socket, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return result }
            result += chunk[..<count]
        }
        throw GitError(.protocolViolation, "a program's output is too long")
    }
}
