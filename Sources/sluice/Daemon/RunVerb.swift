import ArgumentParser
import Core
import Git
import Glibc
import Logging
import Platforms
import Reconciler
import Repository

/// The daemon.
struct RunVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Reconciles an environment with a manifest repository.",
        discussion: """
            Prints one line for each transition to standard output, and everything else to standard error.

            Exit codes: 0 stopped, or with --once nothing is left to do now; 1 it failed; 2 usage; \
            3 with --once, a newer daemon leads this environment; 4 with --once, the repository, the status branch or \
            the platform could not be reached.
            """)

    @OptionGroup var repository: DaemonRemotes

    @OptionGroup var traffic: TrafficOptions

    @OptionGroup var agents: AgentsOptions

    @Option(name: .long, help: "The branch that declares.")
    var branch = "main"

    @Option(name: .long, help: "The folder of the manifests in the repository.")
    var path = "."

    @Flag(name: .long, help: "Follow this branch and folder although the environment follows others until now.")
    var followAnew = false

    @Option(name: .long, help: "Where the daemon keeps what it need not find out again; nobody else's.")
    var stateDirectory: String?

    @Option(name: .long, help: "Time between polls of the repository.", transform: Arguments.span)
    var interval = Span.seconds(10)

    @Option(
        name: .long, help: "What runs components: \"simulated\", or \"process\" for real processes of this machine.")
    var platform = Namespace.Platform.simulated

    @Flag(name: .long, help: "With --platform process: end all processes with the daemon; otherwise they go on.")
    var endProcesses = false

    @Option(name: .long, help: "\"embedded\", or the address of a sluice simulator, whose time is then kept.")
    var simulator = "embedded"

    @Option(name: .long, help: "How many times faster than real time the embedded simulator goes on.")
    var timeScale: Double?

    @Option(name: .long, help: "The seed of the embedded simulator.")
    var seed: UInt64 = 1

    @Flag(name: .long, help: "Make passes until nothing is left to do now, then exit.")
    var once = false

    @Option(name: .long, help: "Who signs what the daemon commits.")
    var author = "Sluice <sluice@localhost>"

    @Option(name: .long, help: "The Prometheus that analyses ask where a gate names none, http:// or https://.")
    var prometheus: String?

    @Option(name: .long, help: "The file with the secret that signs webhooks; without it they are not signed.")
    var webhookSecretFile: String?
    @Option(
        name: .long,
        help: "Who may sign requests, as ssh-keygen reads it; without it every request counts as unverified.")
    var allowedSigners: String?

    @Flag(name: .shortAndLong, help: "Say more on standard error.")
    var verbose = false

    func validate() throws {
        guard simulator == "embedded" || simulator.hasPrefix("http://") else {
            throw ValidationError("--simulator takes \"embedded\" or an http:// address")
        }
        if simulator != "embedded" { try Arguments.check(port: "--simulator", simulator) }
        if platform == .process, simulator != "embedded" || timeScale != nil {
            throw ValidationError("--simulator and --time-scale go with --platform simulated")
        }
        if endProcesses, platform != .process {
            throw ValidationError("--end-processes goes with --platform process")
        }
        if let timeScale {
            guard simulator == "embedded" else {
                throw ValidationError("--time-scale goes with the embedded simulator; this one has a time of its own")
            }
            try Arguments.check(scale: timeScale)
        }
        if let prometheus, !prometheus.hasPrefix("http://"), !prometheus.hasPrefix("https://") {
            throw ValidationError("--prometheus takes an http:// or https:// address")
        }
        if let prometheus { try Arguments.check(port: "--prometheus", prometheus) }
        if let webhookSecretFile, access(webhookSecretFile, R_OK) != 0 {
            throw ValidationError("--webhook-secret-file: \(webhookSecretFile) cannot be read")
        }
        if let allowedSigners, access(allowedSigners, R_OK) != 0 {
            throw ValidationError("--allowed-signers: \(allowedSigners) cannot be read")
        }
        _ = try Arguments.folder(path)
        try Arguments.checkBranch(branch)
        _ = try signature()
    }

    func run() async throws {
        Arguments.allowManyFiles()
        let logger = Arguments.logger(verbose)
        let remote = try repository.manifests()
        let tenancy = Tenancy(environment: repository.environment)
        let state: StateDirectory
        let daemon: Daemon
        do {
            state = try StateDirectory(
                stateDirectory ?? StateDirectory.standard(repository.environment, of: remote.url))
            let access = repository.access
            for complaint in [
                state.narrow(), access.tokenFile.flatMap { SecretFile.complaint($0, holding: "token file") },
                access.sshKey.flatMap { SecretFile.complaint($0, holding: "key file") },
            ].compactMap({ $0 }) { logger.warning("\(complaint)") }
            daemon = try Daemon(
                settings(remote, tenancy), on: try await attachment(state, tenancy, logger), state: state,
                logger: logger)
        } catch let failure as EffectFailure {
            throw Arguments.exit(once ? 4 : 1, failure.message)
        } catch {
            throw Arguments.exit(1, "\(error)")
        }
        if let absence = await daemon.manifests.absentFolder() { throw Arguments.exit(2, absence.description) }
        // Who cannot do anything now takes the lead from nobody; who stays waits for the branch.
        if once, let absence = await daemon.manifests.absentBranch() { throw Arguments.exit(4, absence.description) }
        // A run that ends keeps every line until it is written; who reads a daemon's too slowly loses the oldest.
        let lines = daemon.loop.transitions.listen(limit: once ? nil : 65_536)
        let time = daemon.time
        Terminal.print(
            Terminal.clean(
                "\(WallClock.text(time.now))  following \(branch) of \(remote) as \(repository.environment)"))
        try await withThrowingTaskGroup { group in
            group.addTask {
                var printer = TransitionLine()
                for await update in lines { printer.print(update, at: time.now) }
            }
            var failure: (any Error)?
            do { try await daemon.run(once: once, logger: logger) } catch { failure = error }
            // What was told before it failed is written all the same.
            try await group.waitForAll()
            if let failure = failure as? EffectFailure { throw Arguments.exit(4, failure.message) }
            if let failure { throw failure }
        }
        if once, let epoch = await daemon.loop.snapshot().supersededBy {
            throw Arguments.exit(3, "epoch \(epoch) leads \(repository.environment) now")
        }
        withExtendedLifetime(state) {}
    }

    private func settings(_ remote: Remote, _ tenancy: Tenancy) throws -> Daemon.Settings {
        var settings = Daemon.Settings(repository: remote, statusRepository: try repository.status())
        settings.branch = branch
        settings.path = try Arguments.folder(path)
        settings.followsAnew = followAnew
        settings.environment = repository.environment
        settings.tenancy = tenancy
        settings.interval = interval
        settings.author = try signature()
        settings.traffic = try traffic.settings(repository)
        settings.prometheus = prometheus
        settings.webhookSecretFile = webhookSecretFile
        settings.allowedSigners = allowedSigners
        settings.agents = try agents.settings(repository)
        return settings
    }

    private func attachment(_ state: StateDirectory, _ tenancy: Tenancy, _ logger: Logger) async throws
        -> Daemon.Attachment
    {
        if platform == .process {
            let time = ClockTime<ContinuousClock>.wall()
            return .processes(
                try ProcessPlatform(
                    directory: state / "processes", for: tenancy, time: time, endsWithService: endProcesses), time)
        }
        guard simulator == "embedded" else {
            return .remote(try await SimulatorClient(simulator, for: tenancy) { logger.warning("\($0)") })
        }
        return .embedded(
            SimulatedEnvironment(
                try SimulatedPlatform(
                    directory: state / "simulator", seed: seed, scale: timeScale ?? 1,
                    notice: { logger.warning("\($0)") }), for: tenancy))
    }

    private func signature() throws -> (name: String, email: String) {
        let parts = author.split(separator: "<", maxSplits: 1)
        guard parts.count == 2, parts[1].last == ">" else {
            throw ValidationError("--author takes \"Name <address>\"")
        }
        let name = parts[0].split(separator: " ").joined(separator: " ")
        let email = String(parts[1].dropLast())
        guard !name.isEmpty, !email.isEmpty, !email.contains(where: { $0.isWhitespace || $0 == "<" }) else {
            throw ValidationError("--author takes \"Name <address>\"")
        }
        return (name, email)
    }
}

extension Namespace.Platform: ExpressibleByArgument {}
