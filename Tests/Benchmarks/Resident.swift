import ArgumentParser
import Core
import Glibc
import Manifests

/// Resident memory for each application at rest, measured in a process of its own: the engine and the catalogue, after
/// a first, small fleet has brought in the code.
struct Resident: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resident", shouldDisplay: false)

    @Argument var applications: Int
    @Option(help: "Write the fleet's statuses to this file, one a line, and measure nothing.")
    var write: String?
    @Option(help: "Start on a fleet at rest with the statuses of this file, instead of deploying it.")
    var read: String?

    func run() throws {
        if let write { return try writeStatuses(to: write) }
        _ = try moved(100)
        Self.trim()
        let before = try Files.residentSize()
        let (catalog, engine) = if let read { try started(read) } else { try moved(applications) }
        Self.trim()
        let after = try withExtendedLifetime((catalog, engine)) { try Files.residentSize() }
        guard engine.applications.count == applications, catalog.applicationNames.count == applications else {
            throw Program.Failure(description: "the fleet is not whole")
        }
        print(Double(after - before) / Double(applications))
    }

    /// The whole fleet deployed at once, and then moved to another version at once.
    private func moved(_ applications: Int) throws -> (Catalog, Engine) {
        var fleet = InstantFleet()
        fleet.apply(try EngineCost.change(applications, version: 1), for: .hours(1))
        let declared = try EngineCost.fleet(applications, version: 2)
        fleet.apply(declared.change(at: String(repeating: "2", count: 40)), for: .hours(48))
        guard fleet.engine.isQuiescent else { throw Program.Failure(description: "the fleet did not come to rest") }
        return (declared.catalog, fleet.engine)
    }

    /// A daemon that was started anew: statuses come from the status branch, everything else is at rest.
    private func started(_ path: String) throws -> (Catalog, Engine) {
        let declared = try EngineCost.fleet(applications, version: 2)
        var statuses: [Status] = []
        var sharing = StatusSharing()
        try Self.forEachLine(of: path) {
            var status = try StatusCoding.decode($0)
            sharing.share(&status)
            statuses.append(status)
        }
        var fleet = InstantFleet(statuses: statuses)
        statuses = []
        fleet.apply(declared.change(at: String(repeating: "2", count: 40)), for: .hours(1))
        guard fleet.engine.isQuiescent, fleet.actions == 0 else {
            throw Program.Failure(description: "the fleet was not at rest")
        }
        return (declared.catalog, fleet.engine)
    }

    private func writeStatuses(to path: String) throws {
        let (_, engine) = try moved(applications)
        guard let file = fopen(path, "w") else { throw Program.Failure(description: "\(path) cannot be written") }
        defer { fclose(file) }
        for name in engine.applications {
            guard let status = engine.status(of: name) else { continue }
            let line = Array((StatusCoding.json(status) + "\n").utf8)
            guard fwrite(line, 1, line.count, file) == line.count else {
                throw Program.Failure(description: "\(path) cannot be written")
            }
        }
    }

    private static func forEachLine(of path: String, _ body: ([UInt8]) throws -> Void) throws {
        guard let file = fopen(path, "r") else { throw Program.Failure(description: "\(path) cannot be read") }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(line) }
        while case let length = getline(&line, &size, file), length > 0, let text = line {
            try body(Array(UnsafeRawBufferPointer(start: text, count: length)))
        }
    }

    /// Gives freed memory back to the system, so that only what is held is counted. glibc's `malloc.h` is not in Swift's
    /// module of it.
    private static func trim() {
        guard let address = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(address, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    static func measure(_ applications: Int, _ report: inout Report) throws {
        let scratch = try ScratchFolder()
        let statuses = scratch.file("statuses")
        try Program.run(["/proc/self/exe", "resident", "\(applications)", "--write", statuses])
        let rounds = applications > 10_000 ? 1 : 3
        func values(_ options: [String]) throws -> [Double] {
            try (0..<rounds).map { _ in
                let text = try Program.read(["/proc/self/exe", "resident", "\(applications)"] + options)
                guard let value = Double(text) else { throw Program.Failure(description: "resident printed '\(text)'") }
                return value
            }
        }
        report.add(
            "resident memory for each idle application", applications, try values(["--read", statuses]), unit: "B",
            aim: .below(4096))
        report.add(
            "— after the whole fleet was deployed and moved at once", applications, try values([]), unit: "B")
    }
}
