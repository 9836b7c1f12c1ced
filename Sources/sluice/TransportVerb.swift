import ArgumentParser
import Git

/// The child process that talks to git remotes, so that a hung or leaking transport does not take the daemon with it.
struct TransportVerb: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "transport", shouldDisplay: false)

    func run() throws {
        throw ExitCode(TransportChild.run())
    }
}
