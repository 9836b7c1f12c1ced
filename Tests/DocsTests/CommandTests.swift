import Foundation
import Glibc
import Testing

/// What a page shows works: its commands are run as a reader would, in the order of the page, in one shell that begins
/// in what looks like a clone and ends at the first command that fails.
@Suite struct CommandTests {
    /// For one page, in seconds.
    static let timeout = 240

    @Test(arguments: Page.paths)
    func `the commands of the page work`(path: String) throws {
        let blocks = try Page(path).blocks.filter { !$0.commands.isEmpty && $0.notRun == nil }
        guard !blocks.isEmpty else { return }
        let folder = try Self.makeFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appendingPathComponent("output")
        try Data().write(to: output)

        // What a page starts in the background ends with the script. Each command is told before it is run.
        var script = "set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n"
        for block in blocks {
            script += "{ set +x; } 2>/dev/null; echo '>>> \(path):\(block.line)'; set -x\n"
            script += block.commands.joined(separator: "\n") + "\n"
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["--kill-after=5", "\(Self.timeout)", "/bin/bash", "-c", script]
        process.currentDirectoryURL = folder.appendingPathComponent("here")
        process.environment = Self.environment(home: folder)
        process.standardInput = FileHandle.nullDevice
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        process.waitUntilExit()
        let said = String(decoding: try Data(contentsOf: output).suffix(6_000), as: UTF8.self)
        #expect(process.terminationStatus == 0, "\(path) ended with \(process.terminationStatus):\n\(said)")
    }

    @Test func `commands that are not run say why`() throws {
        for path in Page.paths {
            for block in try Page(path).blocks where block.notRun != nil {
                #expect((block.notRun ?? "").count > 10, "\(path):\(block.line)")
            }
        }
    }

    @Test func `blocks say what they are`() throws {
        let known: Set = ["console", "sh", "yaml", "json", "text", "swift", "python"]
        for path in Page.paths {
            for block in try Page(path).blocks {
                #expect(known.contains(block.language), "\(path):\(block.line): '\(block.language)'")
            }
        }
    }

    private static func makeFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-docs-\(UUID().uuidString)")
        let here = folder.appendingPathComponent("here")
        try FileManager.default.createDirectory(at: here, withIntermediateDirectories: true)
        for name in ["Examples", "Manifests", "docs"] where Project.exists(name) {
            try FileManager.default.copyItem(
                at: Project.root.appendingPathComponent(name), to: here.appendingPathComponent(name))
        }
        return folder
    }

    /// A reader's: `sluice` on the path, a git identity, and nothing of the machine's own settings.
    private static func environment(home: URL) -> [String: String] {
        [
            "PATH": "\(Project.products.path):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": home.path,
            "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A Reader", "GIT_AUTHOR_EMAIL": "reader@example.org",
            "GIT_COMMITTER_NAME": "A Reader", "GIT_COMMITTER_EMAIL": "reader@example.org",
        ]
    }
}
