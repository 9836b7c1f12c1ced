import Foundation
import Git
import Glibc
import Testing

/// A folder that goes away with the test, and git's own command line in it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/sluice-git-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static func / (scratch: Scratch, name: String) -> String { scratch.path + "/" + name }

    func write(_ text: String, to name: String) throws {
        let url = URL(fileURLWithPath: self / name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Runs git and returns what it printed, trimmed.
    @discardableResult
    func git(_ arguments: String..., input: String = "") throws -> String {
        try run(["/usr/bin/git", "-C", path] + arguments, input: input)
    }

    @discardableResult
    func run(_ words: [String], input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = [
            "PATH": "/usr/sbin:/usr/bin:/bin", "HOME": path, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "T",
            "GIT_COMMITTER_EMAIL": "t@example.org",
        ]
        let name = UUID().uuidString
        try Data(input.utf8).write(to: URL(fileURLWithPath: self / "in-\(name)"))
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: self / "in-\(name)"))
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(words.joined(separator: " "))")
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A bare repository that accepts http pushes, with one commit per dictionary of files on `main`.
    func repository(_ name: String = "remote.git", commits: [[String: String]]) throws {
        try git("init", "-q", "--bare", "-b", "main", name)
        try git("-C", name, "config", "http.receivepack", "true")
        if !commits.isEmpty { try add(commits, to: name) }
    }

    /// Adds commits to a branch of a bare repository; an empty text removes the file.
    func add(_ commits: [[String: String]], to name: String = "remote.git", branch: String = "main") throws {
        var stream = ""
        let tip = try git("-C", name, "for-each-ref", "--format=%(objectname)", "refs/heads/\(branch)")
        for (index, files) in commits.enumerated() {
            stream += "commit refs/heads/\(branch)\ncommitter T <t@example.org> \(1_700_000_000 + index) +0000\n"
            stream += "data 1\nc\n"
            if index == 0, !tip.isEmpty { stream += "from \(tip)\n" }
            for (file, text) in files.sorted(by: { $0.key < $1.key }) {
                stream += text.isEmpty ? "D \(file)\n" : "M 100644 inline \(file)\ndata \(text.utf8.count)\n\(text)\n"
            }
        }
        try git("-C", name, "fast-import", "--quiet", "--force", input: stream)
    }

    func tip(_ name: String = "remote.git", _ reference: String = "refs/heads/main") throws -> ObjectID {
        try #require(ObjectID(hex: try git("-C", name, "rev-parse", reference)))
    }

    func mirror() throws -> Mirror { try Mirror(at: self / "mirror") }
}

/// The `sluice` that was built beside these tests.
let sluice: String = {
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    for argument in CommandLine.arguments where argument.contains(".xctest") {
        folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
    }
    return folder.appendingPathComponent("sluice").path
}()

func transport(deadline: Duration = .seconds(20), memory: Int = 1 << 30) -> Transport {
    Transport(executable: sluice, limits: Transport.Limits(deadline: deadline, memory: memory))
}

/// The kind of the error that `body` throws.
func failure(_ body: () async throws -> Void) async -> GitError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? GitError
    }
}

let signature = Signature(name: "Sluice", email: "sluice@example.org", time: 1_700_000_000)
