package import Core
package import Simulator

/// What happens in one run, as data: a fleet, what people do to it and when, which faults are allowed, and for how long.
/// It follows from its seed; a shrunk one leaves some of its steps and faults out.
package struct Scenario {
    package struct Step: CustomStringConvertible {
        /// Since the start.
        package var at: Span
        package var deed: Deed
        package var description: String { "\(at) \(deed)" }

        package init(at: Span, deed: Deed) {
            self.at = at
            self.deed = deed
        }
    }

    /// What people, and accidents, do.
    package enum Deed: CustomStringConvertible {
        case newVersion(String, faults: [SimulatedFault])
        /// A new version that is declared inactive.
        case darkVersion(String)
        case revert(String)
        case setActivation(String, Activation)
        case suspend(String, Bool)
        case until(String, String?)
        case replicas(String, Int)
        case editStrategy(String)
        case remove(String)
        case add(String)
        case rename(String, to: String)
        /// The commit that renamed an application is reverted.
        case takeBackRename(of: String, to: String)
        case breakManifest(String)
        case mendManifest(String)
        /// Somebody asks something of the rollout that the status branch shows.
        case ask(String, Request.Verb, full: Bool)
        case resume(String)
        case pauseFleet(Bool)
        /// Whoever is asked for consent gives it, from now on.
        case approvePending
        /// Somebody gives the manifest another place, and changes nothing else.
        case move(String)
        /// A colleague whose clone is some commits old merges and pushes, so that what he had committed is the merge's
        /// first parent: a note, or another strategy of an application.
        case mergeOlder(String?)
        case rewriteHistory
        /// The git server refuses pushes of the status branch, until it is told otherwise.
        case refuseStatuses(Bool)
        /// Another daemon takes the lead, and does nothing with it until it leaves.
        case otherLeads(Bool)
        case disturb(Disturbance)
        case crash

        /// The application that it is about; nil where it is about all.
        package var application: ApplicationName? {
            switch self {
            case .newVersion(let name, _), .darkVersion(let name), .revert(let name), .setActivation(let name, _),
                .suspend(let name, _),
                .until(let name, _), .replicas(let name, _), .editStrategy(let name), .remove(let name),
                .add(let name), .rename(let name, _), .breakManifest(let name), .mendManifest(let name),
                .ask(let name, _, _), .resume(let name), .move(let name), .takeBackRename(let name, _):
                name
            case .mergeOlder(let name): name
            case .disturb(let disturbance): disturbance.application
            case .rewriteHistory, .crash, .pauseFleet, .approvePending, .refuseStatuses, .otherLeads: nil
            }
        }

        package var description: String {
            switch self {
            case .newVersion(let name, let faults): "new version of \(name)\(faults.isEmpty ? "" : " (\(faults))")"
            case .darkVersion(let name): "new version of \(name), dark"
            case .revert(let name): "revert \(name)"
            case .setActivation(let name, let activation): "\(name) \(activation)"
            case .suspend(let name, let on): "\(on ? "suspend" : "resume") \(name)"
            case .until(let name, let stage): "\(name) until \(stage ?? "-")"
            case .replicas(let name, let count): "\(name) replicas \(count)"
            case .editStrategy(let name): "edit the strategy of \(name)"
            case .remove(let name): "remove \(name)"
            case .add(let name): "declare \(name) again"
            case .rename(let name, let to): "rename \(name) to \(to)"
            case .takeBackRename(let name, let to): "take back that \(name) is renamed to \(to)"
            case .breakManifest(let name): "break the manifest of \(name)"
            case .mendManifest(let name): "mend the manifest of \(name)"
            case .ask(let name, let verb, let isFull): "\(verb.rawValue)\(isFull ? " all of" : "") \(name)"
            case .resume(let name): "take back the pause of \(name)"
            case .pauseFleet(let on): on ? "pause the fleet" : "let the fleet go on"
            case .approvePending: "approve what is pending"
            case .move(let name): "move the manifest of \(name)"
            case .mergeOlder(let name): "merge from an older clone\(name.map { " another strategy of \($0)" } ?? "")"
            case .rewriteHistory: "rewrite history"
            case .refuseStatuses(let on): "the status branch is \(on ? "closed" : "open again")"
            case .otherLeads(let on): on ? "another daemon leads" : "the other daemon leaves"
            case .disturb(let disturbance): "\(disturbance)"
            case .crash: "crash"
            }
        }
    }

    package var seed: UInt64
    package var fleet: [Application]
    package var gates: [String: Gate]
    package var steps: [Step]
    /// Faults that may happen until ``faultsEnd``, each with its chance per mille and effect.
    package var faults: [Fault]
    /// Faults that always befall one application's effects, whatever the chance, also after ``faultsEnd``.
    package var aimed: [ApplicationName: Set<Fault>] = [:]
    /// The platform adds replicas as load rises.
    package var autoscales = false
    /// The manifest branch takes commits by way of other branches only.
    package var isProtected = false
    /// Every effect takes the same time, so that what differs between two runs is not chance.
    package var isSteady = false
    /// Looks and actions that the daemon has under way at once.
    package var looksAtOnce = EngineConfiguration().concurrency
    /// How long each look takes until ``faultsEnd``; zero for moments.
    package var looksTake = Span.zero
    /// When faults and accidents stop and the liveness phase begins.
    package var faultsEnd: Span
    /// When everything that can be reached has to be.
    package var end: Span

    /// Topics of the fleet's consumers, by name.
    package var topics: [String: Topic] = [:]
    /// Whether the platform says how many partitions a subscription has; the manifests do in any case.
    package var platformCountsPartitions = true

    /// The names that an application ever has.
    func names(of application: ApplicationName) -> Set<ApplicationName> {
        steps.reduce(into: [application]) { names, step in
            if case .rename(let name, let to) = step.deed, names.contains(name) { names.insert(to) }
        }
    }

    /// The platform that it plays on.
    var world: WorldConfiguration {
        var configuration = WorldConfiguration()
        configuration.topics = topics
        configuration.countsPartitions = platformCountsPartitions
        if autoscales {
            var autoscaler = Autoscaler()
            autoscaler.interval = .seconds(30)
            autoscaler.stabilisation = .minutes(1)
            configuration.autoscaler = autoscaler
        }
        return configuration
    }

    package init(
        seed: UInt64, fleet: [Application], gates: [String: Gate] = [:], steps: [Step], faults: [Fault] = [],
        faultsEnd: Span = .minutes(75), end: Span = .hours(5)
    ) {
        self.seed = seed
        self.fleet = fleet
        self.gates = gates
        self.steps = steps
        self.faults = faults
        self.faultsEnd = faultsEnd
        self.end = end
    }
}

/// The fault catalogue of effects. Accidents of the platform are ``Disturbance``s.
package enum Fault: String, CaseIterable, Sendable {
    case fetchFails, fetchHangs
    case observationLost, observationLate, observationStale
    case actionRefused, actionLost, actionLate, actionDuplicated, actionAnsweredWithError, actionPartlyApplied
    case pushFails, pushLosesRace, pushLandsUnseen
    case gateErrors, gateHangs
    case crashBeforeEffect, crashAfterEffect, crashDuringRecovery
    case clockJumps

    /// Chance per mille for each effect that it could befall.
    package var perMille: Int {
        switch self {
        case .crashBeforeEffect, .crashAfterEffect: 8
        case .crashDuringRecovery: 150
        case .clockJumps: 300
        case .fetchHangs, .gateHangs: 10
        case .pushFails, .pushLosesRace, .gateErrors: 150
        case .observationLost, .observationLate, .observationStale: 15
        default: 60
        }
    }
}

extension Disturbance {
    /// The application that it befalls; nil where it befalls a namespace or the platform.
    var application: ApplicationName? {
        switch self {
        case .crash(let name, _, _), .unready(let name, _, _), .neverReady(let name, _, _), .lie(let name, _, _),
            .freeze(let name, _), .humanScales(let name, _, _), .humanRoutes(let name, _),
            .humanDeletes(let name, _), .surge(let name, _, _), .sidecarDown(let name, _, _),
            .sidecarStale(let name, _, _), .sidecarSplit(let name, _, _), .deactivationIgnored(let name, _, _),
            .slowDrain(let name, _, _), .reportsLost(let name, _, _), .backlog(let name, _):
            name
        case .quota, .nodesExhausted, .clockSet: nil
        }
    }

    /// How long it lasts; zero for what is over at once.
    var length: Span {
        switch self {
        case .unready(_, _, let span), .neverReady(_, _, let span), .lie(_, _, let span), .freeze(_, let span),
            .nodesExhausted(_, let span), .surge(_, _, let span), .sidecarDown(_, _, let span),
            .sidecarStale(_, _, let span), .sidecarSplit(_, _, let span), .deactivationIgnored(_, _, let span),
            .slowDrain(_, _, let span), .reportsLost(_, _, let span):
            span
        case .crash, .quota, .humanScales, .humanRoutes, .humanDeletes, .clockSet, .backlog: .zero
        }
    }
}
