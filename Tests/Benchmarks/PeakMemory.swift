import ArgumentParser
import Core
import Git

/// The most memory that a process ever had, of one that loads a fleet and of one that goes on to deploy it and to commit
/// its statuses, as the daemon does.
struct PeakMemory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "peak", shouldDisplay: false)

    enum Work: String, ExpressibleByArgument {
        case firstLoad = "first-load"
        case daemon
    }

    @Argument var work: Work
    /// A mirror that holds the fleet.
    @Argument var manifests: String
    /// Where the mirror of the status branch is made.
    @Argument var statuses: String
    @Argument var applications: Int

    func run() async throws {
        let mirror = try Mirror(at: manifests)
        guard let head = try await mirror.tip(of: "main", on: "origin") else {
            throw Program.Failure(description: "the mirror is empty")
        }
        let fleet = try await DeclaredFleet.load(mirror, head)
        try fleet.check(applications)
        if work == .daemon { try await deploy(fleet, head) }
        print(try Self.peak())
    }

    /// Deploys the fleet at once and lives through its first two hours.
    private func deploy(_ fleet: DeclaredFleet, _ head: ObjectID) async throws {
        let mirror = try Mirror(at: statuses)
        let said = Box<[[StatusUpdate]]>([])
        var world = InstantFleet()
        world.onPush = { said.value.append($0) }
        var change = fleet.change(at: "\(head)")
        var tip: ObjectID?
        for step in 0..<120 {
            world.apply(change, for: .minutes(1))
            change = FleetChange(revision: "\(head)", isComplete: true, declared: [])
            for updates in said.value {
                tip = try await StatusCommits.commit(
                    updates, texts: updates.map(\.text), on: tip, in: mirror, at: step)
            }
            said.value = []
            if let tip { try await mirror.set("refs/heads/sluice/status/default", to: tip) }
            _ = try await mirror.maintain()
        }
        let serving = world.engine.applications.filter { world.engine.status(of: $0)?.stable != nil }
        guard serving.count == applications else {
            throw Program.Failure(description: "only \(serving.count) of \(applications) applications serve")
        }
        withExtendedLifetime((fleet, world)) {}
    }

    /// Bytes, as Linux counts them.
    private static func peak() throws -> Int {
        for line in String(decoding: try Files.read("/proc/self/status"), as: UTF8.self).split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.first == "VmHWM:", words.count > 1, let size = Int(words[1]) { return size * 1024 }
        }
        throw Program.Failure(description: "/proc/self/status names no peak")
    }

    static func measure(_ site: Site, _ fleet: FleetRepository, _ report: inout Report) async throws {
        let mirror = try Mirror(at: site.scratch.file("peak.git"))
        let transport = site.transport()
        _ = try await transport.fetch(site.remote, branches: ["main"], into: mirror.path)
        await transport.close()
        for (work, name) in [(Work.firstLoad, "first load"), (.daemon, "first load, deployment and status commits")] {
            let statuses = site.scratch.file("peak-statuses-\(work.rawValue).git")
            let words = ["/proc/self/exe", "peak", work.rawValue, mirror.path, statuses, "\(fleet.applications)"]
            let text = try Program.read(words)
            guard let bytes = Double(text) else { throw Program.Failure(description: "peak printed '\(text)'") }
            report.add("peak memory: \(name)", fleet.applications, [bytes / 1e6], unit: "MB")
        }
    }
}
