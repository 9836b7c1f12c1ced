import Agent
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Signal
import UnixSignals

/// Tells the workers of this machine whether they are to take messages.
struct AgentVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Tells the workers of this machine whether they are to take messages.",
        discussion: """
            One runs on each machine. Every instance that is registered in --instances reads, at an address of its own, \
            GET /sidecar/v1/elevation/active; docs/elevation.md has the formats. What was told last is kept in --state \
            and goes on to be told, with its age, while the source is gone.

            Exit codes: 0 it was told to stop; 1 it cannot go on; 2 usage, or a folder cannot be used.
            """)

    @Option(name: .long, help: "The folder in which instances are registered, one file each.")
    var instances: String

    @Option(name: .long, help: "Where the agent keeps what it was told; no other agent's.")
    var state: String

    @Option(name: .long, help: "The machine's name; the host's, unless another is given.")
    var machine: String?

    @OptionGroup var from: ElevationSourceOptions

    @Option(
        name: .long,
        help: "Let an Envoy answer instead: the folder for its files, which it is started with as DIR/bootstrap.json.")
    var envoy: String?

    @Option(
        name: .long,
        help: "With --envoy: the folder in which services are registered whose requests the Envoy divides.")
    var services: String?

    @Flag(name: .shortAndLong, help: "Say more on standard error.")
    var verbose = false

    func validate() throws {
        guard services == nil || envoy != nil else {
            throw ValidationError("--services goes with --envoy: without it nobody divides their requests")
        }
        guard InstanceName.isValid(name) else {
            throw ValidationError(
                "the machine's name '\(name)' is not 1 to 128 letters, digits, '.', '_' and '-'; give one with --machine"
            )
        }
    }

    func run() async throws {
        try await answering {
            Arguments.allowManyFiles()
            for path in [instances, services].compactMap({ $0 }) {
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                    throw Failure("\(path) is no folder", advice: "make it before the agent starts")
                }
            }
            let folder: StateDirectory
            do {
                folder = try StateDirectory(state)
            } catch {
                throw Failure("\(error)")
            }
            var logger = Arguments.logger(verbose)
            if !verbose { logger.logLevel = .info }
            let path = URL(fileURLWithPath: folder.path).standardizedFileURL.path
            let agent = MachineAgent(
                machine: name, instances: instances, state: path,
                source: try from.source(machine: name, state: path, logger: logger), envoy: try envoyFiles(state: path),
                services: services, logger: logger)
            logger.info("\(name): instances in \(instances), state in \(folder.path)")
            try await ServiceGroup(
                services: [Work(agent: agent), CodePages()], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            ).run()
            withExtendedLifetime(folder) {}
        }
    }

    private func envoyFiles(state: String) throws -> EnvoyFiles? {
        guard let envoy else { return nil }
        guard ListenAddress("unix:\(state)/0123456789abcdef.sock") != nil else {
            throw Failure("\(state) is too long a path for sockets", advice: "choose a shorter --state")
        }
        let folder = URL(fileURLWithPath: envoy).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Failure("\(folder) cannot be made: \(error.localizedDescription)")
        }
        return EnvoyFiles(folder: folder)
    }

    private var name: String { machine ?? ProcessInfo.processInfo.hostName }

    private struct Work: Service {
        var agent: MachineAgent

        func run() async throws {
            do {
                try await cancelWhenGracefulShutdown { try await agent.run() }
            } catch is CancellationError {
                // The end that was asked for.
            }
        }
    }
}
