package import Core

/// A platform of two adapters: one that runs things and one that routes to them.
package struct ComposedPlatform: Platform {
    private let workloads: any Workloads
    private let router: any Router

    package init(workloads: any Workloads, router: any Router) {
        self.workloads = workloads
        self.router = router
    }

    /// Reads both; the whole is as old as its older half.
    package func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        // The route first: replicas that are gone by the time they are read must not be hidden by an older reading.
        let route = try await router.route(of: application)
        let running = try await workloads.workloads(of: application)
        return Observation(
            readAt: min(route.readAt, running.readAt), route: route.route, sides: running.sides)
    }

    package func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        if case .route = action {} else { try await router.fence(key) }
        switch action {
        case .deploy(let side, let namespace, let release, let digest, let floors):
            return try await workloads.deploy(
                release, digest: digest, on: side, namespace: namespace, floors: floors, key: key)
        case .scale(let side, let floors):
            return try await workloads.scale(side, floors: floors, key: key)
        case .route(let route):
            return try await router.setRoute(route, key: key)
        case .teardown(let side):
            return try await workloads.teardown(side, key: key)
        case .adopt(let former):
            // What runs before what routes to it: a route may never point at nothing. Both halves are idempotent,
            // so a failure between them is mended by the retry.
            let running = try await workloads.adopt(from: former, key: key)
            let routed = try await router.adoptRoute(from: former, key: key)
            return Receipt(at: max(running.at, routed.at))
        }
    }
}
