import ArgumentParser
import Core
import Routing

/// Whether a daemon routes by traffic files, and where it writes them.
struct TrafficOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Route by traffic files, in this repository; \"self\" is the manifests'. Without it the platform routes.")
    var trafficRepository: String?

    @Option(name: .long, help: "The branch of the traffic files; without it sluice/traffic/<environment>.")
    var trafficBranch: String?

    @Option(
        name: .long, help: "A traffic file's path in its repository, with {application} in it.",
        transform: TrafficOptions.path)
    var trafficPath = TrafficPath.standard

    @Option(
        name: .long, help: "Time within which every reader follows a traffic file that was pushed.",
        transform: Arguments.span)
    var propagation: Span?

    @Option(
        name: .long,
        help: """
            A web host that acknowledges, as it calls itself with sluice traffic --acknowledge; may be given several \
            times. When all have, weights count before --propagation has passed.
            """)
    var trafficReader: [String] = []

    func validate() throws {
        guard trafficReader.isEmpty || trafficRepository != nil else {
            throw ValidationError("--traffic-reader goes with --traffic-repository")
        }
        for reader in trafficReader { try Self.check(reader: reader) }
        guard trafficRepository != nil || trafficBranch == nil && trafficPath == .standard && propagation == nil else {
            throw ValidationError("--traffic-branch, --traffic-path and --propagation go with --traffic-repository")
        }
        if let trafficBranch { try Self.check(branch: trafficBranch) }
    }

    static func path(_ text: String) throws -> TrafficPath {
        guard let path = TrafficPath(text) else {
            throw ValidationError("'\(text)' is not a path such as traffic/{application}.json")
        }
        return path
    }

    /// What git itself refuses in names of branches, as far as somebody could mean it.
    static func check(branch: String) throws {
        let isFine =
            !branch.isEmpty && !branch.contains("..") && !branch.hasSuffix("/") && !branch.hasSuffix(".lock")
            && branch.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasPrefix("-")
            } && branch.utf8.allSatisfy { $0 > 32 && $0 != 127 && !"~^:?*[\\".utf8.contains($0) }
        guard isFine else { throw ValidationError("'\(branch)' cannot name a branch") }
    }

    /// A reader's name is a part of its branch's.
    static func check(reader: String) throws {
        let isFine = reader.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        guard isFine, (1...63).contains(reader.utf8.count), reader.first != "-" else {
            throw ValidationError("'\(reader)' cannot name a reader: it takes lower-case letters, digits and hyphens")
        }
    }

    /// Nil where the platform routes by itself.
    func settings(_ remotes: DaemonRemotes) throws -> Daemon.Traffic? {
        guard let trafficRepository else { return nil }
        let remote = try remotes.remote("traffic", trafficRepository == "self" ? remotes.repository : trafficRepository)
        return Daemon.Traffic(
            repository: remote, branch: trafficBranch ?? TrafficBranch.standardName(of: remotes.environment),
            readers: trafficReader.map { TrafficBranch.standardName(of: remotes.environment, reader: $0) },
            settings: GitTrafficRouter.Settings(
                environment: remotes.environment, path: trafficPath, propagation: propagation ?? .seconds(30)))
    }
}
