import Agent
import ArgumentParser
import Core
import Git
import Logging
import Routing

/// Where an agent learns what its instances are told.
struct ElevationSourceOptions: ParsableArguments {
    @Option(name: .long, help: "The daemon's address for agents, such as http://127.0.0.1:7440.")
    var daemon: String?

    @Option(name: .long, help: "The file with the token that the daemon takes agents by.")
    var agentsTokenFile: String?

    @Option(
        name: .long,
        help: "The repository of the status branch, where no daemon can be reached; nothing is reported.")
    var repository: String?

    @Option(name: .long, help: "The environment, with --repository.")
    var environment = "default"

    @Option(name: .long, help: "Time between looks at the repository.", transform: Arguments.span)
    var interval = Span.seconds(5)

    @OptionGroup var access: CredentialOptions

    @Option(name: .long, help: "A file that says what the machine's instances are told; nothing is reported.")
    var elevations: String?

    func validate() throws {
        guard [daemon, repository, elevations].compactMap({ $0 }).count == 1 else {
            throw ValidationError(
                "say where the agent learns what its instances are told: --daemon URL, --repository URL or --elevations FILE"
            )
        }
        guard (daemon == nil) == (agentsTokenFile == nil) else {
            throw ValidationError("--daemon and --agents-token-file go together")
        }
        if let daemon, !daemon.hasPrefix("http://"), !daemon.hasPrefix("https://") {
            throw ValidationError("--daemon takes an http:// or https:// address, not '\(daemon)'")
        }
        if let daemon { try Arguments.check(port: "--daemon", daemon) }
        if let agentsTokenFile { _ = try AgentsOptions.token(in: agentsTokenFile, of: "--agents-token-file") }
        if let repository { _ = try remote(repository) }
    }

    /// - Parameters:
    ///   - machine: its name.
    ///   - state: the agent's own folder.
    ///   - logger: for what the source has to say.
    /// - Returns: the one that was asked for.
    /// - Throws: where it cannot be made.
    func source(machine: String, state: String, logger: Logger) throws -> any ElevationSource {
        if let elevations { return FileSource(path: elevations) }
        if let repository {
            return GitSource(
                mirror: try Mirror(at: "\(state)/elevation.git"), transport: Transport(executable: "/proc/self/exe"),
                remote: try remote(repository), branch: GitElevationArchive.branchName(of: environment),
                machine: machine, interval: .milliseconds(interval.milliseconds))
        }
        guard let daemon, let agentsTokenFile else { throw ValidationError("there is no source") }
        return try StreamSource(
            url: daemon, machine: machine,
            token: try AgentsOptions.token(in: agentsTokenFile, of: "--agents-token-file"),
            isPatient: !StateCache(directory: state).read(now: 0).states.isEmpty)
    }

    private func remote(_ url: String) throws -> Remote {
        do {
            return try Remote(name: "elevation", url: url, credentials: access.credentials)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
