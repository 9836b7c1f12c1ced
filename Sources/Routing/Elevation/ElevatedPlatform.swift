package import Core
package import Reconciler
import Signal
import Synchronization

/// A platform whose consumers learn by the signal whether they are to take messages: routes become elevations, and what
/// the agents report becomes part of what is observed.
///
/// The platform itself keeps the route, and its word is the one that counts after a restart.
package struct ElevatedPlatform: Platform {
    private let base: any Platform
    private let hub: ElevationHub
    private let consumers: @Sendable (ApplicationName) async -> Set<String>
    private let revision: @Sendable (ApplicationName) async -> String?

    /// - Parameters:
    ///   - base: runs what is elevated, and keeps routes.
    ///   - hub: tells the agents.
    ///   - consumers: the names of an application's components that learn by the signal. Those that an agent has
    ///     reported are known anyway.
    ///   - revision: the commit that a route is about; for people.
    package init(
        _ base: any Platform, hub: ElevationHub,
        consumers: @escaping @Sendable (ApplicationName) async -> Set<String>,
        revision: @escaping @Sendable (ApplicationName) async -> String? = { _ in nil }
    ) {
        self.base = base
        self.hub = hub
        self.consumers = consumers
        self.revision = revision
    }

    package func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        let seen = try await base.observe(application)
        let wanted: WantedElevation? =
            if let route = seen.route?.route { WantedElevation(route, revision: await revision(application)) } else {
                nil
            }
        return await hub.observe(seen, of: application, consumers: await consumers(application), wanted: wanted)
    }

    package func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        let receipt = try await base.perform(action, key: key)
        switch action {
        case .route(let route?):
            await hub.elevate(
                key.application, WantedElevation(route, revision: await revision(key.application)))
        case .route(nil):
            await hub.elevate(key.application, WantedElevation())
        case .adopt(let former):
            // Its route is read with the next observation, and its instances register under the new name.
            await hub.elevate(former, WantedElevation())
        case .deploy, .scale, .teardown: break
        }
        return receipt
    }
}

extension WantedElevation {
    /// A route in the words of the signal.
    package init(_ route: Route, revision: String? = nil) {
        self.init()
        weights = .init(flip: route.weights.flip, flop: route.weights.flop)
        actives = route.actives.mapValues { .init(flip: $0.flip, flop: $0.flop) }
        self.revision = revision
    }
}
