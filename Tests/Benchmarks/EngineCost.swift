import Core

/// What the pure state machine costs: a fleet is deployed and then moved to its next version, with a platform that does
/// everything at once.
struct EngineCost {
    let applications: Int
    let rounds: Int

    func measure(_ report: inout Report) throws {
        let (first, second) = (try Self.change(applications, version: 1), try Self.change(applications, version: 2))
        var rates: [Double] = []
        var counts: [Double] = []
        // A fleet of 100,000 is eight million events.
        for _ in 0..<(applications > 10_000 ? 1 : max(3, rounds / 5)) {
            var fleet = InstantFleet()
            let seconds = Watch.seconds {
                fleet.apply(first, for: .hours(1))
                fleet.apply(second, for: .hours(48))
            }
            guard fleet.engine.isQuiescent else {
                throw Program.Failure(description: "the fleet did not come to rest")
            }
            rates.append(Double(fleet.events) / seconds)
            counts.append(Double(fleet.events) / Double(applications))
        }
        report.add("engine: events a second", applications, rates, unit: "/s")
        report.add("engine: events for a deployment and a rollout", applications, counts, unit: "")
    }

    /// A whole fleet at a version.
    static func change(_ applications: Int, version: Int) throws -> FleetChange {
        try fleet(applications, version: version).change(at: String(repeating: "\(version)", count: 40))
    }

    static func fleet(_ applications: Int, version: Int) throws -> DeclaredFleet {
        let shared = FleetRepository.shared.count
        let texts = (0..<shared + applications).lazy.map { index -> (path: String, text: String) in
            guard index >= shared else { return FleetRepository.shared[index] }
            let index = index - shared
            return (FleetRepository.path(of: index), FleetRepository.manifest(index, version: version))
        }
        let fleet = DeclaredFleet.load(texts: texts)
        try fleet.check(applications)
        return fleet
    }
}
