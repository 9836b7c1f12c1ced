/// What a person asks of one rollout, or of the whole fleet: a file on the requests branch, there until it is taken
/// back or the rollout that it is bound to has ended.
///
/// A request is level-triggered as everything is: it stands or it does not. What it brought about is recorded in the
/// status, so that nothing happens twice for it.
package struct Request: Hashable, Sendable, Codable {
    package enum Verb: String, Hashable, Sendable, CaseIterable, Codable {
        /// Hold the rollout where it is; without an application, hold every rollout. Taken back by removing it.
        case pause
        /// Skip what is left of the stage's hold, or every stage that is left.
        case promote
        /// Go back to the stable release and remember the rejection.
        case abort
        /// Try a rejected or failed release again.
        case retry
        /// Consent to a gate.
        case approve
    }

    /// Names the request on its branch: the path of its file.
    package var id: String
    package var verb: Verb
    /// nil for the whole fleet, which only ``Verb/pause`` can be asked of.
    package var application: ApplicationName?
    /// The attempt that it is bound to; it is ignored for any other. nil for the fleet.
    package var attempt: Attempt?
    /// The stage's name, for `promote` and `approve`.
    package var stage: String?
    /// The gate's name, for `approve`.
    package var gate: String?
    /// `promote`: all stages.
    package var isFull: Bool
    package var reason: String?
    /// The author of the commit that made it.
    package var by: String
    /// Whether that commit was signed and the signature was checked.
    package var isVerified: Bool

    package init(
        id: String, verb: Verb, application: ApplicationName?, attempt: Attempt?, stage: String? = nil,
        gate: String? = nil, isFull: Bool = false, reason: String? = nil, by: String, isVerified: Bool = false
    ) {
        self.id = id
        self.verb = verb
        self.application = application
        self.attempt = attempt
        self.stage = stage
        self.gate = gate
        self.isFull = isFull
        self.reason = reason
        self.by = by
        self.isVerified = isVerified
    }

    /// Whether it is bound to this attempt.
    ///
    /// A history that was rewritten, or a new name, introduces the same release at another commit; a pause, a promotion
    /// and a consent stay what they are. An abort and a retry are about one attempt and no other.
    package func concerns(_ other: Attempt) -> Bool {
        guard let attempt else { return false }
        switch verb {
        case .pause, .promote, .approve: return attempt.digest == other.digest && attempt.retry == other.retry
        case .abort, .retry: return attempt == other
        }
    }

    /// Who asked, so that one person is one: the address in lower case, whatever name stands before it.
    package var person: String {
        guard let begin = by.lastIndex(of: "<"), let end = by.lastIndex(of: ">"), begin < end else {
            return by.lowercased()
        }
        return by[by.index(after: begin)..<end].lowercased()
    }

    /// Who asked and why, in words: `Ada Lovelace (unverified): checkout is failing`.
    package var origin: String {
        by + (isVerified ? "" : " (unverified)") + (reason.map { ": \($0)" } ?? "")
    }
}

/// What a look at the requests branch found.
package enum RequestsOutcome: Hashable, Sendable {
    /// It stands where it stood.
    case unchanged
    /// All requests that stand now. None where there is no such branch.
    case standing([Request])
    /// It could not be read: what stood keeps standing.
    case failed(EffectFailure)
}
