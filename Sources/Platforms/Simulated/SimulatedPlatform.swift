package import Core
package import Reconciler
import ServiceLifecycle
package import Simulator

/// A simulated world that goes on by a clock, behind the ports.
///
/// Run as a service it saves what changed every few seconds and at shutdown. While no process runs, the world
/// stands still.
///
/// Its own conformance to the ports is that of the standard environment, for no fleet; ``SimulatedEnvironment`` has those of
/// any. Everything else names applications as ``Tenant/key(_:)`` has them.
package actor SimulatedPlatform: Platform, Workloads, Reconciler.Router, GateEvaluator, Service {
    /// The clock that the world goes by.
    package nonisolated let time: ClockTime<ContinuousClock>
    /// How many times faster than real time it passes.
    package nonisolated let scale: Double
    private nonisolated let store: WorldStore?
    private nonisolated let notice: @Sendable (String) -> Void
    /// Why it could not be saved last; nil where it could.
    private var trouble: String?
    var world: World
    var isSaved = true

    /// Most replicas that a floor may ask for: a mistyped number must not fill the memory.
    package static let floorLimit = 10_000

    /// - Parameters:
    ///   - world: how it begins, at its own time.
    ///   - scale: how many times faster than real time it goes on.
    ///   - store: where it is saved; nil for nowhere.
    ///   - notice: told, in a sentence, that it cannot be saved, once for each reason.
    package init(
        _ world: World, scale: Double = 1, store: WorldStore? = nil,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.notice = notice
        self.world = world
        self.scale = scale
        self.store = store
        time = ClockTime(clock: ContinuousClock(), origin: world.now, scale: scale)
    }

    /// Goes on with the world that is saved in a directory, or begins a new one there, now.
    package init(
        directory: String, seed: UInt64, configuration: WorldConfiguration = WorldConfiguration(), scale: Double = 1,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        let store = try WorldStore(directory: directory)
        let world =
            try store.load()
            ?? World(
                seed: seed, start: ClockTime<ContinuousClock>.wall().now, configuration: configuration)
        self.init(world, scale: scale, store: store, notice: notice)
    }

    // MARK: Ports

    package func observe(_ application: ApplicationName) async throws(EffectFailure) -> Observation {
        try observe(application, for: Tenant())
    }

    package func perform(_ action: Action, key: ActionKey) async throws(EffectFailure) -> Receipt {
        try perform(action, key: key, fleet: nil)
    }

    /// What stands of an application in a tenant's environment.
    ///
    /// - Throws: ``Core/EffectFailure`` where it is another fleet's.
    package func observe(_ application: ApplicationName, for tenant: Tenant) throws(EffectFailure) -> Observation {
        advance()
        let name = try enter(application, tenant)
        return world.observe(name)
    }

    /// Does what an action says to the application of the key's environment.
    ///
    /// - Parameters:
    ///   - action: what should be.
    ///   - key: for which application, and under which lead.
    ///   - fleet: for whom; it owns the application from here on.
    /// - Returns: when it took effect.
    /// - Throws: ``Core/EffectFailure`` where it is another fleet's, something newer has acted, or it cannot be done.
    package func perform(_ action: Action, key: ActionKey, fleet: String?) throws(EffectFailure) -> Receipt {
        try SimulatedBounds.check(action, key)
        advance()
        let tenant = Tenant(environment: key.environment, fleet: fleet)
        let name = try enter(key.application, tenant)
        let action = try placed(action, tenant)
        isSaved = false
        do throws(Refusal) {
            let receipt = try world.perform(action, application: name, epoch: key.epoch, sequence: key.sequence)
            own(name, tenant)
            return receipt
        } catch {
            if error.isStale { throw EffectFailure(.staleEpoch, error.message) }
            if case .scale(let side, _) = action, world.digest(of: name, on: side) == nil {
                throw EffectFailure(.notFound, error.message)
            }
            throw EffectFailure(.refused, error.message)
        }
    }

    package func evaluate(_ run: GateRun) async -> GateResult {
        evaluate(GateQuestion(run))
    }

    // MARK: The rest of what a simulator does

    package func evaluate(_ question: GateQuestion) -> GateResult {
        advance()
        return SimulatedGates.evaluate(question, in: &world)
    }

    /// What the requests of the last `window` met on a side.
    package func metrics(of application: ApplicationName, on side: Side, window: Span) -> RequestMetrics {
        advance()
        return world.metrics(of: application, on: side, window: window)
    }

    /// What a request to a service would meet now; nil where no such service stands there.
    package func service(_ component: String, of application: ApplicationName, on side: Side) -> ServiceState? {
        advance()
        return world.service(component, of: application, on: side)
    }

    package func disturb(_ disturbance: Disturbance) throws(EffectFailure) {
        try SimulatedBounds.check(disturbance, in: world)
        advance()
        isSaved = false
        world.apply(disturbance)
    }

    /// Every application that anything was ever done for, sorted.
    package var applications: [ApplicationName] { world.applications }

    /// The world as it is now.
    package func current() -> World {
        advance()
        return world
    }

    package func save() throws {
        advance()
        _ = try store?.save(&world)
        isSaved = true
    }

    /// Saves what has changed every two seconds, and everything at the end.
    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                while true {
                    try await Task.sleep(for: .seconds(2))
                    await self.saveChanges()
                }
            }
        } catch is CancellationError {
            // The end that was asked for.
        }
        try save()
    }

    /// What cannot be written now is written with the next that can; at the end it is an error.
    private func saveChanges() {
        guard !isSaved else { return }
        do {
            try save()
            trouble = nil
        } catch {
            let words = "\(error); it is tried again by itself"
            if words != trouble { notice(words) }
            trouble = words
        }
    }

    func advance() {
        world.advance(to: time.now)
    }
}
