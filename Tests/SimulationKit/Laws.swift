package import Core
import Simulator

/// The laws, judged by what was done and what is true, never by what the engine thinks.
package struct Laws {
    package struct Violation: CustomStringConvertible {
        package var law: String
        package var at: Instant
        package var message: String
        package var description: String { "\(law) at \(at - Simulation.start): \(message)" }
    }

    struct Seen {
        var observation: Observation
        var at: Instant
    }

    package private(set) var violation: Violation?
    let gates: [String: Gate]
    /// The last observation that reached the engine, by application.
    var seen: [ApplicationName: Seen] = [:]
    /// Good measurements and passes, by what they were about.
    var passes: [GateKey: Int] = [:]
    var fetchedFleet: [ApplicationName: Application] = [:]
    var wasComplete = false
    /// Every rejection that was ever recorded.
    var rejections: Set<Rejected> = []
    /// Applications whose strategy was edited, or whose name.
    var edited: Set<ApplicationName> = []
    /// Since when a side has had no weight after having had some.
    var idleSince: [SideKey: Instant] = [:]
    var hadWeight: Set<SideKey> = []
    /// The highest weight that was ever set for a side's release, since it was deployed there.
    var highest: [SideKey: Int] = [:]
    var executions: [ActionKey: Int] = [:]
    var faultsEndedAt: Instant?
    var disturbedAt: Instant?
    /// When anything was last done to the platform or pushed, by application.
    var lastDone: [ApplicationName: Instant] = [:]
    package var counts = Counts()

    /// How much was exercised; a checker that never had anything to check proves nothing.
    package struct Counts {
        package var actions = 0
        package var raises = 0
        package var retreats = 0
        package var teardowns = 0
        package var pushes = 0
        package var rollouts = 0
    }

    struct GateKey: Hashable {
        var application: ApplicationName
        var attempt: Attempt
        var stage: String
        var gate: String
    }

    struct Rejected: Hashable {
        var application: ApplicationName
        var attempt: Attempt
    }

    struct SideKey: Hashable {
        var application: ApplicationName
        var side: Side
    }

    init(gates: [String: Gate]) {
        self.gates = gates
    }

    mutating func broken(_ law: String, _ simulation: Simulation, _ message: String) {
        if violation == nil { violation = Violation(law: law, at: simulation.now, message: message) }
    }

    // MARK: What was heard

    mutating func delivered(_ observation: Observation, of name: ApplicationName, at now: Instant) {
        seen[name] = Seen(observation: observation, at: now)
    }

    mutating func note(_ result: GateResult, of run: GateRun) {
        guard case .outcome(.passed, _) = result else { return }
        passes[
            GateKey(application: run.application, attempt: run.attempt, stage: run.stage, gate: run.gate.name),
            default: 0] += 1
    }

    mutating func fetched(_ change: FleetChange, fleet: [ApplicationName: Application]) {
        fetchedFleet = fleet
        wasComplete = change.isComplete
    }

    mutating func edited(_ name: ApplicationName) { edited.insert(name) }
    mutating func faultsEnded(at now: Instant) { faultsEndedAt = now }
    mutating func disturbed(at now: Instant) { disturbedAt = now }

    /// Statuses are on the branch: law 11, a status states only what was observed.
    mutating func landed(_ updates: [StatusUpdate], _ simulation: Simulation) {
        counts.pushes += 1
        for update in updates {
            let status = update.status
            lastDone[status.application] = simulation.now
            for rejection in status.rejected {
                rejections.insert(Rejected(application: status.application, attempt: rejection.attempt))
            }
            if let stage = status.stage, let candidate = status.candidate, stage.heldSince != nil {
                let key = SideKey(application: status.adopting ?? status.application, side: candidate.side)
                if highest[key, default: 0] < stage.weight {
                    broken(
                        "law 11 (status states only what was observed)", simulation,
                        "\(status.application) says it holds \(stage.weight)% on \(candidate.side), which never had it")
                }
            }
            if status.history.count > History.limit || status.rejected.count > Status.rejectedLimit {
                broken("law 15 (bounded)", simulation, "\(status.application)'s status grows")
            }
        }
    }
}
