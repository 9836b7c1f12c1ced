package import Core
package import Simulator

/// One run: the real engine, a simulated platform, a simulated remote, virtual time, one seed.
///
/// This is the shell of the simulation. It carries out the engine's commands as the daemon's shell does, but against
/// values, and with the scenario's faults between every two effects.
package struct Simulation {
    package indirect enum Happening {
        case step(Scenario.Deed)
        case answer(Event, incarnation: Int)
        /// An action reaches the platform; its answer is due `after`.
        case reach(EffectID, Action, ActionKey, index: Int, incarnation: Int, answerAfter: Span, answer: EffectFailure?)
        case read(EffectID, ApplicationName, incarnation: Int)
        case fetch(EffectID, incarnation: Int)
        case push(EffectID, [StatusUpdate], index: Int, epoch: Int, incarnation: Int, seen: Bool)
        case evaluate(EffectID, GateRun, incarnation: Int)
        case readRequests(EffectID, incarnation: Int)
        case collect(EffectID, [Request], index: Int, incarnation: Int)
        case restore(EffectID, RestoreOrder, index: Int, incarnation: Int)
        case restart
        case endOfFaults
    }

    package static let start = Instant(milliseconds: 1_767_225_600_000)

    /// Many times what any correct run needs.
    static var eventLimit: Int { 30_000 }

    package let scenario: Scenario
    package internal(set) var now = Simulation.start
    package internal(set) var world: World
    package internal(set) var remote = SimulatedRemote()
    package internal(set) var engine: any SimulatedEngine
    package internal(set) var trace: Trace
    /// What was broken first, if anything was.
    package var laws: Laws { book.laws }
    /// Copies of a run share it: a run is made, not forked.
    let book: LawBook
    package internal(set) var crashes = 0
    /// Index of the next effect, over all incarnations; the crash-point loop names one.
    package internal(set) var effectIndex = 0
    /// Crash at this effect, before or after it.
    package var crashPoint: (index: Int, after: Bool)?

    var queue = Timeline<Happening>()
    var draw: Draw
    var incarnation = 0
    var isUp = false
    var engineEpoch = 0
    /// The head that this incarnation's shell has read.
    var fetchedHead: Int? {
        didSet { if fetchedHead == nil { heldSince = [:] } }
    }
    /// What could not be read of it, and the last head that was read at which it could.
    var heldSince: [ApplicationName: Int] = [:]
    /// The state of the requests branch that this incarnation's shell has read.
    var readRequests: Int?
    /// The daemon's clock minus true time; changes only at a restart.
    var clockOffset = Span.zero
    var areFaultsOn = true
    /// Another daemon leads, and this one hears of it or has heard.
    var isOtherLeading = false
    /// The server takes no commits of the status branch.
    var areStatusesRefused = false
    /// What each application's manifest said before it was broken.
    var intended: [ApplicationName: Application] = [:]
    /// Versions that were declared of each application so far.
    var versions: [ApplicationName: Int] = [:]
    /// Edits of each application's strategy so far.
    var edits: [ApplicationName: UInt64] = [:]
    /// What happened to each application, as recorded.
    package internal(set) var transitions: [ApplicationName: [HistoryEntry]] = [:]
    let makeEngine: (EngineConfiguration) -> any SimulatedEngine

    /// - Parameters:
    ///   - scenario: what happens.
    ///   - trace: what to note of it.
    ///   - makeEngine: the engine under test; a new one after every crash.
    package init(
        _ scenario: Scenario, trace: Trace = Trace(keepsLines: false),
        engine makeEngine: @escaping (EngineConfiguration) -> any SimulatedEngine = { Engine(configuration: $0) }
    ) {
        self.scenario = scenario
        self.trace = trace
        self.makeEngine = makeEngine
        draw = Draw(scenario.seed ^ 0x5eed)
        world = World(seed: scenario.seed, start: Simulation.start, configuration: scenario.world)
        engine = makeEngine(EngineConfiguration())
        book = LawBook(scenario)
        for application in scenario.fleet { intended[application.name] = application }
        remote.topics = scenario.topics
        remote.commit(intended)
        for step in scenario.steps { queue.add(.step(step.deed), at: now + step.at) }
        queue.add(.endOfFaults, at: now + scenario.faultsEnd)
        queue.add(.restart, at: now)
    }

    /// For so long nothing may be done where there is nothing to do.
    static let quiet = Span.minutes(45)

    /// Runs to the end, or to the first broken law. It has come to the end early where the faults are over, every
    /// application rests, and nothing has been done for as long as it takes to tell: more of that shows nothing more.
    package mutating func run() {
        var end = scenario.faultsEnd + Self.quiet
        while end < scenario.end {
            run(until: end)
            if book.laws.violation != nil { return }
            if isAtRest { break }
            end = end + .minutes(15)
        }
        if !isAtRest { run(until: scenario.end) }
        if book.laws.violation == nil { book.laws.checkEnd(self) }
    }

    /// Whether all that is declared was taken up, nothing is on its way or kept for a while, and nothing has been done
    /// for some time.
    private var isAtRest: Bool {
        guard isUp, fetchedHead == remote.head, book.laws.lastDone.values.allSatisfy({ $0 <= now - Self.quiet }) else {
            return false
        }
        return engine.applications.allSatisfy { name in
            guard let status = engine.status(of: name) else { return true }
            return status.candidate == nil && status.retained == nil && status.rollback == nil && status.stage == nil
                && (status.removal == nil || status.removal?.doneAt != nil)
        }
    }

    /// Runs until so long after the start, or to the first broken law.
    package mutating func run(until span: Span) {
        let end = Simulation.start + span
        var events = 0
        while book.laws.violation == nil {
            events += 1
            if events > Self.eventLimit {
                book.laws.broken("law 13 (then does nothing)", self, "still busy after \(events) events")
                break
            }
            let wake = isUp ? engine.nextWake.map { max(now, $0 - clockOffset) } : nil
            let next = queue.next
            guard let time = [wake, next].compactMap({ $0 }).min(), time <= end else { break }
            now = max(now, time)
            world.advance(to: now)
            if let next, next <= time, let happening = queue.take() {
                take(happening)
            } else {
                send(.tick)
            }
        }
        if book.laws.violation == nil {
            now = end
            world.advance(to: end)
        }
    }

    // MARK: Events

    private mutating func take(_ happening: Happening) {
        switch happening {
        case .step(let deed):
            trace.line(now) { "\(deed)" }
            perform(deed)
            book.laws.checkWorld(self)
        case .endOfFaults:
            endFaults()
        case .restart:
            restart()
        case .answer(let event, let incarnation):
            if incarnation == self.incarnation { send(event) }
        case .fetch(let id, let incarnation):
            guard incarnation == self.incarnation else { return }
            send(.fetched(id, fetch()))
        case .read(let id, let name, let incarnation):
            read(id, name, incarnation)
        case .reach(let id, let action, let key, let index, let incarnation, let after, let answer):
            reach(id, action, key, index, incarnation, after, answer)
        case .push(let id, let updates, let index, let epoch, let incarnation, let isSeen):
            land(id, updates, index, epoch, incarnation, isSeen)
        case .readRequests(let id, let incarnation):
            if incarnation == self.incarnation { send(.requestsRead(id, readRequestsBranch())) }
        case .collect(let id, let spent, let index, let incarnation):
            collect(id, spent, index, incarnation)
        case .restore(let id, let order, let index, let incarnation):
            restore(id, order, index, incarnation)
        case .evaluate(let id, let run, let incarnation):
            guard incarnation == self.incarnation else { return }
            let result = evaluate(run)
            book.laws.note(result, of: run, self)
            trace.line(now) { "gate \(run.application) \(run.gate.name) \(result)" }
            send(.evaluated(id, result))
        }
    }

    private mutating func send(_ event: Event) {
        guard isUp else { return }
        let observed = book.laws.observed(event)
        book.laws.answered(event)
        let commands = engine.handle(event, at: now + clockOffset)
        book.laws.judgeLead(event, commands, self)
        if let observed {
            book.laws.judgeStates(observed, self)
            book.laws.judgeBeginning(observed, self)
            book.laws.judgeNeglect(observed, self)
            book.laws.judgeGivenBack(observed, self)
            book.laws.judgeComing(observed, self)
            book.laws.judgeFix(observed, self)
        }
        for command in commands {
            guard isUp else { return }
            carryOut(command)
        }
    }

    private mutating func restart() {
        if strikes(.crashDuringRecovery), crashes < 12 {
            crashes += 1
            queue.add(.restart, at: now + .seconds(1))
            return
        }
        incarnation += 1
        isUp = true
        book.laws.restarted()
        if isOtherLeading { book.laws.records.resume(at: now) }
        isOtherLeading = false
        fetchedHead = nil
        readRequests = nil
        if incarnation > 1, strikes(.clockJumps) { clockOffset = Span.minutes(Int64(draw.below(4000)) - 2000) }
        var configuration = EngineConfiguration(seed: scenario.seed &+ UInt64(incarnation))
        configuration.idleObserveInterval = .minutes(2)
        configuration.pollInterval = .seconds(30)
        configuration.concurrency = scenario.looksAtOnce
        engine = makeEngine(configuration)
        lead()
    }

    private mutating func lead() {
        isOtherLeading = false
        let led = remote.lead()
        engineEpoch = led.epoch
        trace.line(now) { "lead epoch \(led.epoch)" }
        send(.led(epoch: led.epoch, statuses: led.statuses))
    }

    /// Another daemon raises the epoch; this one sees it at one of its polls, where no push tells it before.
    mutating func loseLead() {
        guard isUp, areFaultsOn, !isOtherLeading else { return }
        isOtherLeading = true
        answer(.superseded(epoch: remote.lead().epoch), .seconds(Int64(1 + draw.below(30))))
    }

    /// The other daemon has left in good order: whoever stood by leads again, with what stands on the branch. What it
    /// asked for before is nobody's any more.
    mutating func retakeLead() {
        guard isUp, isOtherLeading else { return }
        incarnation += 1
        book.laws.restarted()
        book.laws.records.resume(at: now)
        fetchedHead = nil
        readRequests = nil
        lead()
    }

    mutating func crash() {
        guard isUp else { return }
        crashes += 1
        isUp = false
        incarnation += 1
        trace.line(now) { "crash" }
        queue.add(.restart, at: now + .seconds(Int64(1 + draw.below(60))))
    }

    /// Whether a fault befalls an effect, one of `application` where it is given.
    mutating func strikes(_ fault: Fault, _ application: ApplicationName? = nil) -> Bool {
        if let application, let aimed = scenario.aimed[application], aimed.contains(fault) { return true }
        return areFaultsOn && scenario.faults.contains(fault) && draw.chance(fault.perMille)
    }

    private mutating func endFaults() {
        areFaultsOn = false
        areStatusesRefused = false
        retakeLead()
        world.endDisturbances()
        trace.line(now) { "faults end" }
        // What people left half done is finished, so that there is a declared state to reach.
        for name in intended.keys.sorted() {
            intended[name]?.suspend = false
            intended[name]?.until = nil
        }
        remote.commit(intended)
        remote.takeBack { $0.verb == .pause }
        perform(.approvePending)
    }
}

/// What the simulation needs of an engine; mutants are engines too.
/// Keeps the laws beside the run that they judge, so that they can look at it while they note what they saw, without a
/// copy of either.
final class LawBook {
    var laws: Laws

    init(_ scenario: Scenario) { laws = Laws(scenario) }
}

package protocol SimulatedEngine {
    mutating func handle(_ event: Event, at now: Instant) -> [Command]
    var nextWake: Instant? { mutating get }
    var isQuiescent: Bool { get }
    func status(of name: ApplicationName) -> Status?
    var applications: [ApplicationName] { get }
}

extension Engine: SimulatedEngine {}
