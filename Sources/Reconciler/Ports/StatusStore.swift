package import Core

/// Where progress is kept and leadership is decided: the status branch.
package protocol StatusStore: Sendable {
    /// Raises the environment's epoch by compare-and-swap and reads every status. The epoch is higher than any
    /// that a `lead` or a push has ever shown, and two leaders never get the same one.
    func lead() async throws(EffectFailure) -> (epoch: Int, statuses: [Status])

    /// The same, only where whoever led has given the lead up: nil where somebody has it. Of several that ask at once one
    /// gets it. Asked again and again while standing by, so it is cheap where nobody has moved the branch.
    func takeOver() async throws(EffectFailure) -> (epoch: Int, statuses: [Status])?

    /// Commits these statuses together: all of them or none. `.accepted` only after the branch was read back and
    /// holds the commit; `.superseded`, with nothing pushed, where a higher epoch stands there. After `.failed` it
    /// may or may not have landed, and pushing the same again is harmless.
    func push(_ updates: [StatusUpdate], epoch: Int) async -> PushOutcome

    /// The epoch that stands there, where it is higher than `epoch`: asked with each poll of the manifests, so it is
    /// cheap where nobody else has moved the branch. May miss one now and then; a push never does.
    func newerEpoch(than epoch: Int) async throws(EffectFailure) -> Int?
}
