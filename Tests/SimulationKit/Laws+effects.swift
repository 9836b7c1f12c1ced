import Core

extension Laws {
    /// Many times what an application needs that is moving.
    private static var looksAMinute: Int { 100 }

    private static var deadline: Span { EngineConfiguration().effectDeadline }

    // MARK: What is under way: law 15

    /// The engine asks for an effect. What it waits for stays within one pass, one fetch, one push and one evaluation
    /// of each gate.
    mutating func commanded(_ command: Command, _ simulation: Simulation) {
        records.expire(at: simulation.now)
        switch command {
        case .fetch(let id): begin(.fetch, id, simulation)
        case .readRequests(let id): begin(.requests, id, simulation)
        case .collect(let id, _): begin(.collection, id, simulation)
        case .restore(let id, let order): begin(.restoration(order.application), id, simulation)
        case .push(let id, let updates):
            begin(.push, id, simulation)
            for status in updates.map(\.status) where status.removal?.doneAt != nil && status.removal?.renamedTo == nil
            {
                removedHere[status.application] = simulation.remote.index(of: status.observedRevision)
            }
        case .evaluate(let id, let run): begin(.gate(run.application, run.gate.name), id, simulation)
        case .observe(let id, let name):
            records.looked(at: name, simulation.now)
            judgePace(name, simulation)
            begin(.pass(name), id, simulation)
        case .perform(let id, _, let key):
            begin(.pass(key.application), id, simulation)
            looks[key.application] = nil
            if let problem = records.open(key, id, at: simulation.now) {
                broken(SupervisionLaw.name, simulation, problem)
            }
        }
        judgeRecords(simulation)
    }

    private mutating func begin(_ subject: Awaited, _ id: EffectID, _ simulation: Simulation) {
        if let other = awaited[subject], simulation.now - other.since < Self.deadline {
            broken("law 15 (bounded)", simulation, "\(subject) is asked for while it is under way")
        }
        awaited[subject] = (id, simulation.now)
    }

    /// Who has nothing to do looks at the platform now and then, and not as fast as it answers.
    private mutating func judgePace(_ name: ApplicationName, _ simulation: Simulation) {
        let minute = looks[name] ?? (simulation.now, 0)
        let isOver = simulation.now - minute.since > .minutes(1)
        looks[name] = isOver ? (simulation.now, 1) : (minute.since, minute.count + 1)
        if !isOver, minute.count >= Self.looksAMinute {
            broken(
                "law 15 (bounded)", simulation,
                "\(name) is looked at \(minute.count) times a minute, and nothing is done")
        }
    }

    /// The application whose observation an event brings; nil for any other event.
    mutating func observed(_ event: Event) -> ApplicationName? {
        guard case .observed(let id, .success) = event else { return nil }
        return awaited.first { $0.value.id == id }.flatMap { if case .pass(let name) = $0.key { name } else { nil } }
    }

    mutating func answered(_ event: Event) {
        let answered: EffectID
        switch event {
        case .fetched(let id, _), .observed(let id, _), .evaluated(let id, _), .pushed(let id, _),
            .requestsRead(let id, _), .collected(let id), .restored(let id, _):
            answered = id
        case .performed(let id, let result):
            answered = id
            records.answered(id, result)
        case .led, .superseded, .poke, .tick: return
        }
        if let subject = awaited.first(where: { $0.value.id == answered })?.key { awaited[subject] = nil }
    }

    /// Nobody answers a daemon that has died.
    mutating func restarted() {
        awaited = [:]
        moving = []
        lookedAt = [:]
        neglected = [:]
        kept = [:]
        coming = [:]
        unfixed = [:]
        isSuperseded = false
        standing = nil
        takenUp = []
        removedHere = [:]
        records.forgetAnswers()
    }

    private mutating func judgeRecords(_ simulation: Simulation) {
        counts.timeouts = records.timeouts
        for record in records.takeTimedOut() where simulation.engine.status(of: record.application) != nil {
            if !record.isHandled {
                broken(
                    SupervisionLaw.name, simulation,
                    "\(record.id) timed out, and nobody has looked at \(record.application) since")
            }
        }
    }
}
