/// Lets statuses that are read one by one share what they have in common: a fleet has few strategies, and its newest
/// revisions are the same for many applications.
package struct StatusSharing: Sendable {
    private var strategies: Set<Strategy> = []
    private var releases = ReleaseSharing()
    /// Revisions, and what conditions say.
    private var texts: Set<String> = []

    /// Distinct values that are remembered of each kind; statuses from anywhere must not make it grow without end.
    private static let limit = 4096

    package init() {}

    package mutating func share(_ status: inout Status) {
        status.observedRevision = shared(status.observedRevision)
        status.appliedRevision = status.appliedRevision.map { shared($0) }
        for index in status.conditions.indices {
            status.conditions[index].message = shared(status.conditions[index].message)
        }
        share(&status.stable)
        share(&status.candidate)
        if var placement = status.retained?.placement as Placement? {
            share(&placement)
            status.retained?.placement = placement
        }
    }

    private mutating func share(_ placement: inout Placement?) {
        guard var shared = placement else { return }
        share(&shared)
        placement = shared
    }

    private mutating func share(_ placement: inout Placement) {
        placement.revision = shared(placement.revision)
        placement.release.introduced = shared(placement.release.introduced)
        releases.share(&placement.release.release.contract)
        releases.share(&placement.release.replicas)
        if strategies.count < Self.limit {
            placement.strategy = strategies.insert(placement.strategy).memberAfterInsert
        }
    }

    private mutating func shared(_ text: String) -> String {
        guard texts.count < Self.limit else { return text }
        return texts.insert(text).memberAfterInsert
    }
}
