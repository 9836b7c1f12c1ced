import Agent
import ArgumentParser
import Foundation
import Git
import Logging
import Reconciler
import Routing

/// Where the daemon meets the machines' agents.
struct AgentsOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Serve the agents of machines with consumers at this address, such as 127.0.0.1:7440.")
    var agentsListen: String?

    @Option(name: .long, help: "The file with the token that agents have to show.")
    var agentsTokenFile: String?

    @Flag(
        name: .long,
        help: """
            Keep what machines are told on sluice/elevation/<environment> of the status branch's repository too, for \
            agents that cannot reach the daemon.
            """)
    var agentsGit = false

    @Option(
        name: .long,
        help: """
            With --agents-git: a folder for each machine whose agent never reaches the daemon, with the registrations of \
            its instances.
            """)
    var agentsInventory: String?

    func validate() throws {
        guard let agentsListen else {
            guard agentsTokenFile == nil, !agentsGit, agentsInventory == nil else {
                throw ValidationError(
                    "--agents-token-file, --agents-git and --agents-inventory go with --agents-listen")
            }
            return
        }
        guard Self.address(agentsListen) != nil else {
            throw ValidationError("--agents-listen takes HOST:PORT, such as 127.0.0.1:7440")
        }
        guard agentsTokenFile != nil else { throw ValidationError("--agents-listen goes with --agents-token-file") }
        guard agentsInventory == nil || agentsGit else {
            throw ValidationError("--agents-inventory goes with --agents-git: else its machines are told nothing")
        }
        _ = try token()
    }

    /// What was asked for; nil for no agents.
    func settings(_ repository: DaemonRemotes) throws -> Settings? {
        guard let agentsListen, let address = Self.address(agentsListen) else { return nil }
        return Settings(
            host: address.host, port: address.port, token: try token(),
            archive: agentsGit ? try repository.status() : nil, inventory: agentsInventory,
            environment: repository.environment)
    }

    private func token() throws -> String {
        guard let agentsTokenFile else { return "" }
        return try Self.token(in: agentsTokenFile, of: "--agents-token-file")
    }

    /// The token in a file, without the line's end.
    static func token(in path: String, of option: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 4_096 else {
            throw ValidationError("\(option): \(path) cannot be read")
        }
        let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard token.utf8.count >= 16, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ValidationError(
                "\(option): \(path) holds no token; give it one line of at least 16 visible characters")
        }
        return token
    }

    private static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : (host, Int(port))
    }

    /// Where agents are served, and by which token they are known.
    struct Settings {
        var host: String
        var port: Int
        var token: String
        /// The repository for agents that have no stream; nil for none.
        var archive: Remote?
        /// The folder that says what instances those have; nil for none.
        var inventory: String?
        var environment: String

        func server(_ hub: ElevationHub, logger: Logger) throws -> ElevationServer {
            try ElevationServer(hub, host: host, port: port, token: token, logger: logger) { port in
                logger.notice("agents are served at \(host):\(port)")
            }
        }

        func follower(_ hub: ElevationHub, logger: Logger) -> InventoryFollower? {
            inventory.map { InventoryFollower(inventory: MachineInventory($0), hub: hub, logger: logger) }
        }

        func archive(mirror: String, author: (name: String, email: String)) throws -> GitElevationArchive? {
            guard let archive else { return nil }
            return GitElevationArchive(
                TrafficBranch(
                    mirror: try Mirror(at: mirror), transport: Transport(executable: "/proc/self/exe"),
                    remote: archive, name: GitElevationArchive.branchName(of: environment),
                    wall: ClockTime<ContinuousClock>.wall(), author: author))
        }
    }
}
