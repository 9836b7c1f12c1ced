package import Core

/// An engine with one bug, in the style of real ones. Each shows that a law is not vacuous: some seed must catch it.
///
/// A mutant stands between the shell and a correct engine and distorts what goes in or comes out, so that the product
/// carries no switches for its tests.
package enum Mutant: String, CaseIterable, Sendable {
    /// Weight jumps to 100 at the first stage (traffic to a side with too few ready replicas).
    case weightAheadOfCapacity
    /// The stable side is scaled to one replica as soon as the candidate gets weight.
    case stableScaledDownEarly
    /// The stable side is scaled to one replica whenever a rollback begins.
    case stableScaledDownOnRollback
    /// Weights of a rollback are dropped: weight is not restored after an abort.
    case weightNotRestored
    /// Every push counts as accepted, landed or not.
    case pushBelieved
    /// Nothing waits for a push: pushes are answered before they are made.
    case pushForgotten
    /// Gates that have no data count as passed.
    case noDataPasses
    /// Gates that failed count as passed.
    case failurePasses
    /// Every gate is said to have passed at once, without being evaluated.
    case gatesSkipped
    /// Old observations are given out as new ones.
    case observationCached
    /// Sides are told to be fully ready whatever they are.
    case readinessAssumed
    /// A side that is being drained is torn down at once.
    case retentionIgnored
    /// What is missing is pruned from incomplete trees too.
    case prunesIncompleteTree
    /// Rejections are forgotten at a restart, on the branch and on the route.
    case rejectionForgotten
    /// A manifest that was touched has no past: every head that changes its file begins anew.
    case historyByPath
    /// After a rollback the rejected release is tried again.
    case rejectionRetried
    /// A second version in one rollout is never taken up.
    case secondVersionStuck
    /// A revert is only noticed once the rollout is over.
    case revertIgnored
    /// One application that fails stops all others.
    case failureStopsOthers
    /// Wakes are lost after the first hour: holds never end.
    case sleepsForever
    /// The status says that the stage's weight is held as soon as the stage is entered.
    case statusClaimsWeight
    /// What serves is said to be short in the conditions alone.
    case conditionsContradict
    /// The route of an application is removed when its rollout ends.
    case routeRemoved
    /// Every look at rest repeats the last action although nothing differs.
    case neverQuiet
    /// A teardown goes to the other side.
    case wrongSideTornDown
    /// Work in flight is not waited for.
    case inFlightIgnored
    /// Once in a rollout that rises, weight falls back to nothing.
    case weightWobbles
    /// The last component of a release is left out when it is deployed.
    case componentLeftOut
    /// A retry has the key of the attempt before.
    case keysRepeated
    /// An action that nobody answers is waited for for ever.
    case lostActionAwaited
    /// Nothing is cut off the history.
    case historyGrows
    /// Pauses are not heeded.
    case pauseIgnored
    /// Aborts are not heeded.
    case abortIgnored
    /// Nobody is said to have asked for anything until the branch was read.
    case requestsAssumed
    /// An approval counts for whatever is rolled out now.
    case approvalCarriedOver
    /// A promotion counts for whatever is rolled out now, and for all stages.
    case promotionCarriedOver
    /// The last good measurement of a gate counts for the next release too.
    case gateResultReused
    /// Analyses look at the stable side.
    case wrongSideMeasured
    /// The manifest is restored before the rejection is recorded.
    case restoredUnrecorded
    /// One consumer of a release without weight takes messages.
    case inactiveConsumes
    /// As many consumers of both releases take messages as of one that has all.
    case twoReleasesConsume
    /// Consumers that should have stopped count as stopped.
    case drainedAssumed
    /// The other side's consumers are deactivated before any has taken over.
    case deactivatedEarly
    /// While a gate is being evaluated nothing else is done.
    case gateStopsOthers
    /// A release for which the status branch was waited is recorded as one that made no progress.
    case gitBlamed
    /// What earlier heads declared is forgotten at a restart.
    case pastForgotten
    /// All rollouts are begun at once, however many can be looked after.
    case allBegun
    /// A daemon that was told that another leads goes on all the same.
    case leadKept
    /// A daemon that stood by does not take the lead that is given to it again.
    case leadNotRetaken
    /// What is declared has no deadlines.
    case deadlineForgotten
    /// What is declared while a rejected release gives its weight back is not taken up.
    case fixIgnored
}

/// The engine under a mutation.
package struct MutantEngine: SimulatedEngine {
    let mutant: Mutant
    var engine: Engine
    var cached: [ApplicationName: Observation] = [:]
    var lastAction: [ApplicationName: (Action, ActionKey)] = [:]
    var observing: [EffectID: ApplicationName] = [:]
    var evaluating: [EffectID: GateRun] = [:]
    var started: Instant?
    var hasFailed = false
    var unanswered: [EffectID: ApplicationName] = [:]
    var history: [ApplicationName: [HistoryEntry]] = [:]
    var standing: [Request] = []
    var approvals: [Request] = []
    var hasAssumed = false
    var hasWobbled: Set<Attempt> = []
    var goodResults: [String: GateResult] = [:]
    var extra = 1_000_000
    /// Since when every push has failed.
    var refusedSince: Instant?
    var lastSeen: Instant?
    /// Looks under way, and those that wait for them, where the engine believes that there is room for all.
    var looking: Set<EffectID> = []
    var unlooked: [(id: EffectID, name: ApplicationName, since: Instant)] = []
    let looksAtOnce: Int
    var hasLed = false

    package init(_ mutant: Mutant, _ configuration: EngineConfiguration) {
        self.mutant = mutant
        looksAtOnce = configuration.concurrency
        var configuration = configuration
        if mutant == .allBegun { configuration.concurrency = 1000 }
        engine = Engine(configuration: configuration)
    }

    package var isQuiescent: Bool { engine.isQuiescent }
    package var applications: [ApplicationName] { engine.applications }
    package func status(of name: ApplicationName) -> Status? { engine.status(of: name) }

    package var nextWake: Instant? {
        mutating get {
            if mutant == .failureStopsOthers, hasFailed { return nil }
            let wake = engine.nextWake
            if mutant == .sleepsForever, let started, let wake, wake > started + .minutes(20) { return nil }
            return wake
        }
    }

    package mutating func handle(_ event: Event, at now: Instant) -> [Command] {
        if started == nil { started = now }
        heedPush(event, now)
        let seen = observedName(event)
        if mutant == .allBegun, case .observed(let id, _) = event { looking.remove(id) }
        guard let distorted = distort(event) else { return [] }
        var commands = engine.handle(distorted, at: now)
        var result: [Command] = []
        while !commands.isEmpty {
            let command = commands.removeFirst()
            if isWithheld(command) { continue }
            switch distort(command) {
            case .asIs: result.append(command)
            case .replaced(let others): result.append(contentsOf: others)
            case .answered(let answer, let others):
                result.append(contentsOf: others)
                commands.append(contentsOf: engine.handle(answer, at: now))
            }
        }
        if let again = repetition(after: seen, result) { result.append(again) }
        return result + nextLooks(now)
    }
}
