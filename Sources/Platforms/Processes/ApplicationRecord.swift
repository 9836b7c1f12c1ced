import Core
import Reconciler

/// What is kept of one application: what stands on its sides, its route, and the fence. One file, replaced as a whole,
/// so that a change and the fence that it passed are one.
struct ApplicationRecord: Codable, Sendable {
    /// A release that stands on a side.
    struct Deployment: Codable, Sendable {
        /// Names it among all that ever stood; what its processes belong to, whatever the application is called.
        var id: String
        var release: Release
        var digest: Digest
        var epoch: Int
        /// Processes that are to run, by component.
        var floors: [String: Int]
    }

    var name: ApplicationName
    /// Where the name means it; nil in records from before environments were told apart, which are whose that finds them.
    var environment: String?
    /// The fleet that runs it; nil where nobody said.
    var fleet: String?
    /// The highest (epoch, sequence) that changed it.
    var epoch = 0
    var sequence = 0
    var route: Route?
    var routeEpoch = 0
    var sides = PerSide<Deployment?>(flip: nil, flop: nil)
    /// When a side last had weight and lost it.
    var lostWeightAt = PerSide<Instant?>(flip: nil, flop: nil)
    /// The name that everything here was taken over from; what still stands under it is only its echo.
    var formerly: ApplicationName?

    init(name: ApplicationName, environment: String?) {
        self.name = name
        self.environment = environment ?? ActionKey.standardEnvironment
    }

    /// What it is called among those of all environments.
    var key: String { Tenant(environment: environment).key(name) }

    var holdsAnything: Bool { sides.flip != nil || sides.flop != nil || route != nil }
}
