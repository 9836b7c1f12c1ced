package import Core
package import Reconciler
import Synchronization

/// A router whose weights a platform of its own follows: a simulated one, which is then the web application that reads
/// the traffic file, and whose gates and consumers go by the same weights.
package final class FollowedRouter: Router {
    private let leading: any Router
    private let following: any Router
    private struct Memory {
        /// What was last set through both, or seen in both; nil inside for no route.
        var agreed: [ApplicationName: Route?] = [:]
        /// Those of which nothing of that is known, and whose follower was reported last.
        var doubted: Set<ApplicationName> = []
    }

    private let memory = Mutex(Memory())

    package init(_ leading: any Router, followedBy following: any Router) {
        self.leading = leading
        self.following = following
    }

    /// Where the two have different routes, the one that is not as it was set counts, whichever it is: a hand has changed
    /// it, or it was not told. So it is set again, and both are as they should be.
    package func route(of application: ApplicationName) async throws(EffectFailure) -> RouterObservation {
        let leads = try await leading.route(of: application)
        let follows = try await following.route(of: application)
        let readAt = min(leads.readAt, follows.readAt)
        let counts = memory.withLock { memory in
            if leads.route?.route == follows.route?.route {
                memory.agreed[application] = .some(leads.route?.route)
                memory.doubted.remove(application)
                return leads
            }
            if let set = memory.agreed[application] { return leads.route?.route == set ? follows : leads }
            // After a restart: the follower was not told before the end, or somebody changed one of them meanwhile.
            if leads.route == nil || !memory.doubted.insert(application).inserted {
                memory.doubted.remove(application)
                return leads
            }
            return follows
        }
        guard var route = counts.route else { return RouterObservation(readAt: readAt, route: nil) }
        if let other = follows.route, other.route == route.route { route.settled = route.settled && other.settled }
        return RouterObservation(readAt: readAt, route: route)
    }

    package func setRoute(_ route: Route?, key: ActionKey) async throws(EffectFailure) -> Receipt {
        memory.withLock { $0.agreed[key.application] = .some(route) }
        let leads = try await leading.setRoute(route, key: key)
        let follows = try await following.setRoute(route, key: key)
        return Receipt(at: max(leads.at, follows.at))
    }

    package func adoptRoute(from former: ApplicationName, key: ActionKey) async throws(EffectFailure) -> Receipt {
        memory.withLock { memory in
            memory.agreed[key.application] = nil
            memory.agreed[former] = nil
        }
        let leads = try await leading.adoptRoute(from: former, key: key)
        let follows = try await following.adoptRoute(from: former, key: key)
        return Receipt(at: max(leads.at, follows.at))
    }

    package func fence(_ key: ActionKey) async throws(EffectFailure) {
        try await leading.fence(key)
        try await following.fence(key)
    }
}
