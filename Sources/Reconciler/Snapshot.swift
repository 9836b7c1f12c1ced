package import Core

/// What the loop knows at one moment: the read side of the API and the command line.
package struct Snapshot: Sendable {
    package var at: Instant
    package var epoch: Int?
    /// The higher epoch that this daemon stands by for.
    package var supersededBy: Int?
    /// The revision that was declared last.
    package var revision: Revision?
    package var fetchFailure: EffectFailure?
    package var pushFailure: EffectFailure?
    /// Sorted by name. As decided; what the status branch holds may be a push behind.
    package var statuses: [Status]
    /// The latest observation of each application: its live numbers, and when they were read.
    package var observations: [ApplicationName: Observation]
}
