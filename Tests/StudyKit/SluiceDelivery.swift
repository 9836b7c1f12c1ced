import Core
import Simulator

/// The product's own engine under its default strategy. Git answers at once, and every push is taken.
struct SluiceDelivery: Delivery {
    private static let latency = Span.milliseconds(50)

    private(set) var turnedAt: Instant?
    /// Why it turned back, in the status's words.
    private(set) var reason: String?
    private var engine: Engine
    private var gates = SampledGates()
    private var declared: FleetChange?
    private var answers = Timeline<Event>()
    private var isReleased = false

    init(seed: UInt64) {
        var configuration = EngineConfiguration(seed: seed)
        configuration.pollInterval = .hours(1000)
        engine = Engine(configuration: configuration)
    }

    mutating func prepare(_ bench: inout Bench) {
        declared = change(to: bench.release.stable, "a", bench.release)
        send(.led(epoch: 1, statuses: []), &bench)
    }

    mutating func release(_ bench: inout Bench) {
        isReleased = true
        declared = change(to: bench.release.candidate, "b", bench.release)
        send(.poke, &bench)
    }

    /// A commit that reverts the release.
    mutating func goBack(_ bench: inout Bench) {
        turnedAt = bench.now
        declared = change(to: bench.release.stable, "c", bench.release)
        send(.poke, &bench)
    }

    mutating func run(_ bench: inout Bench, to time: Instant) {
        while let next = [engine.nextWake, answers.next].compactMap({ $0 }).min(), next <= time {
            bench.advance(to: max(bench.now, next))
            if let due = answers.next, due <= bench.now, let event = answers.take() {
                send(event, &bench)
            } else {
                send(.tick, &bench)
            }
        }
        bench.advance(to: time)
    }

    private func change(to release: Release, _ revision: Revision, _ studied: StudiedRelease) -> FleetChange {
        let application = Application(
            name: StudiedRelease.name, release: release, replicas: [StudiedRelease.component: studied.full],
            strategy: .inline(DefaultStrategy.strategy))
        let declaration = Declaration(
            application: application, strategy: DefaultStrategy.strategy, gates: DefaultStrategy.gates,
            revision: revision, introduced: revision)
        return FleetChange(revision: revision, isComplete: true, declared: [declaration], isFull: true)
    }

    private mutating func send(_ event: Event, _ bench: inout Bench) {
        let commands = engine.handle(event, at: bench.now)
        for command in commands { answers.add(answer(command, &bench), at: bench.now + Self.latency) }
        guard isReleased, turnedAt == nil, let status = engine.status(of: StudiedRelease.name),
            status.rollback != nil || !status.rejected.isEmpty
        else { return }
        turnedAt = bench.now
        reason = status.rollback?.message ?? status.rejected.last?.reason
    }

    private mutating func answer(_ command: Command, _ bench: inout Bench) -> Event {
        switch command {
        case .fetch(let id):
            defer { declared = nil }
            return .fetched(id, declared.map { .changed($0) } ?? .unchanged)
        case .observe(let id, _): return .observed(id, .success(bench.observe()))
        case .perform(let id, let action, let key):
            do {
                return .performed(id, .success(try bench.perform(action, key)))
            } catch {
                return .performed(id, .failure(EffectFailure(error.isStale ? .staleEpoch : .refused, error.message)))
            }
        case .evaluate(let id, let run): return .evaluated(id, gates.evaluate(run, &bench))
        case .push(let id, _): return .pushed(id, .accepted)
        case .readRequests(let id): return .requestsRead(id, .standing([]))
        case .collect(let id, _): return .collected(id)
        case .restore(let id, _): return .restored(id, .moot)
        }
    }
}
