package import Core

/// Everything that an application runs on: workloads and routes as one thing, as Core sees it.
///
/// An adapter for a platform that has both conforms to this and gets ``Workloads`` and ``Router`` for nothing;
/// ``ComposedPlatform`` makes one of two separate adapters.
package protocol Platform: Sendable {
    /// What stands and where work goes. An application that the platform has never heard of is empty.
    func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation

    /// Performs one idempotent action. The receipt says that it was accepted and when, by the platform's clock.
    func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt
}

extension Workloads where Self: Platform {
    package func workloads(of application: ApplicationName) async throws(EffectFailure) -> WorkloadsObservation {
        let observation = try await observe(application)
        return WorkloadsObservation(readAt: observation.readAt, sides: observation.sides)
    }

    package func deploy(
        _ release: Release, digest: Digest, on side: Side, namespace: String, floors: [String: Int], key: ActionKey
    ) async throws(EffectFailure) -> Receipt {
        let action = Action.deploy(side: side, namespace: namespace, release: release, digest: digest, floors: floors)
        return try await perform(action, key: key)
    }

    package func scale(
        _ side: Side, floors: [String: Int], key: ActionKey
    ) async throws(EffectFailure) -> Receipt {
        try await perform(.scale(side: side, floors: floors), key: key)
    }

    package func teardown(_ side: Side, key: ActionKey) async throws(EffectFailure) -> Receipt {
        try await perform(.teardown(side: side), key: key)
    }

    package func adopt(from former: ApplicationName, key: ActionKey) async throws(EffectFailure) -> Receipt {
        try await perform(.adopt(from: former), key: key)
    }
}

extension Router where Self: Platform {
    /// A platform has one fence for both.
    package func fence(_ key: ActionKey) async throws(EffectFailure) {}

    package func route(of application: ApplicationName) async throws(EffectFailure) -> RouterObservation {
        let observation = try await observe(application)
        return RouterObservation(readAt: observation.readAt, route: observation.route)
    }

    package func setRoute(_ route: Route?, key: ActionKey) async throws(EffectFailure) -> Receipt {
        try await perform(.route(route), key: key)
    }

    package func adoptRoute(from former: ApplicationName, key: ActionKey) async throws(EffectFailure) -> Receipt {
        try await perform(.adopt(from: former), key: key)
    }
}
