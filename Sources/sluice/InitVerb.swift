import ArgumentParser
import Foundation

/// Makes a manifest repository to begin with.
struct InitVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a manifest repository that is ready to push.",
        discussion: """
            Writes two applications, a strategy, gates, a topic, a README and CI files for GitHub and GitLab that run \
            `sluice validate`. The folder must be empty but for `.git`, so that nothing is overwritten or mixed.

            Exit codes: 0 written, 2 the folder is not empty or cannot be written.
            """
    )

    @Argument(help: "The folder to write to; made where there is none.")
    var directory: String

    func run() async throws {
        try await answering {
            let existing = try existing()
            guard existing.isEmpty else {
                let shown = existing.prefix(5).joined(separator: ", ") + (existing.count > 5 ? ", …" : "")
                throw Failure(
                    "\(directory) is not empty: it has \(Terminal.clean(shown)); nothing was written",
                    advice: "give a new folder, or one that holds nothing but .git")
            }
            for (path, text) in StarterRepository.files { try write(text + "\n", to: directory + "/" + path) }
            for (path, _) in StarterRepository.files { Terminal.print("wrote \(directory)/\(path)") }
            Terminal.print(
                """

                Next:
                  sluice validate \(directory)
                  cd \(directory) && git init -b main && git add . && git commit -m "Begin the fleet"
                """)
        }
    }

    /// Names in the folder, sorted; none where there is no folder.
    private func existing() throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder) else { return [] }
        guard isFolder.boolValue else { throw Failure("\(directory) is no folder", advice: "give a new folder") }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0 != ".git" }.sorted()
        } catch {
            throw Failure("\(directory) cannot be read", advice: "see its permissions")
        }
    }

    private func write(_ text: String, to path: String) throws {
        let url = URL(fileURLWithPath: path)
        do {
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url, options: .withoutOverwriting)
        } catch {
            throw Failure("\(path) cannot be written", advice: "see the folder's permissions and whether there is room")
        }
    }
}
