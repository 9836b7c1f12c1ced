import Core
import Manifests
import Rehearsal
import Simulator

/// What a rehearsed change came to, as `plan` and `simulate` tell it.
struct RehearsalReport: Encodable {
    struct Entry: Encodable {
        var name: ApplicationName
        /// Version that served before; nil for none.
        var from: String?
        /// Version that is declared to serve; nil for none.
        var to: String?
        var strategy: String?
        var steps: [Moment]
        /// From the commit until nothing was left to do but wait for retention.
        var duration: Span
        /// Highest sum of both sides in percent of need.
        var peakCapacity: Int
        var phase: Phase
        var serving: String?
        var servingSide: Side?
        /// Percent of the declared release.
        var weight: Int
        /// What stays of the old side, and until when (since the commit).
        var retained: String?
        var retainedSide: Side?
        var retainedUntil: Span?
        var waiting: String?
        var requests: Int?
        var failed: Int?
        /// Whether what is declared is so.
        var reached: Bool
    }

    var from: String?
    var to: String
    /// Whether all came to rest within the limit.
    var settled: Bool
    var seed: UInt64?
    var disturbances: [Moment]
    var applications: [Entry]
}

extension RehearsalReport {
    /// Brings a rehearsal to where the old end is settled.
    static func settle(_ rehearsal: inout Rehearsal, at pair: FleetPair) async throws {
        guard let base = try await pair.baseChange(), let old = try await pair.oldChange() else { return }
        for change in [base, old] {
            rehearsal.declare(change)
            guard rehearsal.run(limit: .hours(48), awaitsRetention: false) else {
                throw Failure(
                    "what \(pair.old?.label ?? "the old revision") declares does not come to rest in simulation, so "
                        + "there is no state to start from",
                    advice: "see where it stops: sluice simulate PATH --to \(pair.old?.label ?? "REVISION")")
            }
        }
    }

    init(_ pair: FleetPair, settled: Bool) {
        from = pair.old?.label
        to = pair.new.label
        self.settled = settled
        disturbances = []
        applications = []
    }

    /// Notes where an application stands.
    static func entry(
        _ name: ApplicationName, _ pair: FleetPair, _ rehearsal: Rehearsal, before: Status?
    ) -> Entry {
        let application = pair.new.applications[name]?.application
        let status = rehearsal.engine.status(of: name)
        let weights = rehearsal.world.weights(of: name)
        let stable = status?.stable
        let serving = rehearsal.expected[name]?.serving
        let isReached: Bool
        if application == nil {
            isReached = !rehearsal.world.holdsAnything(of: name)
        } else if let serving {
            isReached = stable?.release.digest == serving.digest && stable.flatMap { weights?[$0.side] } == 100
        } else {
            isReached = weights == nil
        }
        return Entry(
            name: name, from: before?.stable?.release.release.version,
            to: serving?.release.version,
            strategy: application.flatMap {
                if case .named(let name) = $0.strategy { name } else { nil }
            },
            steps: rehearsal.moments.filter { $0.application == name },
            duration: rehearsal.lastMoment(of: name) ?? .zero, peakCapacity: rehearsal.peaks[name] ?? 0,
            phase: status?.phase ?? .removed, serving: stable?.release.release.version, servingSide: stable?.side,
            weight: stable.flatMap { weights?[$0.side] } ?? 0,
            retained: status?.retained?.placement.release.release.version,
            retainedSide: status?.retained?.placement.side,
            retainedUntil: status?.retained.map { $0.until - rehearsal.declaredAt },
            waiting: status?.waiting.flatMap { $0.reason == .retention ? nil : $0.message }, reached: isReached)
    }

    // MARK: Text

    /// Phases that go without saying beside the steps.
    static func isSilent(_ step: Moment) -> Bool {
        step.kind == .phase && (step.text == "Progressing" || step.text == "Pending")
    }

    /// The steps of one application, each with its time.
    static func lines(_ steps: [Moment]) -> String {
        Terminal.table(
            steps.filter { !isSilent($0) }.map { step in
                let text = Terminal.clean(step.text)
                let shown =
                    switch step.kind {
                    case .progress: Terminal.bold(text)
                    case .wait: Terminal.dim(text)
                    case .phase: step.text.hasSuffix("Healthy") ? Terminal.green(text) : Terminal.yellow(text)
                    case .disturbance: Terminal.red(text)
                    default: text
                    }
                return ["  " + clock(step.at), shown]
            })
    }

    /// Time since the commit, to the second: `+2m5s`.
    static func clock(_ span: Span) -> String { "+" + seconds(span) }

    static func seconds(_ span: Span) -> String {
        Span(milliseconds: (span.milliseconds + 500) / 1000 * 1000).description
    }

    static func title(_ entry: Entry) -> String {
        let change =
            switch (entry.from, entry.to) {
            case (let old?, let new?) where old == new: "\(new) stays"
            case (let old?, let new?): "\(old) → \(new)"
            case (nil, let new?): "\(new), for the first time"
            case (let old?, nil): "\(old) goes"
            case (nil, nil): "nothing serves"
            }
        let strategy = entry.strategy.map { ", strategy \($0)" } ?? ""
        return Terminal.bold(Terminal.clean(entry.name)) + ": " + Terminal.clean(change + strategy)
    }
}
