package import Core
package import Reconciler
import ServiceLifecycle
import Simulator

/// The ports of a simulated platform in this process, for one environment.
package struct SimulatedEnvironment: Platform, Workloads, Reconciler.Router, GateEvaluator, Service {
    /// What it is an environment of.
    package let platform: SimulatedPlatform
    private let tenancy: Tenancy

    package init(_ platform: SimulatedPlatform, for tenancy: Tenancy) {
        self.platform = platform
        self.tenancy = tenancy
    }

    package func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        try await platform.observe(application, for: tenancy.tenant)
    }

    package func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        let tenant = tenancy.tenant
        var key = key
        key.environment = tenant.environment
        return try await platform.perform(action, key: key, fleet: tenant.fleet)
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        await platform.evaluate(GateQuestion(run, as: tenancy.tenant.key(run.application)))
    }

    package func run() async throws { try await platform.run() }
}
