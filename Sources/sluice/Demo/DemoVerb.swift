import ArgumentParser
import Core
import Foundation
import Git
import Glibc
import Logging
import Platforms
import Reconciler
import Simulator

/// A commit becomes a rollout, its revert a rollback: the whole loop in one process, in well under a minute.
struct DemoVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Shows a release and its revert move through a simulated fleet, in under a minute.",
        discussion: "Exit codes: 0 everything was observed as it should be; 1 something was not.")

    @Option(name: .long, help: "A folder of manifests to use instead of the sample fleet.")
    var manifests: String?

    @Option(name: .long, help: "The application that is released and reverted.")
    var application = "search"

    @Option(name: .long, help: "How many times faster than real time; without it, so that the demo takes about 20 s.")
    var timeScale: Double?

    @Option(name: .long, help: "The seed of the simulated fleet.")
    var seed: UInt64 = 1

    @Flag(name: .long, help: "Lines only, also on a terminal.")
    var plain = false

    func validate() throws {
        if let timeScale { try Arguments.check(scale: timeScale) }
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-demo-\(getpid())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let fleet = try DemoFleet(folder: manifests)
            let scale = try timeScale ?? Self.scale(fleet.target(application).strategy)
            let state = try StateDirectory(folder)
            let platform = SimulatedPlatform(
                World(seed: seed, start: ClockTime<ContinuousClock>.wall().now), scale: scale)
            let remote = try Remote(name: "demo", url: state / "origin.git")
            var settings = Daemon.Settings(repository: remote, statusRepository: remote)
            settings.interval = .seconds(1)
            var logger = Arguments.logger(false)
            logger.logLevel = .error
            let repository = try DemoRepository(at: state / "origin.git")
            let daemon = try Daemon(
                settings, on: .embedded(SimulatedEnvironment(platform, for: Tenancy())), state: state, logger: logger)
            let isLive = !plain && isatty(1) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
            let play = DemoPlay(
                fleet: fleet, application: application, repository: repository, daemon: daemon, scale: scale,
                screen: DemoScreen(isLive: isLive))
            let quiet = logger
            let isFine = try await withThrowingTaskGroup(of: Bool?.self) { group in
                group.addTask {
                    try await daemon.run(once: false, logger: quiet)
                    return nil
                }
                group.addTask { try await play.run() }
                defer { group.cancelAll() }
                // nil: the daemon was told to stop before the play was over.
                return try await group.next().flatMap { $0 } ?? false
            }
            withExtendedLifetime(state) {}
            if !isFine { throw ExitCode(1) }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw Arguments.exit(1, "\(error)")
        }
    }

    /// So that the ladder's holds, and as much again of a few minutes around them, pass in about 18 seconds.
    private static func scale(_ strategy: Strategy) -> Double {
        let holds = strategy.stages.reduce(Span.minutes(8)) { $0 + $1.hold }
        return max(1, (Double(holds.milliseconds) / 18_000).rounded(.up))
    }
}
