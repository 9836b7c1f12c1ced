package import Core

/// The simulated platform: namespaces, replicas, routes, load. A value that is stepped in virtual time.
///
/// The same seed and the same calls give the same world, bit for bit, in any process. Cost follows the number of
/// things that happen, not the time that passes.
package struct World: Sendable, Codable {
    package private(set) var now: Instant
    package var configuration: WorldConfiguration
    var generator: SeededGenerator
    /// The platform's clock minus true time.
    var clockOffset = Span.zero
    var states: [ApplicationWorld] = []
    var index: [ApplicationName: Int] = [:]
    /// When something next happens in each application; lazily outdated.
    private var timeline: [Due] = []
    var exhaustedUntil: [String: Instant] = [:]
    var replicasIn: [String: Int] = [:]

    private struct Due: Sendable, Codable {
        var at: Instant
        var application: Int
    }

    package init(seed: UInt64, start: Instant, configuration: WorldConfiguration = WorldConfiguration()) {
        now = start
        generator = SeededGenerator(seed: seed)
        self.configuration = configuration
    }

    /// The platform's own clock.
    package var platformTime: Instant { now + clockOffset }

    /// Lets time pass. A time that lies in the past changes nothing.
    package mutating func advance(to time: Instant) {
        while let first = timeline.first, first.at <= time {
            popDue()
            guard states[first.application].due == first.at else { continue }
            now = max(now, first.at)
            accrue(first.application)
            settle(first.application)
        }
        now = max(now, time)
    }

    // MARK: Timeline

    /// Works out when something next happens in an application.
    mutating func reschedule(_ application: Int) {
        let next = states[application].nextEvent(after: now)
        guard next != states[application].due else { return }
        states[application].due = next
        guard let next else { return }
        timeline.append(Due(at: next, application: application))
        var child = timeline.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            timeline.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func popDue() {
        timeline.swapAt(0, timeline.count - 1)
        timeline.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < timeline.count && precedes(child, least) {
                least = child
            }
            if least == parent { return }
            timeline.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        (timeline[a].at, timeline[a].application) < (timeline[b].at, timeline[b].application)
    }

    // MARK: Applications

    /// Position of an application's state, made where there is none.
    mutating func position(_ name: ApplicationName) -> Int {
        if let found = index[name] { return found }
        states.append(ApplicationWorld(name: name, accruedUntil: now))
        index[name] = states.count - 1
        return states.count - 1
    }

    /// Every application that anything was ever done for, sorted.
    package var applications: [ApplicationName] { index.keys.sorted() }
}

/// What the world holds of one application.
struct ApplicationWorld: Sendable, Codable {
    var name: ApplicationName
    var epoch = 0
    var sequence = 0
    var route: Route?
    var routeEpoch = 0
    /// The route before, which some readers follow until `settledAt`.
    var formerRoute: Route?
    var settledAt: Instant?
    var signalAt: Instant?
    var sides = PerSide<SideState?>(flip: nil, flop: nil)
    var due: Instant?
    var load = LoadAccount()
    var accruedUntil: Instant
    var frozenUntil: Instant?
    var recent: [Observation] = []
    var surgePercent = 100
    var surgeUntil: Instant?

    init(name: ApplicationName, accruedUntil: Instant) {
        self.name = name
        self.accruedUntil = accruedUntil
    }

    /// The earliest time after `now` at which something happens by itself.
    func nextEvent(after now: Instant) -> Instant? {
        var next: Instant?
        func consider(_ at: Instant?) {
            guard let at, at > now else { return }
            next = min(next ?? at, at)
        }
        consider(settledAt)
        consider(signalAt)
        consider(frozenUntil)
        consider(surgeUntil)
        for side in Side.allCases {
            guard let state = sides[side] else { continue }
            consider(state.drainedAt)
            consider(state.unreadyUntil)
            consider(state.neverReadyUntil)
            consider(state.lieUntil)
            for component in state.components {
                for replica in component.replicas {
                    switch replica.state {
                    case .pending: break
                    case .starting(let at), .crashed(let at): consider(at)
                    case .ready(let since):
                        for fault in component.run.faults {
                            switch fault {
                            case .errors(_, let after), .slow(_, let after), .leak(let after): consider(since + after)
                            case .crashOnStart: break
                            }
                        }
                    }
                }
            }
        }
        return next
    }
}
