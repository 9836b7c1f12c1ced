/// One idempotent change to the world: it says what should be, so that doing it twice is doing it once.
package enum Action: Hashable, Sendable, Codable {
    /// Provision `release` on `side`, dark, with at least `floors` replicas of each component. Replaces whatever
    /// release stood there; the platform stamps the side with the digest and the epoch.
    case deploy(side: Side, namespace: String, release: Release, digest: Digest, floors: [String: Int])
    /// Set the autoscaler's floor of components on a side.
    case scale(side: Side, floors: [String: Int])
    /// Set where work goes; nil removes the route, and then nothing serves.
    case route(Route?)
    /// Remove everything that stands on a side.
    case teardown(side: Side)
    /// Take over everything that runs under a former name of the application.
    case adopt(from: ApplicationName)
}

/// Identifies an action across retries and restarts.
package struct ActionKey: Hashable, Sendable, Codable {
    package var application: ApplicationName
    /// Where the application is that: a name means something in an environment. nil in the one that is called
    /// ``standardEnvironment``, as in keys that were written before there were others.
    package var environment: String?
    /// Release that the action serves; nil for removal.
    package var digest: Digest?
    /// Stage's index, or -1 outside a ladder.
    package var stage: Int
    /// What it is for, in a few words: `deploy flop`, `weight flop 10`.
    package var purpose: String
    /// Number of the action within the stage, from 0: a retry or a correction is an action of its own.
    package var attempt: Int
    /// Leadership under which it was issued.
    package var epoch: Int
    /// Position among the actions of this leadership. A platform refuses what is older than what it has seen for the
    /// application, by (epoch, sequence), so that an action that was delayed cannot undo a later one.
    package var sequence: Int

    package init(
        application: ApplicationName, digest: Digest?, stage: Int, purpose: String, attempt: Int, epoch: Int,
        sequence: Int, environment: String? = nil
    ) {
        self.application = application
        self.environment = environment == Self.standardEnvironment ? nil : environment
        self.digest = digest
        self.stage = stage
        self.purpose = purpose
        self.attempt = attempt
        self.epoch = epoch
        self.sequence = sequence
    }
}

extension ActionKey {
    /// The environment of whoever names none.
    package static let standardEnvironment = "default"
}

extension ActionKey: CustomStringConvertible {
    /// One line, different for any two actions; the supervision record's id.
    package var description: String {
        "\(environment.map { "\($0)/" } ?? "")\(application)/\(digest?.short ?? "-")/\(stage)/\(purpose)/\(attempt)@\(epoch).\(sequence)"
    }
}

/// A platform's acknowledgement of an action.
package struct Receipt: Hashable, Sendable, Codable {
    /// The platform's clock when the action took effect. Observations read before it are out of date.
    package var at: Instant

    package init(at: Instant) {
        self.at = at
    }
}
