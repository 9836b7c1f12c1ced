package import Core
package import Signal

/// Where what machines are told is kept for those that the daemon has no stream to.
package protocol ElevationArchive: Sendable {
    /// Keeps all that these machines are told under an epoch, in place of what was kept of them. What was kept under a
    /// higher epoch stays.
    func store(_ elevations: [String: MachineElevations], epoch: Int) async throws(EffectFailure)

    /// What is kept of a machine; nil where nothing is.
    func load(_ machine: String) async throws(EffectFailure) -> MachineElevations?
}
