package import Core
package import Reconciler

/// A router whose weights a platform of its own follows: a simulated one, which is then the web application that reads
/// the traffic file, and whose gates and consumers go by the same weights.
package struct FollowedRouter: Router {
    private let leading: any Router
    private let following: any Router

    package init(_ leading: any Router, followedBy following: any Router) {
        self.leading = leading
        self.following = following
    }

    /// While the follower has another route than it was given, that is the one that counts: it is set again. So it is
    /// where the leading router has none yet.
    package func route(of application: ApplicationName) async throws(EffectFailure) -> RouterObservation {
        let leads = try await leading.route(of: application)
        let follows = try await following.route(of: application)
        let readAt = min(leads.readAt, follows.readAt)
        guard var route = leads.route else { return RouterObservation(readAt: readAt, route: nil) }
        guard let own = follows.route, own.route == route.route else {
            return RouterObservation(readAt: readAt, route: follows.route)
        }
        route.settled = route.settled && own.settled
        return RouterObservation(readAt: readAt, route: route)
    }

    package func setRoute(_ route: Route?, key: ActionKey) async throws(EffectFailure) -> Receipt {
        let leads = try await leading.setRoute(route, key: key)
        let follows = try await following.setRoute(route, key: key)
        return Receipt(at: max(leads.at, follows.at))
    }

    package func adoptRoute(from former: ApplicationName, key: ActionKey) async throws(EffectFailure) -> Receipt {
        let leads = try await leading.adoptRoute(from: former, key: key)
        let follows = try await following.adoptRoute(from: former, key: key)
        return Receipt(at: max(leads.at, follows.at))
    }

    package func fence(_ key: ActionKey) async throws(EffectFailure) {
        try await leading.fence(key)
        try await following.fence(key)
    }
}
