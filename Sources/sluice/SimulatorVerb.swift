import ArgumentParser
import Core
import Logging
import Platforms
import ServiceLifecycle
import UnixSignals

/// The simulated platform as a process of its own, so that a daemon can come and go while the world goes on.
struct SimulatorVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Serves a simulated platform over HTTP; a daemon attaches to it with --simulator http://…",
        discussion: """
            The world is kept in the state directory and goes on from there; while no process runs, it stands still.
            """)

    @Option(name: .long, help: "The address to listen on; port 0 takes any that is free.")
    var listen = "127.0.0.1:7430"

    @Option(name: .long, help: "Where the world is kept.")
    var stateDirectory: String?

    @Option(name: .long, help: "How many times faster than real time it goes on.")
    var timeScale = 1.0

    @Option(name: .long, help: "The seed of a new world.")
    var seed: UInt64 = 1

    @Flag(name: .shortAndLong, help: "Say more on standard error.")
    var verbose = false

    func validate() throws {
        try Arguments.check(scale: timeScale)
        _ = try address()
    }

    func run() async throws {
        let (host, port) = try address()
        let logger = Arguments.logger(verbose)
        do {
            let state = try StateDirectory(stateDirectory ?? StateDirectory.standard("simulator"))
            let platform = try SimulatedPlatform(
                directory: state.path, seed: seed, scale: timeScale, notice: { logger.warning("\($0)") })
            let server = try SimulatorServer(platform, host: host, port: port, logger: logger) { bound in
                Terminal.print(
                    "simulator: http://\(host):\(bound), time ×\(Self.text(timeScale)), world in \(state.path)")
            }
            // The server ends the platform, which saves the world, after itself.
            let group = ServiceGroup(
                services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            try await group.run()
            withExtendedLifetime(state) {}
        } catch let failure as EffectFailure {
            throw Arguments.exit(1, failure.message)
        } catch {
            throw Arguments.exit(1, "\(error)")
        }
    }

    private static func text(_ scale: Double) -> String {
        scale == scale.rounded() ? String(Int(scale)) : String(scale)
    }

    private func address() throws -> (host: String, port: Int) {
        guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
            throw ValidationError("--listen takes an address and a port, such as 127.0.0.1:7430")
        }
        let host = listen[..<colon].filter { $0 != "[" && $0 != "]" }
        return (String(host), Int(port))
    }
}
