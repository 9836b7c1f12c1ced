package import Core

/// What the loop drives: the engine, or a script in its place.
package protocol Machine: Sendable {
    /// The epoch under which it acts; nil while it does not lead.
    var epoch: Int? { get }
    /// The higher epoch that it stands by for.
    var supersededBy: Int? { get }
    var revision: Revision? { get }
    var fetchFailure: EffectFailure? { get }
    var pushFailure: EffectFailure? { get }
    /// When a tick is wanted at the latest; nil for never.
    var nextWake: Instant? { mutating get }
    /// Nothing is left to do now.
    var isQuiescent: Bool { get }
    /// Why nothing gets on any more, as long as the platform does not answer otherwise.
    var impasse: EffectFailure? { get }
    /// Names of all applications that are known, sorted.
    var applications: [ApplicationName] { get }

    func status(of name: ApplicationName) -> Status?
    mutating func handle(_ event: Event, at now: Instant) -> [Command]
}

extension Engine: Machine {}
