package import Core

/// What a request to one component of a side would meet now.
package struct ServiceState: Hashable, Sendable {
    package var version: String
    /// Ready replicas; without any, nothing answers.
    package var ready: Int
    /// Share of requests that fail, by the version's own errors or for want of capacity.
    package var failing: Double
    /// Mean time of an answer in milliseconds.
    package var meanMilliseconds: Double
    /// Share of historical requests that fail for what they ask.
    package var failingHistorical: Double
}

extension World {
    /// The weights that some readers still follow, and until when; nil where all follow those that stand.
    package func formerWeights(of name: ApplicationName) -> (weights: Weights, until: Instant)? {
        guard let state = index[name].map({ states[$0] }), let until = state.settledAt else { return nil }
        return state.formerRoute.map { ($0.weights, until) }
    }

    /// What a request to a service meets now; nil where no such service stands on the side.
    package func service(_ component: String, of name: ApplicationName, on side: Side) -> ServiceState? {
        guard let state = index[name].map({ states[$0] }), let standing = state.sides[side],
            let found = standing.components.first(where: { $0.name == component && $0.kind == .service })
        else { return nil }
        let ready = standing.unreadyUntil == nil ? found.ready : 0
        let rate = loadRate(state) * state.share(side)
        let utilisation = rate / (Double(max(1, ready)) * Double(max(1, found.run.capacity)))
        let succeeding = (1 - found.errorRate(now, utilisation: utilisation)) / max(1, utilisation)
        let mean = Double(found.run.latency.milliseconds) * found.slowness(now) / (1 - min(0.98, utilisation))
        return ServiceState(
            version: standing.version, ready: ready, failing: ready > 0 ? 1 - succeeding : 1,
            meanMilliseconds: mean, failingHistorical: found.historicalRate)
    }
}
