import Core

/// Law 10: every supervision record ends exactly once, as completed, or as timed out and handled.
///
/// Keeps the records that the daemon's journal would hold of a run: opened before an action is performed, completed by
/// an answer that says what became of it, and timed out otherwise. Handled means that the application was looked at
/// again after the engine stopped waiting.
struct SupervisionLaw {
    struct Record {
        var id: String
        var application: ApplicationName
        var openedAt: Instant
        var isHandled = false
    }

    static let name = "law 10 (records end once)"
    /// As the daemon's journal: four times the effect's deadline.
    static var window: Span { EngineConfiguration().effectDeadline * 4 }
    /// How much later whoever has more to look at than can be looked at may come to it.
    private let patience: Span

    /// Records that were timed out.
    private(set) var timeouts = 0
    private var open: [String: Record] = [:]
    private var due = Timeline<(id: String, openedAt: Instant)>()
    private var awaited: [EffectID: String] = [:]
    private var timedOut: [Record] = []

    /// Every application is looked at in turn: a few rounds of looks, where each takes its time.
    init(_ scenario: Scenario) {
        patience = scenario.looksTake * Int64(4 * scenario.fleet.count / max(1, scenario.looksAtOnce))
    }

    /// - Returns: what is wrong, where this would end another action's record.
    mutating func open(_ key: ActionKey, _ id: EffectID, at now: Instant) -> String? {
        let name = key.description
        let former = open[name]
        open[name] = Record(id: name, application: key.application, openedAt: now)
        due.add((name, now), at: now + Self.window + patience)
        awaited[id] = name
        return former.map { "\(name) is recorded again while the record of \($0.openedAt - Simulation.start) is open" }
    }

    /// An answer that leaves open what became of the action leaves the record open too.
    mutating func answered(_ id: EffectID, _ result: Result<Receipt, EffectFailure>) {
        guard let name = awaited.removeValue(forKey: id) else { return }
        if case .failure(let failure) = result, failure.kind == .timedOut || failure.kind == .unreachable { return }
        open[name] = nil
    }

    mutating func looked(at application: ApplicationName, _ now: Instant) {
        for (name, record) in open where record.application == application && record.openedAt < now {
            open[name]?.isHandled = true
        }
    }

    mutating func expire(at now: Instant) {
        while let next = due.next, next <= now, let entry = due.take() {
            guard let record = open[entry.id], record.openedAt == entry.openedAt else { continue }
            open[entry.id] = nil
            timeouts += 1
            timedOut.append(record)
        }
    }

    mutating func takeTimedOut() -> [Record] {
        defer { timedOut = [] }
        return timedOut
    }

    mutating func forgetAnswers() { awaited = [:] }

    /// Whoever leads again has the time anew in which what was left open is handled: nobody looks while another leads.
    mutating func resume(at now: Instant) {
        for (name, record) in open where !record.isHandled {
            open[name]?.openedAt = now
            due.add((name, now), at: now + Self.window + patience)
        }
    }
}
