package import Core

/// A durable note of each action, made before it is performed.
///
/// The journal is for finding out that something was left hanging; decisions rest on what is observed, so losing the
/// whole of it loses nothing.
package protocol ActionJournal: Sendable {
    /// Notes that the action is about to be performed. Durable when it returns; an action whose note could not be
    /// made is not performed. Recording a key again is harmless.
    func record(_ key: ActionKey, at now: Instant) async throws(EffectFailure)

    /// Notes that the action was answered. A key that was never recorded is ignored.
    func complete(_ key: ActionKey, at now: Instant) async throws(EffectFailure)

    /// Keys, as text, that were recorded, not completed, and not given up yet; the oldest first.
    func outstanding() async throws(EffectFailure) -> [String]

    /// Ends the records whose time is up at `now` and returns their keys. Each is returned exactly once, in this
    /// process or any later one.
    func expire(at now: Instant) async throws(EffectFailure) -> [String]
}
