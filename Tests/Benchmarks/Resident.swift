import ArgumentParser
import Core
import Manifests

#if canImport(Glibc)
    import Glibc
#endif

/// Resident memory for each application at rest, measured in a process of its own.
struct Resident: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resident", shouldDisplay: false)

    @Argument var applications: Int

    func run() throws {
        Self.trim()
        let before = try Files.residentSize()
        let (fleet, engine) = try settled()
        Self.trim()
        let after = try withExtendedLifetime((fleet, engine)) { try Files.residentSize() }
        guard engine.applications.count == applications, fleet.catalog.applicationNames.count == applications else {
            throw Program.Failure(description: "the fleet is not whole")
        }
        print(Double(after - before) / Double(applications))
    }

    /// An engine and a catalogue that hold the fleet at rest, deployed and once moved to another version.
    private func settled() throws -> (DeclaredFleet, Engine) {
        var fleet = InstantFleet()
        fleet.apply(try EngineCost.change(applications, version: 1), for: .hours(1))
        let declared = try EngineCost.fleet(applications, version: 2)
        fleet.apply(declared.change(at: String(repeating: "2", count: 40)), for: .hours(48))
        guard fleet.engine.isQuiescent else { throw Program.Failure(description: "the fleet did not come to rest") }
        return (declared, fleet.engine)
    }

    /// Gives freed memory back to the system, so that only what is held is counted. glibc's `malloc.h` is not in Swift's
    /// module of it.
    private static func trim() {
        guard let address = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(address, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    static func measure(_ applications: Int, _ report: inout Report) throws {
        var values: [Double] = []
        for _ in 0..<(applications > 10_000 ? 1 : 3) {
            let text = try Program.read(["/proc/self/exe", "resident", "\(applications)"])
            guard let value = Double(text) else { throw Program.Failure(description: "resident printed '\(text)'") }
            values.append(value)
        }
        report.add("resident memory for each idle application", applications, values, unit: "B", aim: .below(4096))
    }
}
