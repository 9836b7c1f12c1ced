import Core
import Simulator

extension Simulation {
    /// Does what the engine asked for, in simulated time and with the scenario's faults.
    mutating func carryOut(_ command: Command) {
        let latency = moment(20, upTo: 200)
        defer { book.laws.commanded(command, self) }
        switch command {
        case .fetch(let id):
            trace.line(now) { "fetch" }
            if strikes(.fetchHangs) { return }
            if strikes(.fetchFails) {
                answer(.fetched(id, .failed(EffectFailure(.unreachable, "the remote reset the connection"))), latency)
            } else {
                queue.add(.fetch(id, incarnation: incarnation), at: now + latency)
            }
        case .observe(let id, let name):
            if strikes(.observationLost, name) { return }
            let usual = areFaultsOn && scenario.looksTake > .zero ? scenario.looksTake : latency
            let late = strikes(.observationLate) ? Span.seconds(Int64(draw.below(200))) : usual
            queue.add(.read(id, name, incarnation: incarnation), at: now + late)
        case .perform(let id, let action, let key):
            trace.line(now) { "perform \(key) \(action.brief)" }
            perform(id, action, key, latency)
        case .evaluate(let id, let run):
            if strikes(.gateHangs, run.application) { return }
            if strikes(.gateErrors, run.application) {
                answer(.evaluated(id, .outcome(.error, detail: "the evaluator failed")), latency)
            } else {
                queue.add(.evaluate(id, run, incarnation: incarnation), at: now + latency)
            }
        case .readRequests(let id):
            if strikes(.fetchHangs) { return }
            if strikes(.fetchFails) {
                let failure = EffectFailure(.unreachable, "the remote reset the connection")
                answer(.requestsRead(id, .failed(failure)), latency)
            } else {
                queue.add(.readRequests(id, incarnation: incarnation), at: now + latency)
            }
        case .collect(let id, let spent):
            trace.line(now) { "collect " + spent.map(\.id).joined(separator: " ") }
            guard let index = beginEffect() else { return crash() }
            queue.add(.collect(id, spent, index: index, incarnation: incarnation), at: now + latency)
        case .restore(let id, let order):
            trace.line(now) { "restore \(order.stable.release.version) of \(order.application)" }
            guard let index = beginEffect() else { return crash() }
            queue.add(.restore(id, order, index: index, incarnation: incarnation), at: now + latency)
        case .push(let id, let updates):
            trace.line(now) {
                "push " + updates.map { "\($0.status.application): \($0.summary)" }.joined(separator: "; ")
            }
            push(id, updates, latency)
        }
    }

    /// - Returns: the effect's number; nil where the daemon dies before it.
    private mutating func beginEffect() -> Int? {
        effectIndex += 1
        if let crashPoint, crashPoint.index == effectIndex, !crashPoint.after { return nil }
        return strikes(.crashBeforeEffect) ? nil : effectIndex
    }

    /// How long something takes, in milliseconds.
    mutating func moment(_ least: Int, upTo most: Int) -> Span {
        .milliseconds(Int64(scenario.isSteady ? (least + most) / 2 : least + draw.below(most - least)))
    }

    mutating func answer(_ event: Event, _ after: Span) {
        queue.add(.answer(event, incarnation: incarnation), at: now + after)
    }

    // MARK: Actions

    private mutating func perform(_ id: EffectID, _ action: Action, _ key: ActionKey, _ latency: Span) {
        book.laws.issued(action, key, self)
        effectIndex += 1
        if let crashPoint, crashPoint.index == effectIndex, !crashPoint.after { return crash() }
        if strikes(.crashBeforeEffect) { return crash() }
        if strikes(.actionRefused, key.application) {
            return answer(.performed(id, .failure(EffectFailure(.refused, "the platform is busy"))), latency)
        }
        if strikes(.actionLost, key.application) { return }
        let reach = strikes(.actionLate) ? Span.seconds(Int64(draw.below(400))) : latency
        var lie: EffectFailure?
        if strikes(.actionAnsweredWithError) { lie = EffectFailure(.unreachable, "the connection was reset") }
        var sent = action
        if strikes(.actionPartlyApplied), let part = action.part {
            sent = part
            lie = EffectFailure(.unreachable, "the platform stopped half way")
        }
        queue.add(
            .reach(id, sent, key, index: effectIndex, incarnation: incarnation, answerAfter: latency, answer: lie),
            at: now + reach)
        if strikes(.actionDuplicated) {
            let again = now + reach + .seconds(Int64(draw.below(300)))
            queue.add(.reach(0, sent, key, index: 0, incarnation: -1, answerAfter: latency, answer: lie), at: again)
        }
    }

    mutating func reach(
        _ id: EffectID, _ action: Action, _ key: ActionKey, _ index: Int, _ incarnation: Int, _ after: Span,
        _ lie: EffectFailure?
    ) {
        let result: Result<Receipt, EffectFailure>
        book.laws.willApply(action, key, self)
        do {
            let receipt = try world.perform(
                action, application: key.application, epoch: key.epoch, sequence: key.sequence)
            book.laws.didApply(action, key, self)
            result = lie.map { .failure($0) } ?? .success(receipt)
        } catch {
            result = .failure(EffectFailure(error.isStale ? .staleEpoch : .refused, "\(error)"))
        }
        book.laws.checkWorld(self)
        guard incarnation == self.incarnation else { return }
        if let crashPoint, crashPoint.index == index, crashPoint.after { return crash() }
        if strikes(.crashAfterEffect) { return crash() }
        answer(.performed(id, result), after)
    }

    // MARK: Observations

    mutating func read(_ id: EffectID, _ name: ApplicationName, _ incarnation: Int) {
        guard incarnation == self.incarnation else { return }
        let age = strikes(.observationStale) ? Span.seconds(Int64(draw.below(120))) : .zero
        let observation = world.observe(name, age: age)
        book.laws.delivered(observation, of: name, at: now)
        book.laws.read(observation, of: name, self)
        answer(.observed(id, .success(observation)), moment(1, upTo: 50))
    }

    // MARK: Git

    mutating func fetch() -> FetchOutcome {
        guard let head = remote.head else { return .failed(EffectFailure(.notFound, "the repository is empty")) }
        if fetchedHead == head { return .unchanged }
        let change = remote.change(from: fetchedHead, to: head, gates: scenario.gates, held: heldSince)
        heldSince = change.held.keys.reduce(into: [:]) {
            $0[$1] = heldSince[$1] ?? fetchedHead ?? remote.statuses[$1]?.past.flatMap { remote.index(of: $0.head) }
        }
        fetchedHead = head
        book.laws.fetched(change, fleet: remote.headFleet, head: head)
        return .changed(change)
    }

    private mutating func push(_ id: EffectID, _ updates: [StatusUpdate], _ latency: Span) {
        guard let index = beginEffect() else { return crash() }
        if strikes(.pushFails) || strikes(.pushLosesRace) {
            return answer(.pushed(id, .failed(EffectFailure(.unreachable, "the push was not accepted"))), latency)
        }
        if areStatusesRefused {
            return answer(.pushed(id, .failed(EffectFailure(.refused, "the branch is protected"))), latency)
        }
        let isSeen = !strikes(.pushLandsUnseen)
        queue.add(
            .push(id, updates, index: index, epoch: engineEpoch, incarnation: incarnation, seen: isSeen),
            at: now + latency)
    }

    mutating func land(
        _ id: EffectID, _ updates: [StatusUpdate], _ index: Int, _ epoch: Int, _ incarnation: Int, _ isSeen: Bool
    ) {
        guard remote.push(updates, epoch: epoch) else {
            if incarnation == self.incarnation {
                answer(.pushed(id, .superseded(epoch: remote.epoch)), .milliseconds(1))
            }
            return
        }
        for update in updates { note(update.status) }
        book.laws.landed(updates, self)
        guard incarnation == self.incarnation else { return }
        if let crashPoint, crashPoint.index == index, crashPoint.after { return crash() }
        if strikes(.crashAfterEffect) { return crash() }
        let failure = EffectFailure(.unreachable, "the ref could not be read back")
        answer(.pushed(id, isSeen ? .accepted : .failed(failure)), moment(1, upTo: 100))
    }

    /// Keeps what is new in a status's history.
    private mutating func note(_ status: Status) {
        let last = transitions[status.application]?.last
        let history = status.history.entries
        let known = last.flatMap { history.lastIndex(of: $0) }
        transitions[status.application, default: []] += history.suffix(from: known.map { $0 + 1 } ?? 0)
    }

    // MARK: Gates

    mutating func evaluate(_ run: GateRun) -> GateResult {
        switch run.gate.check {
        case .smokeTest:
            let isUp = world.readyReplicas(of: run.application, on: run.candidate) > 0
            return .outcome(isUp ? .passed : .failed, detail: isUp ? "200" : "no answer")
        case .analysis:
            let metrics = world.metrics(of: run.application, on: run.candidate, window: .seconds(30))
            guard metrics.requests >= 10 else { return .outcome(.inconclusive, detail: "too few requests") }
            let perMille = Int(1000 * metrics.failed / metrics.requests)
            return .outcome(perMille <= 50 ? .passed : .failed, detail: "\(perMille) per mille failed, at most 50")
        case .webhook, .approval:
            return .unavailable(detail: "nothing evaluates it")
        }
    }
}

extension Action {
    /// What is left of an action that stopped half way; nil where there are no halves.
    var part: Action? {
        guard case .scale(let side, let floors) = self, floors.count > 1, let first = floors.keys.sorted().first else {
            return nil
        }
        return .scale(side: side, floors: [first: floors[first] ?? 0])
    }

    var brief: String {
        switch self {
        case .deploy(let side, _, let release, _, let floors):
            "deploy \(side) \(release.version) \(floors.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
        case .scale(let side, let floors):
            "scale \(side) \(floors.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
        case .route(let route): "route \(route.map { "\($0.weights.flip)/\($0.weights.flop)" } ?? "none")"
        case .teardown(let side): "teardown \(side)"
        case .adopt(let name): "adopt \(name)"
        }
    }
}
