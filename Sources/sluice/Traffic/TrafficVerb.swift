import ArgumentParser
import Core
import Git
import Glibc
import Routing
import ServiceLifecycle
import Signal
import UnixSignals

/// Keeps the traffic files of an environment on a web host's disk.
struct TrafficVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "traffic",
        abstract: "Keeps the traffic files of an environment on this machine's disk.",
        discussion: """
            A file is replaced as a whole, so that readers never see half of one, and never by an older one. While the \
            repository is away the files stay as they are; how old that knowledge is goes to standard error.

            Exit codes: 0 the files are there, or with --follow it was told to stop; 1 a file that was asked for is \
            not there, or one cannot be followed; 2 usage, or the repository or the directory cannot be reached.
            """)

    @Option(name: .long, help: "The repository: a path, file://, ssh://, user@host:path, http:// or https://.")
    var repository: String

    @Option(name: .long, help: "The environment; its traffic files are on the branch sluice/traffic/<environment>.")
    var environment = "default"

    @Option(name: .long, help: "The branch, where it is another one.")
    var branch: String?

    @Option(
        name: .long, help: "A traffic file's path in the repository, with {application} in it.",
        transform: TrafficOptions.path)
    var path = TrafficPath.standard

    @Option(name: .long, help: "One application, and no others; may be given several times.")
    var application: [String] = []

    @Option(name: .long, help: "Where <application>.json are kept; nobody else's to write.")
    var directory: String

    @Flag(name: .long, help: "Go on, until it is told to stop.")
    var follow = false

    @Option(name: .long, help: "Time between looks.", transform: Arguments.span)
    var interval = Span.seconds(1)

    @Option(name: .long, help: "With --follow: tell the daemon, under this name, what is on the disk.")
    var acknowledge: String?

    @OptionGroup var access: CredentialOptions

    func validate() throws {
        if let branch { try TrafficOptions.check(branch: branch) }
        guard let acknowledge else { return }
        guard follow, application.isEmpty else {
            throw ValidationError("--acknowledge goes with --follow, and with all applications")
        }
        try TrafficOptions.check(reader: acknowledge)
    }

    func run() async throws {
        try await answering {
            let state: StateDirectory
            do {
                state = try StateDirectory(directory + "/.sluice")
            } catch {
                throw Failure("\(error)")
            }
            let remote = try Remote(name: "traffic", url: repository, credentials: access.credentials)
            let copy = TrafficCopy(
                remote: remote, branch: branch ?? TrafficBranch.standardName(of: environment), path: path,
                acknowledging: acknowledge.map { TrafficBranch.standardName(of: environment, reader: $0) },
                applications: Set(application), directory: directory, mirror: try Mirror(at: state / "mirror.git"),
                transport: Transport(executable: "/proc/self/exe"))
            if follow {
                try await ServiceGroup(
                    services: [TrafficFollower(copy: copy, interval: interval)],
                    gracefulShutdownSignals: [.sigterm, .sigint], logger: Arguments.logger(false)
                ).run()
            } else {
                let look = try await copy.look()
                TrafficFollower.tell(look)
                for name in look.missing { Terminal.complain("sluice: there is no traffic file of \(name)") }
                if !look.refused.isEmpty || !look.missing.isEmpty { throw ExitCode.no }
            }
            withExtendedLifetime(state) {}
        }
    }
}
