import ArgumentParser
import Git

#if canImport(Glibc)
    import Glibc
#endif

/// Measures Sluice on generated repositories, beside the git command line in the same run.
@main
struct SluiceBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-benchmarks",
        abstract: "Measure Sluice on repositories of many applications.",
        subcommands: [
            Measure.self, GateRates.self, SafetyStudy.self, Resident.self, PeakMemory.self, TransportChildVerb.self,
        ],
        defaultSubcommand: Measure.self)
}

/// The child process that talks to remotes, as the daemon has it.
struct TransportChildVerb: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "transport", shouldDisplay: false)

    func run() throws { throw ExitCode(TransportChild.run()) }
}

enum OutputFormat: String, ExpressibleByArgument {
    case text, json
}

enum Benchmark: String, ExpressibleByArgument, CaseIterable {
    case firstFetch = "first-fetch"
    case firstLoad = "first-load"
    case idlePoll = "idle-poll"
    case oneChange = "one-change"
    case statusCommits = "status-commits"
    case stateDirectory = "state-directory"
    case peakMemory = "peak-memory"
    case residentMemory = "resident-memory"
    case engine
    case trafficReading = "traffic-reading"
    case watcher
    case activation
    case elevation
}

struct Measure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run benchmarks and print a table or JSON.")

    @Option(help: "Sizes of fleet, separated by commas.")
    var applications = "1000,10000,100000"

    @Option(parsing: .upToNextOption, help: "Benchmarks to run: \(names).")
    var only: [Benchmark] = Benchmark.allCases

    @Option(help: "text (a Markdown table) or json.")
    var output = OutputFormat.text

    @Option(help: "Status commits of the state directory's benchmark.")
    var commits = 100_000

    @Option(help: "Rounds of the quick measurements; slow ones take a fifth of them.")
    var rounds = 25

    private static var names: String { Benchmark.allCases.map(\.rawValue).joined(separator: ", ") }

    func run() async throws {
        let sizes = applications.split(separator: ",").compactMap { Int($0) }
        guard !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 }), rounds > 0, commits > 0 else {
            throw ValidationError("sizes, rounds and commits are whole numbers above 0")
        }
        var report = Report()
        report.progress = { figure in
            let line = "\(figure.name), \(figure.applications): \(figure.median) \(figure.unit)\n"
            _ = line.withCString { Glibc.write(2, $0, strlen($0)) }
        }
        for size in sizes { try await measure(size, &report) }
        if only.contains(.stateDirectory) {
            try await StateDirectory(applications: 10_000, commits: commits).measure(&report)
        }
        if only.contains(.trafficReading) { try TrafficReading(rounds: rounds).measure(&report) }
        if only.contains(.watcher) { try WatcherCost(rounds: rounds).measure(&report) }
        if only.contains(.activation) { try await WorkerActivation(rounds: rounds).measure(&report) }
        if only.contains(.elevation) { try ElevationPolls(rounds: max(1, rounds / 5)).measure(&report) }
        switch output {
        case .text: print(report.table)
        case .json: print(try report.json)
        }
    }

    private func measure(_ size: Int, _ report: inout Report) async throws {
        let needsRepository: Set<Benchmark> = [
            .firstFetch, .firstLoad, .peakMemory, .idlePoll, .oneChange, .statusCommits,
        ]
        if !needsRepository.isDisjoint(with: only) {
            let scratch = try ScratchFolder()
            var repository = try FleetRepository(at: scratch.file("fleet.git"), applications: size)
            let server = try WebServer(root: scratch)
            let remote = try Remote(name: "origin", url: "http://127.0.0.1:\(server.port)/git/fleet.git")
            let site = Site(scratch: scratch, remote: remote, rounds: rounds)
            if only.contains(.firstFetch) { try await FirstFetch(site: site, fleet: repository).measure(&report) }
            if only.contains(.peakMemory) { try await PeakMemory.measure(site, repository, &report) }
            if only.contains(.firstLoad) { try await FirstLoad(site: site, fleet: repository).measure(&report) }
            if only.contains(.idlePoll) { try await IdlePoll(site: site, fleet: repository).measure(&report) }
            if only.contains(.oneChange) { try await OneChange(site: site).measure(&repository, &report) }
            if only.contains(.statusCommits) {
                try await StatusCommits(site: site, applications: size).measure(&report)
            }
        }
        if only.contains(.engine) { try EngineCost(applications: size, rounds: rounds).measure(&report) }
        if only.contains(.residentMemory) { try Resident.measure(size, &report) }
    }
}

/// Where a fleet's benchmarks work.
struct Site {
    let scratch: ScratchFolder
    let remote: Remote
    let rounds: Int

    /// A transport whose child is this executable.
    func transport() -> Transport {
        Transport(executable: "/proc/self/exe", limits: Transport.Limits(deadline: .seconds(600), memory: 4 << 30))
    }
}
