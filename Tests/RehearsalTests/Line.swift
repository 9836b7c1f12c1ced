import Core
import Rehearsal

/// A line of declarations of one application, as commits would bring them.
struct Line {
    static let strategy = Strategy(
        stages: [
            .init(name: "canary", weight: 10, hold: .minutes(2), gates: ["errors"]),
            .init(name: "full", weight: 100, hold: .minutes(1)),
        ], retention: .init(time: .hours(1), capacity: 25))

    static let gates = [
        "errors": Gate(
            name: "errors", when: .during,
            check: .analysis(Analysis(metric: .errorRate, criterion: .max(milli: 10_000))))
    ]

    /// Newest first.
    private(set) var versions: [DeclaredVersion] = []

    static func application(
        _ version: String, _ activation: Activation = .active, faults: [SimulatedFault] = [], replicas: Int = 8
    ) -> Application {
        let run = SimulatedRun(startTime: .seconds(10), capacity: 50, faults: faults)
        var application = Application(
            name: "search",
            release: Release(
                version: version, components: [Component(name: "api", kind: .service, run: .simulated(run))]),
            replicas: ["api": replicas], strategy: .inline(strategy))
        application.activation = activation
        return application
    }

    /// The next commit's change.
    mutating func commit(_ application: Application?) -> FleetChange {
        let revision = "r\(versions.count + 1)"
        versions.insert(DeclaredVersion(revision: revision, application: application), at: 0)
        guard let application else {
            return FleetChange(revision: revision, isComplete: true, declared: [], gone: ["search"])
        }
        let declaration = Declaration(
            application: application, strategy: Self.strategy, gates: Self.gates, revision: revision,
            versions: versions)
        return FleetChange(
            revision: revision, isComplete: true, declared: [declaration], isFull: versions.count == 1)
    }
}
