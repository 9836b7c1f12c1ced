/// Identifies one issued command, so that its result can be told from a late one. Never reused within a process.
package typealias EffectID = Int

/// What the shell tells the engine: that something may have changed, and the results of what it was asked to do.
///
/// Losing, repeating or delaying any of these changes when something is decided, never what.
package enum Event: Sendable {
    /// Leadership was taken under `epoch`, and these are the statuses found on the status branch.
    case led(epoch: Int, statuses: [Status])
    /// A higher epoch than our own stands on the status branch: another daemon acts, this one stands by.
    case superseded(epoch: Int)
    /// Someone says that the manifest repository has changed (a webhook, a signal): look now.
    case poke
    /// The time given by ``Engine/nextWake`` has come.
    case tick
    case fetched(EffectID, FetchOutcome)
    case observed(EffectID, Result<Observation, EffectFailure>)
    case performed(EffectID, Result<Receipt, EffectFailure>)
    case evaluated(EffectID, GateResult)
    case pushed(EffectID, PushOutcome)
    case requestsRead(EffectID, RequestsOutcome)
    /// Spent requests were removed, or not: what still stands is found at the next look.
    case collected(EffectID)
    case restored(EffectID, RestoreOutcome)
}

/// What the engine asks of the shell. Each is answered by the event of the same effect id; where no answer comes in
/// time, the engine goes on without it.
package enum Command: Hashable, Sendable {
    /// Read the manifest repository and decode what changed.
    case fetch(EffectID)
    case observe(EffectID, ApplicationName)
    /// Record the key, perform the action, complete the record.
    case perform(EffectID, Action, ActionKey)
    case evaluate(EffectID, GateRun)
    /// Read the requests branch.
    case readRequests(EffectID)
    /// Remove requests that have nothing more to say, as a compare-and-swap.
    case collect(EffectID, [Request])
    /// Commit to the manifest branch what restores a release, if the head still declares the one that was rejected.
    case restore(EffectID, RestoreOrder)
    /// Commit these statuses to the status branch in one commit and push it, as a compare-and-swap.
    case push(EffectID, [StatusUpdate])
}

/// What a look at the manifest repository found.
package enum FetchOutcome: Sendable {
    /// The branch stands where it stood.
    case unchanged
    case changed(FleetChange)
    /// Nothing could be read, or nothing that may be acted on: an unreachable remote, a deleted branch, an empty
    /// repository. What was declared stays declared.
    case failed(EffectFailure)
}

/// How the declared fleet changed. Only applications whose declaration changed, or one of the things it refers to,
/// are listed; after a (re)start all are.
package struct FleetChange: Sendable {
    package var revision: Revision
    /// Whether what is missing may be pruned: every file decoded, and the head is a descendant of the one before.
    package var isComplete: Bool
    /// Why it may not, in words that stay the same as long as the reason does.
    package var obstacle: String?
    /// Whether that is that the head does not come after what was taken up before.
    package var isRewritten = false
    package var declared: [Declaration]
    /// Applications that are present but invalid, or that depend on something invalid, with the first finding.
    /// They keep their last good declaration.
    package var held: [ApplicationName: String]
    /// Applications that the head no longer declares.
    package var gone: [ApplicationName]
    /// After a (re)start: every application that the head names. Recorded ones that are not among them are gone.
    package var isFull: Bool
    /// Every namespace that the head declares, by name; nil where they are as they were.
    package var namespaces: [String: Namespace]?

    package init(
        revision: Revision, isComplete: Bool, declared: [Declaration], held: [ApplicationName: String] = [:],
        gone: [ApplicationName] = [], isFull: Bool = false, namespaces: [String: Namespace]? = nil,
        obstacle: String? = nil
    ) {
        self.obstacle = obstacle
        self.namespaces = namespaces
        self.revision = revision
        self.isComplete = isComplete
        self.declared = declared
        self.held = held
        self.gone = gone
        self.isFull = isFull
    }
}

/// Why an effect did not do what was asked. The message is one sentence for people.
package struct EffectFailure: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Refused because a higher epoch has acted.
        case staleEpoch
        /// No answer within the effect's deadline; it may or may not have happened.
        case timedOut
        /// The other side could not be reached; it did not happen, or the answer was lost.
        case unreachable
        /// The other side understood and said no.
        case refused
        /// The thing that the effect is about does not exist.
        case notFound
    }

    package var kind: Kind
    package var message: String
    /// For how long the other side wants not to be asked again; it counts where it is longer than the pause would be.
    package var retryAfter: Span?

    package init(_ kind: Kind, _ message: String, retryAfter: Span? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfter = retryAfter
    }
}

/// One evaluation of a gate: a measurement, a test run, a question.
package struct GateRun: Hashable, Sendable {
    package var application: ApplicationName
    package var gate: Gate
    package var attempt: Attempt
    package var version: String
    /// The revision that the release was taken up from; files that the gate names are read there.
    package var revision: Revision
    package var stage: String
    package var candidate: Side
    /// Namespace of the candidate side.
    package var namespace: String
    /// What the candidate is compared with; nil where nothing else serves.
    package var stable: Stable?
    /// The application's first service component; nil where it has none.
    package var service: String?
    /// Weight on the candidate when it was asked.
    package var weight: Int
    /// Since when the candidate has held it; nil before it has.
    package var heldSince: Instant?

    package struct Stable: Hashable, Sendable {
        package var side: Side
        package var namespace: String
        package var version: String

        package init(side: Side, namespace: String, version: String) {
            self.side = side
            self.namespace = namespace
            self.version = version
        }
    }

    package init(
        application: ApplicationName, gate: Gate, attempt: Attempt, version: String, revision: Revision,
        stage: String, candidate: Side, namespace: String, stable: Stable?, service: String?, weight: Int,
        heldSince: Instant?
    ) {
        self.application = application
        self.gate = gate
        self.attempt = attempt
        self.version = version
        self.revision = revision
        self.stage = stage
        self.candidate = candidate
        self.namespace = namespace
        self.stable = stable
        self.service = service
        self.weight = weight
        self.heldSince = heldSince
    }
}

package enum GateResult: Hashable, Sendable {
    /// An outcome with what was measured and what it was held against, in words.
    case outcome(GateOutcome, detail: GateReading)
    /// Not decided yet, by no fault of the release: an approval not given, a webhook that says not yet.
    case pending(detail: String)
    /// Nothing here can evaluate such a gate.
    case unavailable(detail: String)
}

/// A commit that Sluice itself makes to the manifests, where a strategy asks for it.
package struct RestoreOrder: Hashable, Sendable {
    package var application: ApplicationName
    /// What failed; nothing is committed unless the head declares it.
    package var rejected: Attempt
    package var rejectedVersion: String
    /// What the manifest is to declare again.
    package var stable: DeclaredRelease
    /// A revision that declared it.
    package var revision: Revision
    /// Why, in a sentence.
    package var reason: String

    package init(
        application: ApplicationName, rejected: Attempt, rejectedVersion: String, stable: DeclaredRelease,
        revision: Revision, reason: String
    ) {
        self.application = application
        self.rejected = rejected
        self.rejectedVersion = rejectedVersion
        self.stable = stable
        self.revision = revision
        self.reason = reason
    }
}

package enum RestoreOutcome: Hashable, Sendable {
    /// The manifest branch was read back and holds the commit.
    case pushed
    /// The manifest branch refused the push; the commit stands on this branch.
    case proposed(branch: String)
    /// The head does not declare the rejected release.
    case moot
    /// It cannot be made, now or later; why.
    case impossible(String)
    case failed(EffectFailure)
}

/// A status to be committed.
package struct StatusUpdate: Hashable, Sendable {
    package var status: Status
    /// What happened, in one line without the application's name: `flop 10% (stage 2/4, 4.2.0)`.
    package var summary: String

    package init(status: Status, summary: String) {
        self.status = status
        self.summary = summary
    }
}

package enum PushOutcome: Hashable, Sendable {
    /// The ref was read back and holds the commit.
    case accepted
    /// A higher epoch stands on the branch; nothing was pushed.
    case superseded(epoch: Int)
    case failed(EffectFailure)
}
