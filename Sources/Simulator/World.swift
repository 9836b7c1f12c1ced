package import Core

/// The simulated platform: namespaces, replicas, routes, load. A value that is stepped in virtual time.
///
/// The same seed and the same calls give the same world, bit for bit, in any process. Cost follows the number of
/// things that happen, not the time that passes.
package struct World: Sendable, Codable {
    package private(set) var now: Instant
    package var configuration: WorldConfiguration
    private let seed: UInt64
    /// The platform's clock minus true time.
    var clockOffset = Span.zero
    var states = ApplicationTable()
    var index: [ApplicationName: Int] = [:]
    /// When something next happens in each application; lazily outdated.
    var timeline = Timeline<Int>()
    var exhaustedUntil: [String: Instant] = [:]
    var replicasIn: [String: Int] = [:]

    package init(seed: UInt64, start: Instant, configuration: WorldConfiguration = WorldConfiguration()) {
        now = start
        self.seed = seed
        self.configuration = configuration
    }

    /// The platform's own clock.
    package var platformTime: Instant { now + clockOffset }

    /// Lets time pass. A time that lies in the past changes nothing.
    package mutating func advance(to time: Instant) {
        while let next = timeline.next, next <= time, let application = timeline.take() {
            guard states[application].due == next else { continue }
            now = max(now, next)
            accrue(application)
            settle(application)
        }
        now = max(now, time)
    }

    // MARK: Timeline

    /// Works out when something next happens in an application.
    mutating func reschedule(_ application: Int) {
        let next = states[application].nextEvent(after: now, nodes: exhaustedUntil)
        guard next != states[application].due else { return }
        states[application].due = next
        guard let next else { return }
        timeline.add(application, at: next)
    }

    // MARK: Applications

    /// Where the applications stand in memory: another place once all were copied, which no look at one of them may do.
    package var place: UInt { states.place }

    /// Position of an application's state, made where there is none.
    mutating func position(_ name: ApplicationName) -> Int {
        if let found = index[name] { return found }
        states.append(ApplicationWorld(name: name, generator: generator(of: name), accruedUntil: now))
        index[name] = states.count - 1
        return states.count - 1
    }

    /// Each application has a source of chance of its own, so that what one does changes nothing for the others.
    func generator(of name: ApplicationName) -> SeededGenerator {
        SeededGenerator(seed: name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 })
    }

    /// Every application that anything was ever done for, sorted.
    package var applications: [ApplicationName] { index.keys.sorted() }
}

/// What the world holds of one application.
struct ApplicationWorld: Sendable, Codable {
    var name: ApplicationName
    var generator: SeededGenerator
    /// nil in worlds that were kept before anybody asked, and where nobody said.
    var owner: Owner?
    var epoch = 0
    var sequence = 0
    var route: Route?
    var routeEpoch = 0
    /// The route before, which some readers follow until `settledAt`.
    var formerRoute: Route?
    var settledAt: Instant?
    /// The autoscaler's next look.
    var scaleAt: Instant?
    var sides = PerSide<SideState?>(flip: nil, flop: nil)
    var due: Instant?
    var load = LoadAccount()
    /// Subscriptions of its consumers, by name.
    var inboxes: [String: Inbox] = [:]
    var accruedUntil: Instant
    var frozenUntil: Instant?
    /// The newest reports that were given out.
    var recent: [Observation] = []
    var surgePercent = 100
    var surgeUntil: Instant?

    init(name: ApplicationName, generator: SeededGenerator, accruedUntil: Instant) {
        self.name = name
        self.generator = generator
        self.accruedUntil = accruedUntil
    }

    /// The earliest time after `now` at which something happens by itself.
    /// `nodes` is when namespaces that have none have some again.
    func nextEvent(after now: Instant, nodes: [String: Instant]) -> Instant? {
        var next: Instant?
        func consider(_ at: Instant?) {
            guard let at, at > now else { return }
            next = min(next ?? at, at)
        }
        consider(settledAt)
        consider(scaleAt)
        consider(frozenUntil)
        consider(surgeUntil)
        for inbox in inboxes.values { for entry in inbox.unacknowledged { consider(entry.at) } }
        for side in Side.allCases {
            guard let state = sides[side] else { continue }
            consider(state.drainedAt)
            consider(state.unreadyUntil)
            consider(state.neverReadyUntil)
            consider(state.lieUntil)
            if let until = nodes[state.namespace], state.components.contains(where: \.isPending) { consider(until) }
            for until in state.sidecars.ends { consider(until) }
            for component in state.components {
                for worker in component.workers {
                    consider(worker.pollsAt)
                    consider(worker.finishesAt)
                }
                for replica in component.replicas {
                    switch replica.state {
                    case .pending: break
                    case .starting(let at), .crashed(let at): consider(at)
                    case .ready(let since):
                        for fault in component.run.faults {
                            switch fault {
                            case .errors(_, let after), .slow(_, let after), .leak(let after): consider(since + after)
                            case .crashOnStart, .overload, .historical: break
                            }
                        }
                    }
                }
            }
        }
        return next
    }
}
