import Core

/// The engine on a platform that does at once what it is told, in virtual time: what is decided when, and why.
struct Bench {
    static let start = Instant(milliseconds: 1_767_225_600_000)

    var engine: Engine
    var now = Bench.start
    var requests: [Request] = []
    /// Versions whose replicas do not get ready, or are not any more.
    var crashing: Set<String> = []
    /// How many replicas of a version get ready, where it is not all of them.
    var room: [String: Int] = [:]
    /// What gates say; one that is not named passes.
    var answers: [String: GateResult] = [:]
    /// The status branch takes nothing.
    var closesStatusBranch = false
    /// Nobody answers where the repository is.
    var isGitAway = false
    private(set) var actions: [(application: ApplicationName, action: Action)] = []
    /// How often each application was looked at.
    private(set) var looks: [ApplicationName: Int] = [:]
    /// What the status branch was told, the newest last.
    private(set) var told: [StatusUpdate] = []

    private var platform: [ApplicationName: Observation] = [:]
    private var change: FleetChange?
    private var head = 0
    private var leads = 0
    private var isRead = false
    private var known: Set<ApplicationName> = []

    init(_ configuration: EngineConfiguration = EngineConfiguration()) {
        engine = Engine(configuration: configuration)
    }

    // MARK: Declaring

    static func application(
        _ version: String, _ activation: Activation = .active, named name: ApplicationName = "shop", replicas: Int = 4,
        dependsOn: [ApplicationName] = [], by strategy: Strategy = Bench.strategy
    ) -> Application {
        Application(
            name: name,
            release: Release(
                version: version,
                components: [Component(name: "web", kind: .service, run: .simulated(SimulatedRun()))]),
            activation: activation, dependsOn: dependsOn, replicas: ["web": replicas], strategy: .inline(strategy))
    }

    static var strategy: Strategy {
        Strategy(
            prescale: 50, surge: 100,
            stages: [
                Strategy.Stage(name: "one", weight: 10, hold: .minutes(5)),
                Strategy.Stage(name: "all", weight: 100),
            ], progressDeadline: .minutes(10))
    }

    /// Pushes a commit and lets the engine take it up.
    mutating func declare(
        _ applications: Application..., gates: [Gate] = [], namespaces: [String: Namespace]? = nil
    ) {
        declare(applications, gates: gates, namespaces: namespaces)
    }

    /// Pushes a commit that takes the manifest of an application away.
    mutating func remove(_ name: ApplicationName) { declare([], gone: [name]) }

    mutating func declare(
        _ applications: [Application], gone: [ApplicationName] = [], gates: [Gate] = [],
        namespaces: [String: Namespace]? = nil, between: [DeclaredVersion] = []
    ) {
        head += 1
        let revision = "r\(head)"
        let declared = applications.map { application in
            let strategy = if case .inline(let own) = application.strategy { own } else { Strategy.standard }
            var declaration = Declaration(
                application: application, strategy: strategy,
                gates: Dictionary(gates.map { ($0.name, $0) }, uniquingKeysWith: { $1 }), revision: revision,
                introduced: revision)
            declaration.trail = Trail(
                between: between, line: known.contains(application.name) ? nil : DeclaredLine(versions: []))
            return declaration
        }
        change = FleetChange(
            revision: revision, isComplete: true, declared: declared, gone: gone, isFull: !isRead,
            namespaces: namespaces)
        known.formUnion(applications.map(\.name))
        if leads == 0 { restart() }
        isRead = true
        answer(engine.handle(.poke, at: now))
    }

    mutating func ask(_ verb: Request.Verb, of name: ApplicationName = "shop") {
        guard let attempt = status(name).candidate?.release.attempt ?? status(name).rejected.last?.attempt else {
            return
        }
        requests.append(
            Request(
                id: "\(requests.count)", verb: verb, application: name, attempt: attempt, by: "Ada <ada@example.org>"))
        answer(engine.handle(.poke, at: now))
    }

    // MARK: Time

    mutating func run(_ span: Span) {
        let end = now + span
        while let wake = engine.nextWake, wake <= end {
            now = max(now, wake)
            answer(engine.handle(.tick, at: now))
        }
        now = end
    }

    /// Another daemon takes over, with what the status branch holds.
    mutating func restart() {
        var recorded: [ApplicationName: Status] = [:]
        for update in told { recorded[update.status.application] = update.status }
        engine = Engine(configuration: engine.configuration)
        leads += 1
        isRead = false
        answer(
            engine.handle(
                .led(epoch: leads, statuses: recorded.values.sorted { $0.application < $1.application }), at: now))
    }

    private mutating func answer(_ commands: [Command]) {
        var commands = commands[...]
        while let command = commands.popFirst() {
            let event: Event =
                switch command {
                case .fetch(let id):
                    .fetched(
                        id, isGitAway ? .failed(Self.away) : change.take().map { .changed($0) } ?? .unchanged)
                case .readRequests(let id): .requestsRead(id, .standing(requests))
                case .observe(let id, let name): .observed(id, .success(look(name)))
                case .perform(let id, let action, _): .performed(id, .success(perform(action, command)))
                case .evaluate(let id, let run):
                    .evaluated(id, answers[run.gate.name] ?? .outcome(.passed, detail: "fine"))
                case .push(let id, let updates): .pushed(id, accept(updates))
                case .collect(let id, let spent): .collected(collect(id, spent))
                case .restore(let id, _): .restored(id, .moot)
                }
            commands += engine.handle(event, at: now)
        }
    }

    private static let away = EffectFailure(.unreachable, "nobody answers")

    private mutating func accept(_ updates: [StatusUpdate]) -> PushOutcome {
        guard !isGitAway else { return .failed(Self.away) }
        guard !closesStatusBranch else { return .failed(EffectFailure(.refused, "the branch is protected")) }
        told += updates
        return .accepted
    }

    private mutating func collect(_ id: EffectID, _ spent: [Request]) -> EffectID {
        requests.removeAll { spent.contains($0) }
        return id
    }

    // MARK: The platform

    private mutating func look(_ name: ApplicationName) -> Observation {
        looks[name, default: 0] += 1
        return observation(name)
    }

    private func observation(_ name: ApplicationName) -> Observation {
        var seen = platform[name] ?? Observation(readAt: now, route: nil, sides: PerSide(flip: nil, flop: nil))
        seen.readAt = now
        for side in Side.allCases {
            guard var standing = seen.sides[side] else { continue }
            let isUp = !crashing.contains(standing.version)
            for index in standing.components.indices {
                let all = standing.components[index].replicas
                standing.components[index].ready = isUp ? min(all, room[standing.version] ?? all) : 0
                standing.components[index].trouble = isUp ? nil : "CrashLoopBackOff"
            }
            seen.sides[side] = standing
        }
        return seen
    }

    private mutating func perform(_ action: Action, _ command: Command) -> Receipt {
        guard case .perform(_, _, let key) = command else { return Receipt(at: now) }
        actions.append((key.application, action))
        var seen = observation(key.application)
        switch action {
        case .deploy(let side, _, let release, let digest, let floors):
            seen.sides[side] = SideObservation(
                digest: digest, version: release.version, epoch: key.epoch,
                components: release.components.map {
                    let floor = floors[$0.name] ?? 1
                    return ComponentObservation(name: $0.name, floor: floor, replicas: floor, ready: 0)
                })
        case .scale(let side, let floors):
            for index in seen.sides[side]?.components.indices ?? 0..<0 {
                guard let floor = seen.sides[side].flatMap({ floors[$0.components[index].name] }) else { continue }
                seen.sides[side]?.components[index].floor = floor
                seen.sides[side]?.components[index].replicas = floor
            }
        case .route(let route):
            seen.route = route.map { RouteObservation(route: $0, settled: true, epoch: key.epoch) }
        case .teardown(let side): seen.sides[side] = nil
        case .adopt(let former): seen = observation(former)
        }
        platform[key.application] = seen
        return Receipt(at: now)
    }

    // MARK: What came of it

    func status(_ name: ApplicationName = "shop") -> Status {
        engine.status(of: name) ?? Status(application: name, observedRevision: "")
    }

    func weight(of side: Side, _ name: ApplicationName = "shop") -> Int? {
        platform[name]?.route?.route.weights[side]
    }

    /// Replicas that stand in a side, ready or not.
    func replicas(on side: Side, _ name: ApplicationName = "shop") -> Int {
        platform[name]?.sides[side]?.components.reduce(0) { $0 + $1.replicas } ?? 0
    }

    /// The version that stands on a side, and how much weight it has: `1.0.0 100`.
    func stands(on side: Side, _ name: ApplicationName = "shop") -> String? {
        platform[name]?.sides[side].map { "\($0.version) \(weight(of: side, name) ?? 0)" }
    }
}
