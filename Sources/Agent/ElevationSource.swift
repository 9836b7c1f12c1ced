package import Signal

/// Where a machine's agent learns what its instances are told, and to whom it reports what they do.
package protocol ElevationSource: Sendable {
    /// Whether ``report(_:)`` leads anywhere. Where it does not, nothing that a worker says is heard, and a rollout of
    /// consumers holds at what it cannot observe.
    var takesReports: Bool { get }

    /// Tells what there is to know, in order and one at a time, until it is cancelled. It connects again by itself, with
    /// back-off and jitter; what it throws is beyond mending: a token that is refused, a URL that is none.
    func run(_ receive: @escaping @Sendable (SourceNews) async -> Void) async throws

    /// Sends a report up. The agent has never more than one under way, and sends it again where this throws.
    func report(_ report: MachineReport) async throws
}

/// What a source has to tell.
package enum SourceNews: Hashable, Sendable {
    /// States. Full ones come first after connecting, and say that the source is there again.
    case elevations(MachineElevations)
    /// The source is gone, and why, in one clause for people. It goes on trying.
    case lost(String)
}
