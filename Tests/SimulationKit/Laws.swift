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
    /// Good measurements and passes of the rollouts under way, by what they were about.
    var passes: [GateKey: Int] = [:]
    /// The last status of each application that landed.
    var recorded: [ApplicationName: Status] = [:]
    var fetchedFleet: [ApplicationName: Application] = [:]
    /// Those that the last tree which declared them at all declared inactive.
    var deactivated: Set<ApplicationName> = []
    var wasComplete = false
    /// Heads that this incarnation has taken up, and those that what is recorded of an application tells of.
    var takenUp: Set<Int> = []
    var recordedHeads: [ApplicationName: Set<Int>] = [:]
    /// Heads up to which nothing is known any more of what was removed.
    var forgotten: [ApplicationName: Int] = [:]
    /// The same of what this incarnation removed, whether or not the branch took that.
    var removedHere: [ApplicationName: Int] = [:]
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
    var issuedAt: [ActionKey: Instant] = [:]
    /// Applications that have a route by what was done, until it is taken away with good reason.
    var activated: Set<ApplicationName> = []
    /// Whether a side was live before the action that is being applied.
    var wasLive = false
    /// What consumers were at where the action takes them away that is being applied; nil where they were at nothing.
    var workTakenAway: String?
    /// Until when accidents of the world excuse what is true of an application, or of all.
    var excusedUntil: [ApplicationName: Instant] = [:]
    var allExcusedUntil = Instant(milliseconds: .min)
    /// Teardowns that were issued because the application was not declared.
    var removals: Set<ActionKey> = []
    /// Components of releases that stand somewhere.
    var components: [Digest: [String]] = [:]
    /// How long a request of a release takes at most.
    var drains: [Digest: Span] = [:]
    var requests = RequestsInFlight()
    /// Applications whose weights somebody set by hand in the rollout under way, or an action that had been given up:
    /// what puts them right may go back.
    var routedByHand: Set<ApplicationName> = []
    /// Messages that a side had been handed when its consumers were seen paused.
    var pausedAt: [SideKey: Int] = [:]
    /// Consumers of exclusive subscriptions, with the fewest partitions of theirs.
    let exclusives: [ApplicationName: [String: Int]]
    var records: SupervisionLaw
    /// Looks at each application in the minute that began then, and since the last action for it.
    var looks: [ApplicationName: (since: Instant, count: Int)] = [:]
    /// Effects that this incarnation waits for, by what they are about.
    var awaited: [Awaited: (id: EffectID, since: Instant)] = [:]
    /// The requests that the engine of this incarnation was given last; nil before it was.
    var standing: [Request]?
    /// When anything was last done to the platform or pushed, by application.
    var lastDone: [ApplicationName: Instant] = [:]
    /// When accidents befell an application, under every name it ever has, and all of them, with what they leave behind.
    var accidents: [ApplicationName: [ClosedRange<Instant>]] = [:]
    var accidentsOfAll: [ClosedRange<Instant>] = []
    /// Applications whose rollout was on its way to a weight when they were looked at last, and when that was.
    var moving: Set<ApplicationName> = []
    var lookedAt: [ApplicationName: Instant] = [:]
    /// Since when a stable side that carries nothing has been left with its weight.
    var neglected: [ApplicationName: Instant] = [:]
    /// Whether this incarnation was told that another daemon leads.
    var isSuperseded = false
    /// Since when what comes up without a ladder has lacked a whole component, through no fault but its own.
    var coming: [ApplicationName: (attempt: Attempt, since: Instant)] = [:]
    /// Since when a fix has waited beside a dead side.
    var unfixed: [ApplicationName: Instant] = [:]
    /// Since when a candidate has kept what it took over from a stable side that carries its share again.
    var kept: [ApplicationName: Instant] = [:]
    /// The names that each application ever has.
    let names: [ApplicationName: Set<ApplicationName>]
    package var counts = Counts()

    /// How much was exercised; a checker that never had anything to check proves nothing.
    package struct Counts {
        package var actions = 0
        package var raises = 0
        package var retreats = 0
        package var teardowns = 0
        package var pushes = 0
        package var rollouts = 0
        package var timeouts = 0
    }

    /// What at most one effect may be under way for.
    enum Awaited: Hashable {
        case fetch, push, requests, collection
        case restoration(ApplicationName)
        case pass(ApplicationName)
        case gate(ApplicationName, String)
    }

    struct GateKey: Hashable {
        var application: ApplicationName
        var digest: Digest
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

    init(_ scenario: Scenario) {
        gates = scenario.gates
        records = SupervisionLaw(scenario)
        var exclusives: [ApplicationName: [String: Int]] = [:]
        for application in scenario.fleet {
            let partitions = scenario.topics.partitions(of: application)
            if partitions.isEmpty { continue }
            // A renamed one keeps what it takes from.
            for name in scenario.names(of: application.name) { exclusives[name] = partitions }
        }
        self.exclusives = exclusives
        names = Dictionary(
            scenario.fleet.map { ($0.name, scenario.names(of: $0.name)) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func broken(_ law: String, _ simulation: Simulation, _ message: String) {
        if violation == nil { violation = Violation(law: law, at: simulation.now, message: message) }
    }

    // MARK: What was heard

    mutating func delivered(_ observation: Observation, of name: ApplicationName, at now: Instant) {
        seen[name] = Seen(observation: observation, at: now)
    }

    /// A measurement counts for the release that stands on the side that was measured.
    mutating func note(_ result: GateResult, of run: GateRun, _ simulation: Simulation) {
        guard case .outcome(.passed, _) = result,
            simulation.world.digest(of: run.application, on: run.candidate) == run.attempt.digest
        else { return }
        passes[
            GateKey(application: run.application, digest: run.attempt.digest, stage: run.stage, gate: run.gate.name),
            default: 0] += 1
    }

    mutating func fetched(_ change: FleetChange, fleet: [ApplicationName: Application], head: Int) {
        takenUp.insert(head)
        // Of a manifest that cannot be read, what it said last holds.
        let last = fetchedFleet
        fetchedFleet = fleet
        for name in change.held.keys { fetchedFleet[name] = last[name] }
        for (name, application) in fetchedFleet {
            if application.activation == .inactive { deactivated.insert(name) } else { deactivated.remove(name) }
        }
        wasComplete = change.isComplete
    }

    mutating func edited(_ name: ApplicationName) { edited.insert(name) }

    /// What an accident does is nobody's breach: neither while it lasts, nor while what was decided before is carried out.
    mutating func disturbed(_ disturbance: Disturbance, at now: Instant) {
        if case .humanRoutes(let name, let flip) = disturbance {
            routedByHand.insert(name)
            for (side, weight) in [(Side.flip, flip), (.flop, 100 - flip)] {
                let key = SideKey(application: name, side: side)
                highest[key] = max(highest[key] ?? 0, weight)
            }
        }
        let until = now + disturbance.length + .minutes(10)
        // What there is no more room for stays so until all accidents end.
        let time =
            switch disturbance {
            case .quota: now...(now + .hours(2))
            default: now...until
            }
        if let name = disturbance.application {
            for name in names[name] ?? [name] { accidents[name, default: []].append(time) }
            excusedUntil[name] = max(excusedUntil[name] ?? until, until)
        } else {
            accidentsOfAll.append(time)
            allExcusedUntil = max(allExcusedUntil, until)
        }
    }

    func isExcused(_ name: ApplicationName, at now: Instant) -> Bool {
        now <= max(allExcusedUntil, excusedUntil[name] ?? now - .milliseconds(1))
    }
}
