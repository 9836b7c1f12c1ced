import Core
import Signal
import Simulator

/// Requests that entered on a side and are not finished, and users who stay on one as weights move.
///
/// Requests come all the time, from web hosts that follow the weights at once and from those that follow them late. All
/// that enter on a side under one release are alike until the last of them is finished, so it is kept when that is.
struct RequestsInFlight {
    /// What the last request that entered on a side needs, and when it is finished.
    private struct Last {
        var digest: Digest
        var components: [String]
        var end: Instant
    }

    /// Users of an application, while its weights go one way.
    private struct Users {
        var rise: Rise
        /// Whether its declared replicas have changed on the way.
        var isResized: Bool
        var sides: [Core.Side]
        var changes: [Int]
    }

    /// What rises, and of what size. Declaring more replicas in flight says that those which stand carry less than was
    /// thought, and takes weight back until there are more.
    struct Rise: Hashable {
        var attempt: Attempt
        var replicas: [String: Int]
    }

    private var last: [Laws.SideKey: Last] = [:]
    private var serving: Set<Laws.SideKey> = []
    private var users: [ApplicationName: Users] = [:]

    private static let keys = ["ada", "grace", "edsger", "barbara", "tony", "leslie"]

    /// Looks at an application after whatever may have changed it.
    ///
    /// While an accident of the world lasts nothing is judged: what is seen is where it left things. `drain` is how long a
    /// request of a release takes at most.
    ///
    /// - Returns: what became of a request that should have finished where it entered.
    mutating func look(
        at name: ApplicationName, _ world: World, isExcused: Bool, drain: (Digest) -> Span
    ) -> String? {
        var trouble: String?
        for side in Core.Side.allCases {
            let key = Laws.SideKey(application: name, side: side)
            let digest = world.digest(of: name, on: side)
            let components = world.components(of: name, on: side)
            if isExcused {
                last[key] = nil
                serving.remove(key)
            }
            // Weights change only when somebody looks after it, so a side that had weight had it until now.
            if serving.contains(key), let entered = last[key] { last[key]?.end = world.now + drain(entered.digest) }
            if let entered = last[key], entered.end > world.now, trouble == nil,
                entered.digest != digest || entered.components != components
            {
                trouble =
                    "a request to \(name) that entered on \(side) of \(entered.digest.short) finds "
                    + (digest.map { "\($0.short) \(components)" } ?? "nothing") + " there"
            }
            let late = world.formerWeights(of: name).flatMap { $0.weights[side] > 0 ? $0.until : nil }
            let hasWeight = (world.weights(of: name)?[side] ?? 0) > 0
            guard let digest, hasWeight || late != nil else {
                serving.remove(key)
                continue
            }
            let end = max(hasWeight ? world.now : late ?? world.now, late ?? world.now) + drain(digest)
            last[key] = Last(digest: digest, components: components, end: max(end, last[key]?.end ?? end))
            if hasWeight { serving.insert(key) } else { serving.remove(key) }
        }
        return trouble
    }

    /// A rename takes everything along.
    mutating func rename(_ former: ApplicationName, to name: ApplicationName) {
        for side in Core.Side.allCases {
            let (old, new) = (
                Laws.SideKey(application: former, side: side), Laws.SideKey(application: name, side: side)
            )
            if let entry = last.removeValue(forKey: old) { last[new] = entry }
            if serving.remove(old) != nil { serving.insert(new) }
        }
        users[former] = nil
    }

    /// Users who are assigned to a side as the traffic library does it, while something rises; nil where it does not only go
    /// forward.
    ///
    /// - Returns: who changed sides more than once.
    mutating func follow(_ name: ApplicationName, _ world: World, rising rise: Rise?) -> String? {
        guard let rise, let weights = world.weights(of: name) else {
            users[name] = nil
            return nil
        }
        let hash = KeyHash(application: name)
        let sides = Self.keys.map { hash.side(of: $0, flop: weights.flop) == .flop ? Core.Side.flop : .flip }
        guard var known = users[name], known.rise == rise else {
            // More declared replicas are more need, and a candidate that cannot carry it gives weight back for a while.
            let isResized = users[name]?.rise.attempt == rise.attempt
            users[name] = Users(rise: rise, isResized: isResized, sides: sides, changes: Self.keys.map { _ in 0 })
            return nil
        }
        if known.isResized { return nil }
        for index in sides.indices where sides[index] != known.sides[index] { known.changes[index] += 1 }
        known.sides = sides
        users[name] = known
        guard let index = known.changes.firstIndex(where: { $0 > 1 }) else { return nil }
        return "\(Self.keys[index]) changed sides of \(name) \(known.changes[index]) times, and it only went forward"
    }
}

extension Laws {
    /// Law 4, for requests and for the users who send them.
    mutating func checkRequests(_ name: ApplicationName, _ simulation: Simulation) {
        let isExcused = isExcused(name, at: simulation.now)
        let drains = drains
        if let trouble = requests.look(
            at: name, simulation.world, isExcused: isExcused, drain: { drains[$0] ?? .zero })
        {
            broken("law 4 (one side through all components)", simulation, trouble)
        }
        let status = simulation.engine.status(of: name)
        // One that was renamed hands that on when what runs is adopted.
        if let status, status.candidate == nil, status.removal?.renamedTo == nil { routedByHand.remove(name) }
        let isForward =
            !isExcused && !routedByHand.contains(name) && status?.rollback == nil && status?.stage?.failure == nil
        let rise = (isForward ? status?.candidate?.release : nil).map {
            RequestsInFlight.Rise(attempt: $0.attempt, replicas: $0.replicas)
        }
        if let trouble = requests.follow(name, simulation.world, rising: rise) {
            broken("law 4 (users stay on a side)", simulation, trouble)
        }
    }
}
