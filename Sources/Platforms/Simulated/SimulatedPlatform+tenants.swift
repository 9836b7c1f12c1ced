import Core
import Reconciler
import Simulator

/// The one place where applications of environments become applications of a world, and where it is judged whose they
/// are.
extension SimulatedPlatform {
    /// What an application of a tenant is called in the world.
    ///
    /// One from a world that was kept before environments were told apart is whose that asks for it first.
    ///
    /// - Throws: ``Core/EffectFailure`` where another fleet runs it.
    func enter(_ application: ApplicationName, _ tenant: Tenant) throws(EffectFailure) -> ApplicationName {
        let name = tenant.key(application)
        if name != application, world.holdsAnything(of: application), world.owner(of: application) == nil {
            isSaved = false
            world.rename(application, to: name) { tenant.key($0) }
        }
        let owner = world.owner(of: name)
        if tenant.isStranger(to: owner?.fleet) { throw tenant.refusal(application) }
        if owner?.fleet == nil, tenant.fleet != nil, world.holdsAnything(of: name) {
            isSaved = false
            own(name, tenant)
        }
        return name
    }

    /// The action as the world takes it: names and namespaces are those of the environment.
    func placed(_ action: Action, _ tenant: Tenant) throws(EffectFailure) -> Action {
        switch action {
        case .deploy(let side, let namespace, let release, let digest, let floors):
            .deploy(
                side: side, namespace: tenant.key(namespace), release: release, digest: digest, floors: floors)
        case .adopt(let former): .adopt(from: try enter(former, tenant))
        case .scale, .route, .teardown: action
        }
    }

    func own(_ name: ApplicationName, _ tenant: Tenant) {
        let fleet = tenant.fleet ?? world.owner(of: name)?.fleet
        world.own(name, by: Owner(environment: tenant.name, fleet: fleet))
    }
}
