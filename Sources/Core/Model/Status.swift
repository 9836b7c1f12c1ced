/// The recorded progress of one Application, and what a person is told of it.
///
/// This is what the status branch holds: a daemon that has nothing else, and an observation, carries on from it.
/// It changes on transitions only. Live numbers come from observations.
package struct Status: Hashable, Sendable, Codable {
    package var application: ApplicationName
    /// The newest revision whose declaration of this application was taken up.
    package var observedRevision: Revision
    /// The revision whose declaration was last reached in full.
    package var appliedRevision: Revision?
    package var phase: Phase
    /// The side that serves now.
    @Indirect package var stable: Placement?
    /// The side that a rollout is moving to, or that holds a release dark.
    @Indirect package var candidate: Placement?
    /// The side that served before, kept for a rapid rollback. It and `candidate` never stand together.
    @Indirect package var retained: Retained?
    /// Where the candidate is on its ladder.
    @Indirect package var stage: StageProgress?
    /// How long what comes up outside a ladder may still take: a first deployment, or a release that is to wait dark. nil
    /// where none is on its way; one that did not come up in time keeps its deadline.
    @Indirect package var bringUp: StageClock?
    /// What the head declares and what is in flight keeps from beginning.
    @Indirect package var queued: QueuedRelease?
    /// The way back, while weight returns to the stable side.
    @Indirect package var rollback: RollbackProgress?
    /// Removal in progress, or done (a tombstone).
    @Indirect package var removal: Removal?
    /// The former name whose running sides are still to be adopted.
    package var adopting: ApplicationName?
    @Indirect package var waiting: Waiting?
    /// Sorted by type.
    package var conditions: [Condition]
    /// Attempts that failed or were aborted, the newest last; at most ``rejectedLimit``.
    package var rejected: [Rejection]
    /// What happened, the newest last.
    package var history: History
    /// What heads have declared of it so far; nil where an older daemon has not recorded it.
    @Indirect package var past: Past?
    /// Highest total capacity of the current or last rollout in percent of need.
    package var peakCapacity: Int?
    /// What was observed when something was last told; nothing builds on it.
    @Indirect package var live: LiveNumbers?

    package static let rejectedLimit = 8

    package init(application: ApplicationName, observedRevision: Revision, phase: Phase = .pending) {
        self.application = application
        self.observedRevision = observedRevision
        self.phase = phase
        conditions = []
        rejected = []
        history = History()
    }
}

/// What stands and serves, as it was observed when a status was told.
package struct LiveNumbers: Hashable, Sendable, Codable {
    /// Replicas of a component on a side.
    package struct Replicas: Hashable, Sendable, Codable {
        package var side: Side
        package var component: String
        package var ready: Int
        /// The floor that the platform was given.
        package var wanted: Int
    }

    /// The platform's clock.
    package var readAt: Instant
    /// Weights of the sides by the route, in percent; nil where there was no route.
    package var flip: Int?
    package var flop: Int?
    package var replicas: [Replicas]

    package init(_ observation: Observation) {
        readAt = observation.readAt
        let weights = observation.route?.route.weights
        (flip, flop) = (weights?[.flip], weights?[.flop])
        replicas = Side.allCases.flatMap { side in
            (observation.sides[side]?.components ?? []).map {
                Replicas(side: side, component: $0.name, ready: $0.ready, wanted: $0.floor)
            }
        }
    }

    /// A side's weight, in percent.
    package func weight(of side: Side) -> Int? { side == .flip ? flip : flop }
}

package enum Phase: String, Hashable, Sendable, CaseIterable, Codable {
    case pending = "Pending"
    case progressing = "Progressing"
    case paused = "Paused"
    case healthy = "Healthy"
    case degraded = "Degraded"
    case removing = "Removing"
    /// The tombstone of an application that was removed.
    case removed = "Removed"
}

/// What a release on a side is doing. The names are those of Temporal's worker versioning.
package enum ReleaseState: String, Hashable, Sendable, CaseIterable, Codable {
    case inactive = "Inactive"
    case ramping = "Ramping"
    case current = "Current"
    case draining = "Draining"
    case drained = "Drained"
}

/// A side that no longer serves and stays for a while.
package struct Retained: Hashable, Sendable, Codable {
    package var placement: Placement
    /// It is torn down at this time, and not before.
    package var until: Instant
    /// It served as the stable side until a newer release replaced it, so going back to it is a rollback. False for
    /// a candidate that was turned back and for a release that a rollback left.
    package var served: Bool

    package init(placement: Placement, until: Instant, served: Bool) {
        self.placement = placement
        self.until = until
        self.served = served
    }
}

package struct StageProgress: Hashable, Sendable, Codable {
    /// Position in the strategy's ladder, from 0.
    package var index: Int
    package var name: String
    /// The stage's weight in percent.
    package var weight: Int
    package var enteredAt: Instant
    /// When the weight was first observed in full; nil while it is still being made.
    package var heldSince: Instant?
    /// When the hold ends; nil until the weight is made.
    package var holdUntil: Instant?
    /// When the stage fails for want of progress.
    package var deadline: Instant
    /// Since when deadlines have stood still; nil while they run.
    package var pausedAt: Instant?
    /// Since when the rollout has been suspended or paused, and its hold stood still; nil while it is not.
    package var haltedAt: Instant?
    /// The stage's gates, in declared order, with what is known of each.
    package var gates: [GateProgress]
    /// Why the stage failed, where the strategy says to hold on failure; nothing rises until a new attempt.
    package var failure: String?
    /// Someone let it pass before its time.
    package var promotion: Promotion?
    /// Hold over and gates passed: nothing stands between it and the next stage but ceilings and pauses.
    package var passed: Bool

    package init(
        index: Int, name: String, weight: Int, enteredAt: Instant, deadline: Instant, gates: [GateProgress] = []
    ) {
        self.index = index
        self.name = name
        self.weight = weight
        self.enteredAt = enteredAt
        self.deadline = deadline
        self.gates = gates
        passed = false
    }
}

/// Somebody's word that a stage need not be held any longer.
package struct Promotion: Hashable, Sendable, Codable {
    package var by: String
    /// All stages that are left, and their gates.
    package var isFull: Bool

    package init(by: String, isFull: Bool) {
        self.by = by
        self.isFull = isFull
    }
}

/// What is known of one gate in one stage.
package struct GateProgress: Hashable, Sendable, Codable {
    package var name: String
    /// What it checks; nil in what older versions wrote, and where it is not declared.
    package var kind: Gate.Kind?
    /// Final for this stage; nil while it is open.
    package var verdict: GateOutcome?
    /// Evaluations so far, by outcome.
    package var passed: Int
    package var failed: Int
    package var inconclusive: Int
    package var errors: Int
    /// Inconclusive ones since the last that passed or failed; nil for none.
    package var unclear: Int?
    /// The last answer was that somebody else has to act first: an approval, a webhook, an evaluator.
    package var pending: Bool
    /// The latest measurement in words, with its threshold.
    package var detail: String?
    /// The latest value with its unit; nil where nothing was measured.
    package var measured: String?
    /// What the value is held against, in words.
    package var threshold: String?
    /// When it is evaluated next.
    package var nextAt: Instant?
    /// Who consented, where it asks for consent.
    package var approvedBy: [String]?

    package init(name: String, kind: Gate.Kind? = nil) {
        self.name = name
        self.kind = kind
        passed = 0
        failed = 0
        inconclusive = 0
        errors = 0
        pending = false
    }
}

/// A release that begins once what is in flight is over, however that ends.
package struct QueuedRelease: Hashable, Sendable, Codable {
    package var version: String
    /// The head that introduced it.
    package var introduced: Revision
    /// Whether it is to serve, or to wait dark.
    package var activation: Activation

    package init(version: String, introduced: Revision, activation: Activation) {
        self.version = version
        self.introduced = introduced
        self.activation = activation
    }

    /// What becomes of it: `1.3.0 begins when this is over`.
    package var words: String {
        activation == .active
            ? "\(version) begins when this is over" : "\(version) is brought up dark when this is over"
    }
}

package struct RollbackProgress: Hashable, Sendable, Codable {
    package enum Reason: String, Hashable, Sendable, CaseIterable, Codable {
        /// The candidate failed, or was aborted: it is rejected.
        case rejected = "Rejected"
        /// The declaration went back to the stable release.
        case reverted = "Reverted"
        /// A newer version wants the side.
        case superseded = "Superseded"
        /// The candidate was declared inactive.
        case deactivated = "Deactivated"
        /// The application is being removed.
        case removed = "Removed"
    }

    package var reason: Reason
    package var message: String
    package var since: Instant

    package init(reason: Reason, message: String, since: Instant) {
        self.reason = reason
        self.message = message
        self.since = since
    }
}

package struct Removal: Hashable, Sendable, Codable {
    /// When the declaration was found gone.
    package var since: Instant
    /// Nothing is torn down before.
    package var graceUntil: Instant
    /// When the last of it was observed gone; the status is then a tombstone.
    package var doneAt: Instant?
    /// The name it runs under now, where it was renamed rather than removed.
    package var renamedTo: ApplicationName?

    package init(since: Instant, graceUntil: Instant) {
        self.since = since
        self.graceUntil = graceUntil
    }
}

/// Why nothing is happening, or why it is slow, and what comes next.
package struct Waiting: Hashable, Sendable, Codable {
    package enum Reason: String, Hashable, Sendable, CaseIterable, Codable {
        case capacity = "Capacity"
        case capacityShortfall = "CapacityShortfall"
        case hold = "Hold"
        case gate = "Gate"
        case evaluation = "GateEvaluation"
        case until = "Until"
        case suspended = "Suspended"
        case paused = "Paused"
        case dependency = "Dependency"
        case contract = "Contract"
        case drain = "Drain"
        case retention = "Retention"
        case observation = "Observation"
        case status = "StatusPush"
        case failure = "Failure"
        case invalid = "InvalidDeclaration"
        case queued = "Queued"
        /// A namespace has no room for more.
        case quota = "Quota"
        case removal = "RemovalGrace"
        case propagation = "Propagation"
        case platform = "Platform"
        /// Never recorded: whoever reads a status beside the manifests finds that something else is declared.
        case notTakenUp = "NotTakenUp"
    }

    package var reason: Reason
    /// One sentence: on whom or what, measured value and threshold where there are any.
    package var message: String
    /// When it ends or is looked at again, where that is known.
    package var until: Instant?
    /// Since when it has waited for this reason.
    package var since: Instant?

    package init(_ reason: Reason, _ message: String, until: Instant? = nil) {
        self.reason = reason
        self.message = message
        self.until = until
    }
}

/// As Kubernetes users know it.
package struct Condition: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        /// The declaration in force is the head's, and the head's is valid.
        case declarationValid = "DeclarationValid"
        /// The platform can be observed and obeys.
        case platformReachable = "PlatformReachable"
        /// The declared release serves.
        case ready = "Ready"
        /// The stable side is as large and as healthy as declared.
        case stableHealthy = "StableHealthy"
    }

    package var type: Kind
    package var status: Bool
    /// One CamelCase word.
    package var reason: String
    package var message: String
    package var lastTransitionTime: Instant

    /// For the rewriting that led to which head a removal is held; nil of every other condition.
    package var rewrittenTo: Revision?

    /// The reason of ``Kind/declarationValid`` where nothing is to be said of it.
    package static let valid = "Valid"
    /// The reason of ``Kind/declarationValid`` where the head does not declare the application, and it stays.
    package static let notDeclared = "NotDeclared"

    package init(type: Kind, status: Bool, reason: String, message: String, lastTransitionTime: Instant) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
    }
}

package struct Rejection: Hashable, Sendable, Codable {
    package var attempt: Attempt
    package var version: String
    package var reason: String
    package var at: Instant
    /// Who asked for it to be tried again; it does not block any more.
    package var retriedBy: String?
    /// The commit that restores the stable release in the manifest, where the strategy asks for one.
    package var restoration: Restoration?

    /// What became of a restoring commit.
    package enum Restoration: String, Hashable, Sendable, CaseIterable, Codable {
        /// It is to be pushed.
        case pending = "Pending"
        /// It stands on the manifest branch.
        case pushed = "Pushed"
        /// The manifest branch refused it; it stands on a branch of its own for somebody to merge.
        case proposed = "Proposed"
        /// The manifest does not declare the rejected release any more.
        case moot = "Moot"
        /// It cannot be made; the history says why.
        case impossible = "Impossible"
    }

    package init(attempt: Attempt, version: String, reason: String, at: Instant) {
        self.attempt = attempt
        self.version = version
        self.reason = reason
        self.at = at
    }
}
