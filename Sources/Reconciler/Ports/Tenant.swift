package import Core
import Synchronization

/// For whom something is done on a platform that others share: an application is a name in an environment, and belongs
/// to a fleet.
package struct Tenant: Hashable, Sendable {
    /// nil for the one that whoever names none means.
    package let environment: String?
    /// The fleet's mark, as its status branch has it; nil while nobody leads, and of daemons that know of no such thing.
    package let fleet: String?

    package init(environment: String? = nil, fleet: String? = nil) {
        self.environment = environment == ActionKey.standardEnvironment ? nil : environment
        self.fleet = fleet
    }

    /// The environment's name.
    package var name: String { environment ?? ActionKey.standardEnvironment }

    /// What an application, or a namespace, of the environment is called on the platform: `staging/web`; in the standard
    /// environment plainly `web`, as all were before environments were told apart.
    package func key(_ name: String) -> String { environment.map { "\($0)/\(name)" } ?? name }

    /// The tenant and the name of a ``key(_:)``.
    package static func split(_ key: String, fleet: String? = nil) -> (tenant: Tenant, name: String) {
        guard let slash = key.firstIndex(of: "/") else { return (Tenant(fleet: fleet), key) }
        return (
            Tenant(environment: String(key[..<slash]), fleet: fleet), String(key[key.index(after: slash)...])
        )
    }

    /// Whether what belongs to a fleet is another's than this one's. Who says no fleet is let pass: older daemons do.
    package func isStranger(to owner: String?) -> Bool {
        guard let owner, let fleet else { return false }
        return owner != fleet
    }

    /// Why an application that another fleet runs is not touched.
    package func refusal(_ application: ApplicationName) -> EffectFailure {
        EffectFailure(
            .refused,
            "\(application) of the environment \(name) is run on this platform "
                + "by another fleet, from another repository: start this daemon with --environment NAME, or give it a "
                + "simulator of its own")
    }
}

/// A tenant whose fleet is known only once the lead was taken.
package final class Tenancy: Sendable {
    private let environment: String?
    private let known = Mutex<String?>(nil)

    package init(environment: String? = nil, fleet: String? = nil) {
        self.environment = environment
        if let fleet { lead(fleet) }
    }

    /// As it is now.
    package var tenant: Tenant { Tenant(environment: environment, fleet: known.withLock { $0 }) }

    /// From here on it acts for this fleet.
    package func lead(_ fleet: String) { known.withLock { $0 = fleet } }
}
