package import Core

/// What the simulated platform needs to know to evaluate a gate: a ``Core/GateRun`` as it goes over the wire.
package struct GateQuestion: Hashable, Sendable, Codable {
    /// What the application is called in the world.
    package var application: ApplicationName
    package var gate: Gate
    /// The release that is to be measured; anything else on the side is not.
    package var digest: Digest
    package var candidate: Side
    /// Since when the candidate has held its weight; nothing before that is measured.
    package var heldSince: Instant?

    /// - Parameters:
    ///   - run: what is asked.
    ///   - name: what the application is called in the world, where that is not its name.
    package init(_ run: GateRun, as name: ApplicationName? = nil) {
        application = name ?? run.application
        gate = run.gate
        digest = run.attempt.digest
        candidate = run.candidate
        heldSince = run.heldSince
    }
}
