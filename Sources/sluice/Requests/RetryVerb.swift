import ArgumentParser
import Core

/// Tries a rejected release again.
struct RetryVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Tries a rejected or failed release again.",
        discussion: """
            For a release that was not to blame. A rejected one begins anew, at its first stage; one that failed under \
            onFailure: hold goes on from the beginning of the stage where it stands.

            Exit codes: 0 it stands; 1 there is nothing to try again; 2 the repository cannot be read or written.
            """)

    @Argument(help: "The application.")
    var name: String

    @OptionGroup var meant: MeantRelease
    @OptionGroup var options: RequestOptions

    func run() async throws {
        try await answering {
            let desk = try RequestDesk(options)
            let (attempt, version) = try Self.failed(try await desk.status(of: name))
            try meant.check(name, version, attempt.digest)
            try await desk.submit(desk.request(.retry, name, attempt), "\(name) \(version)")
        }
    }

    private static func failed(_ status: Status) throws(Refusal) -> (Attempt, version: String) {
        let name = status.application
        if let candidate = status.candidate, status.stage?.failure != nil {
            return (candidate.release.attempt, candidate.release.release.version)
        }
        guard let rejection = status.retriable else {
            if let other = status.rejected.last(where: { $0.retriedBy == nil }) {
                throw Refusal(
                    "\(name) \(other.version) was rejected, and is not what the manifest declares now",
                    advice: "declare it again, and push: that is a new attempt")
            }
            if let retried = status.rejected.last, let asker = retried.retriedBy {
                throw Refusal("\(name) \(retried.version) is tried again already, asked by \(asker)")
            }
            throw Refusal("no version of \(name) was rejected")
        }
        return (rejection.attempt, rejection.version)
    }
}
