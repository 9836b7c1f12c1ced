import AsyncAlgorithms
package import Core
package import Logging
import ServiceLifecycle

/// The effect loop: feeds the machine events, carries out its commands, and decides nothing.
///
/// Each command is a child task of its own, so that a slow or hanging effect of one application delays no other; its
/// result comes back as an event through one channel. Senders of that channel wait to be heard, so that nothing piles
/// up: there are never more events than effects under way.
package actor Loop<M: Machine>: Service {
    /// - `running`: whatever the machine asks for is done. Left when a shutdown is asked for.
    /// - `stopping`: only statuses are still pushed, and what is under way is waited for. Left for the end, when
    ///   nothing of that is left or the grace is over.
    private enum Mode {
        case running
        case stopping
    }

    private enum Input: Sendable {
        case event(Event)
        case result(of: Command, Event)
        case stop
        case graceOver
        case giveUp(EffectFailure)
    }

    private var machine: M
    private var mode = Mode.running
    private var epoch = 0
    private var actionsUnderWay = 0
    private var pushesUnderWay = 0
    /// What was last said to be wrong with what, so that it is said once.
    private var complaints: [String: String] = [:]
    private var observations: [ApplicationName: Observation] = [:]

    private nonisolated let effects: Effects
    private nonisolated let logger: Logger
    private nonisolated let shutdownGrace: Span
    private nonisolated let standbyInterval: Span
    private nonisolated let inputs = AsyncChannel<Input>()
    private nonisolated let alarm = Alarm()
    private nonisolated let pokes: AsyncStream<Void>
    private nonisolated let poker: AsyncStream<Void>.Continuation
    /// That another leads now.
    private nonisolated let standbys: AsyncStream<Void>
    private nonisolated let standingBy: AsyncStream<Void>.Continuation
    /// Status transitions as they are decided.
    package nonisolated let transitions = Transitions()

    /// - Parameters:
    ///   - machine: decides.
    ///   - effects: carries out what it decides.
    ///   - logger: told what goes wrong.
    ///   - shutdownGrace: how long a graceful shutdown waits for actions and pushes under way.
    ///   - standbyInterval: how often it is asked, while another leads, whether that still does.
    package init(
        machine: M, effects: Effects, logger: Logger, shutdownGrace: Span = .seconds(10),
        standbyInterval: Span = EngineConfiguration().pollInterval
    ) {
        self.machine = machine
        self.effects = effects
        self.logger = logger
        self.shutdownGrace = shutdownGrace
        self.standbyInterval = standbyInterval
        (pokes, poker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (standbys, standingBy) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs until it is shut down or cancelled.
    package func run() async throws {
        try await run(once: false)
    }

    /// Runs until nothing is left to do now.
    ///
    /// - Throws: ``Core/EffectFailure`` where leadership cannot be taken or the manifests cannot be read: there is
    ///   then nothing that could become quiescent.
    package func runUntilQuiescent() async throws {
        try await run(once: true)
    }

    /// Says that the manifest repository may have changed. Any number of these before it is looked at are one.
    package nonisolated func poke() {
        poker.yield()
    }

    /// What is recorded of an application now; nil where it is not known.
    package func status(of name: ApplicationName) -> Status? { machine.status(of: name) }

    package func snapshot() -> Snapshot {
        Snapshot(
            at: effects.time.now, epoch: machine.epoch, supersededBy: machine.supersededBy,
            revision: machine.revision, fetchFailure: machine.fetchFailure, pushFailure: machine.pushFailure,
            statuses: machine.applications.compactMap { machine.status(of: $0) }, observations: observations)
    }

    private func run(once: Bool) async throws {
        defer { transitions.finish() }
        let failure: EffectFailure? = await withDiscardingTaskGroup { group in
            group.addTask { await self.takeLead(once: once) }
            group.addTask { await self.keepTime() }
            group.addTask { await self.passOnPokes() }
            group.addTask { await self.awaitShutdown() }
            group.addTask { await self.watchJournal() }
            if !once { group.addTask { await self.standBy() } }
            defer { group.cancelAll() }
            for await input in inputs {
                if case .giveUp(let failure) = input { return failure }
                if case .graceOver = input {
                    logger.warning("stopped with \(actionsUnderWay) actions and \(pushesUnderWay) pushes unanswered")
                    return nil
                }
                for command in take(input) {
                    let epoch = epoch
                    group.addTask {
                        let event = await self.effects.run(command, epoch: epoch)
                        await self.inputs.send(.result(of: command, event))
                        guard case .fetch = command, let newer = await self.effects.newerEpoch(than: epoch) else {
                            return
                        }
                        await self.inputs.send(.event(.superseded(epoch: newer)))
                    }
                }
                if mode == .stopping, actionsUnderWay == 0, pushesUnderWay == 0 { return nil }
                guard once, mode == .running else { continue }
                if machine.isQuiescent { return nil }
                if let impasse = machine.impasse { return impasse }
                if machine.revision == nil, let failure = machine.fetchFailure { return failure }
            }
            return nil
        }
        if let failure { throw failure }
    }

    // MARK: The machine

    /// One step: an event in, commands out. Synchronous, so that nothing comes between.
    private func take(_ input: Input) -> [Command] {
        let event: Event
        var command: Command?
        var isTick = false
        switch input {
        case .stop:
            mode = .stopping
            logger.notice("stopping; \(actionsUnderWay) actions are under way")
            event = .tick
        case .event(let given):
            event = given
            if case .tick = given { isTick = true }
        case .result(let answered, let result):
            event = result
            command = answered
            settle(answered)
        case .graceOver, .giveUp:
            return []
        }
        note(event, command)
        let now = effects.time.now
        let led = machine.supersededBy == nil
        var commands = machine.handle(event, at: now)
        if led, machine.supersededBy != nil {
            standingBy.yield()
            if case .performed = event {
                logger.warning(
                    "fenced: the platform has obeyed a later epoch than \(epoch); standing by, and nothing is acted on until a restart"
                )
            }
        }
        if case .observe(_, let application)? = command { forget(application) }
        // A machine that stays due after its tick is asked again, but not in a circle.
        alarm.set(machine.nextWake.map { isTick ? max($0, now + .milliseconds(1)) : $0 })
        if mode == .stopping {
            commands = commands.filter { command in
                if case .push = command { true } else { false }
            }
        }
        for command in commands { begin(command) }
        return commands
    }

    private func begin(_ command: Command) {
        switch command {
        case .perform(_, _, let key):
            actionsUnderWay += 1
            logger.debug("\(key)")
        case .push(_, let updates):
            pushesUnderWay += 1
            for update in updates { logger.notice("\(update.status.application): \(update.summary)") }
            transitions.tell(updates)
        case .fetch, .observe, .evaluate, .readRequests, .collect, .restore:
            break
        }
    }

    private func settle(_ command: Command) {
        switch command {
        case .perform: actionsUnderWay -= 1
        case .push: pushesUnderWay -= 1
        case .fetch, .observe, .evaluate, .readRequests, .collect, .restore: break
        }
    }

    /// Keeps the read side, and says what went wrong: each failure once, until it changes or ends.
    private func note(_ event: Event, _ command: Command?) {
        switch event {
        case .led(let epoch, let statuses):
            self.epoch = epoch
            logger.notice("leading under epoch \(epoch), with \(statuses.count) applications on record")
            if machine.supersededBy != nil {
                logger.warning("whoever led has left; leading again, under epoch \(epoch)")
            }
        case .superseded(let epoch), .pushed(_, .superseded(let epoch)):
            guard machine.supersededBy == nil else { break }
            logger.warning(
                "epoch \(epoch) leads now; standing by until it has left; where nobody runs under it, restart this one")
        case .fetched(_, let outcome):
            if case .failed(let failure) = outcome { complain("manifests", failure) } else { calm("manifests") }
        case .pushed(_, .failed(let failure)):
            complain("status branch", failure)
        case .pushed(_, .accepted):
            calm("status branch")
        case .observed(_, let result):
            guard case .observe(_, let application)? = command else { return }
            switch result {
            case .success(let observation):
                observations[application] = observation
                calm(application)
            case .failure(let failure):
                complain(application, failure)
            }
        case .requestsRead(_, let outcome):
            if case .failed(let failure) = outcome {
                complain("requests branch", failure)
            } else {
                calm("requests branch")
            }
        case .restored(_, .failed(let failure)):
            guard case .restore(_, let order)? = command else { return }
            complain("\(order.application): restoring commit", failure, once: false)
        case .performed(_, .failure(let failure)):
            guard case .perform(_, _, let key)? = command else { return }
            complain("\(key.application): \(key.purpose)", failure, once: false)
        case .poke, .tick, .performed, .evaluated, .collected, .restored:
            break
        }
    }

    private func complain(_ subject: String, _ failure: EffectFailure, once: Bool = true) {
        if once {
            guard complaints[subject] != failure.message else { return }
            complaints[subject] = failure.message
        }
        logger.warning("\(subject): \(failure.message)")
    }

    /// Told to whoever was told of the trouble.
    private func calm(_ subject: String) {
        if complaints.removeValue(forKey: subject) != nil { logger.warning("\(subject): answers again") }
    }

    /// What is no longer known is forgotten.
    private func forget(_ application: ApplicationName) {
        guard machine.status(of: application) == nil else { return }
        observations[application] = nil
        complaints[application] = nil
    }

    // MARK: Children

    private nonisolated func takeLead(once: Bool) async {
        let limit = EngineConfiguration().backoffLimit
        var delay = EngineConfiguration().backoffBase
        var told: String?
        while !Task.isCancelled {
            switch await effects.lead() {
            case .success(let lead):
                await inputs.send(.event(.led(epoch: lead.epoch, statuses: lead.statuses)))
                return
            case .failure(let failure):
                if once {
                    await inputs.send(.giveUp(failure))
                    return
                }
                if Task.isCancelled { return }
                // What is not there yet is looked for as the manifests are, and said once.
                let isAbsent = failure.kind == .notFound
                let pause = max(isAbsent ? standbyInterval : delay, failure.retryAfter ?? .zero)
                if !isAbsent || told != failure.message {
                    let next =
                        isAbsent ? "it is looked for again and again" : "next attempt in \(effects.time.real(pause))"
                    logger.warning("leadership was not taken: \(failure.message); \(next)")
                }
                told = failure.message
                try? await effects.time.sleep(until: effects.time.now + pause)
                if !isAbsent { delay = min(delay * 2, limit) }
            }
        }
    }

    /// Each time that another leads: waits until nobody does any more, and takes the lead again.
    private nonisolated func standBy() async {
        for await _ in standbys {
            var hasForgotten = false
            var told: String?
            while !Task.isCancelled {
                try? await effects.time.sleep(until: effects.time.now + standbyInterval)
                if Task.isCancelled { return }
                if !hasForgotten { hasForgotten = await effects.startOver() }
                guard hasForgotten else { continue }
                let result = await effects.takeOver()
                if case .success(let lead?) = result {
                    await inputs.send(.event(.led(epoch: lead.epoch, statuses: lead.statuses)))
                    break
                }
                guard case .failure(let failure) = result, told != failure.message else { continue }
                told = failure.message
                logger.warning("whether another still leads cannot be found out: \(failure.message)")
            }
        }
    }

    /// Sends a tick whenever the machine's time has come.
    private nonisolated func keepTime() async {
        while !Task.isCancelled {
            let (target, version) = alarm.arm()
            let (alarm, time) = (alarm, effects.time)
            await withTaskGroup { group in
                group.addTask { await alarm.changed(since: version) }
                if let target {
                    group.addTask { try? await time.sleep(until: target) }
                }
                await group.next()
                group.cancelAll()
            }
            if !Task.isCancelled, alarm.isDue(at: time.now) { await inputs.send(.event(.tick)) }
        }
    }

    private nonisolated func passOnPokes() async {
        for await _ in pokes { await inputs.send(.event(.poke)) }
    }

    private nonisolated func awaitShutdown() async {
        guard (try? await gracefulShutdown()) != nil else { return }
        await inputs.send(.stop)
        guard (try? await effects.time.sleep(until: effects.time.now + shutdownGrace)) != nil else { return }
        await inputs.send(.graceOver)
    }

    /// Ends the records of actions that nobody has answered for, and says so. What is to be done about them is found
    /// out by observation, as always.
    private nonisolated func watchJournal() async {
        do throws(EffectFailure) {
            let left = try await effects.journal.outstanding()
            if !left.isEmpty { logger.notice("\(left.count) actions were left unanswered by an earlier process") }
        } catch {
            logger.warning("\(error.message)")
        }
        while !Task.isCancelled {
            do throws(EffectFailure) {
                for key in try await effects.journal.expire(at: effects.time.now) {
                    logger.warning("given up waiting for an answer to \(key)")
                }
            } catch {
                logger.warning("\(error.message)")
            }
            try? await effects.time.sleep(until: effects.time.now + effects.deadline)
        }
    }
}
