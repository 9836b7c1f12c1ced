import ArgumentParser
import Core
import Platforms

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

    func validate() throws {
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

    /// Nil where the platform routes by itself.
    func settings(_ remotes: DaemonRemotes) throws -> Daemon.Traffic? {
        guard let trafficRepository else { return nil }
        let remote = try remotes.remote("traffic", trafficRepository == "self" ? remotes.repository : trafficRepository)
        return Daemon.Traffic(
            repository: remote, branch: trafficBranch ?? TrafficBranch.standardName(of: remotes.environment),
            settings: GitTrafficRouter.Settings(
                environment: remotes.environment, path: trafficPath, propagation: propagation ?? .seconds(30)))
    }
}
