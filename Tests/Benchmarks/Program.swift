import Glibc

/// Another program, run to its end.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs a program found on the path and waits for it.
    ///
    /// - Parameters:
    ///   - words: its name and arguments.
    ///   - input: a file that it reads.
    ///   - output: a file that it writes.
    /// - Throws: ``Failure`` where it cannot be started or ends with another code than 0.
    static func run(_ words: [String], input: String = "/dev/null", output: String = "/dev/null") throws {
        let process = try start(words, input: input, output: output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else { throw Failure(description: "'\(words.joined(separator: " "))' failed (\(status))") }
    }

    /// Runs a program and returns what it printed, without the last line feed.
    static func read(_ words: [String]) throws -> String {
        var template = Array("\(Files.temporaryFolder)/sluice-benchmarks-output-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw Failure(description: "no temporary file can be made") }
        let path = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        defer {
            close(file)
            unlink(path)
        }
        try run(words, output: path)
        var text = String(decoding: try Files.read(path), as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    /// Starts a program and returns its process id. Its errors are ours.
    static func start(_ words: [String], input: String = "/dev/null", output: String = "/dev/null") throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        // Swift's threads block signals, and a program inherits what the thread that starts it blocks.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for text in arguments { free(text) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw Failure(description: "\(words[0]): \(String(cString: strerror(code)))") }
        return process
    }
}

/// Files of this process.
enum Files {
    static let temporaryFolder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"

    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Program.Failure(description: "\(path) cannot be read") }
        defer { fclose(file) }
        var status = stat()
        fstat(fileno(file), &status)
        let size = Int(status.st_size)
        if size > 0 {
            return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                count = fread(buffer.baseAddress, 1, size, file)
            }
        }
        // Files under /proc have no size.
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, 65_536, file)
        return Array(bytes.prefix(count))
    }

    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Program.Failure(description: "\(path) cannot be written") }
        defer { fclose(file) }
        let array = Array(bytes)
        guard fwrite(array, 1, array.count, file) == array.count else {
            throw Program.Failure(description: "\(path) cannot be written")
        }
    }

    /// Bytes on the disk of a folder and everything in it.
    static func size(of path: String) throws -> Int {
        let words = try Program.read(["du", "-s", "-B1", path]).split(separator: "\t")
        return words.first.flatMap { Int($0) } ?? 0
    }

    /// Resident bytes of this process.
    static func residentSize() throws -> Int {
        let fields = String(decoding: try read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]), pages > 0 else {
            throw Program.Failure(description: "/proc/self/statm cannot be read")
        }
        return pages * Int(getpagesize())
    }
}

/// A folder under the temporary folder that goes with this object.
final class ScratchFolder {
    let path: String

    init() throws {
        let parent = Files.temporaryFolder
        var template = Array("\(parent)/sluice-benchmarks-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Program.Failure(description: "no temporary folder can be made in \(parent)")
        }
        path = template.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    deinit { try? Program.run(["rm", "-rf", path]) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}
