import ArgumentParser
import Foundation

/// Makes a manifest repository to begin with.
struct InitVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a manifest repository that is ready to push.",
        discussion: """
            Writes two applications, a strategy, gates, a topic, a README and CI files for GitHub and GitLab that run \
            `sluice validate`. Nothing that exists is overwritten.

            Exit codes: 0 written, 2 a file of that name exists or the folder cannot be written.
            """
    )

    @Argument(help: "The folder to write to; made where there is none.")
    var directory: String

    func run() async throws {
        try await answering {
            let manager = FileManager.default
            let existing = StarterRepository.files.map(\.path).filter {
                manager.fileExists(atPath: directory + "/" + $0)
            }
            guard existing.isEmpty else {
                throw Failure(
                    "\(directory) already has \(existing.joined(separator: ", ")); nothing was written",
                    advice: "give a new folder, or move these away")
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
