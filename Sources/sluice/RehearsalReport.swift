import Core
import Foundation
import Git
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
        /// Where it stands before the change; nil where nothing stands.
        var start: Start?
        /// Whether the change deploys anything; without, only weights and sizes change.
        var deploys: Bool
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

    /// Where an application stands before the change.
    struct Start: Encodable {
        var serving: String?
        var servingSide: Side?
        /// A version that stays on the other side, until its retention ends.
        var retained: String?
        var retainedSide: Side?
        /// A version that waits dark.
        var dark: String?
        var darkSide: Side?
        /// A version that is on its way, the stage that it is at, and that stage's weight in percent.
        var moving: String?
        var movingSide: Side?
        var movingStage: String?
        var movingWeight: Int?

        /// - Returns: nil where nothing stands.
        init?(_ status: Status?) {
            guard let status, status.stable != nil || status.candidate != nil || status.retained != nil else {
                return nil
            }
            serving = status.stable?.release.release.version
            servingSide = status.stable?.side
            if let former = status.retained {
                retained = former.placement.release.release.version
                retainedSide = former.placement.side
            }
            if let candidate = status.candidate, status.stage == nil {
                dark = candidate.release.release.version
                darkSide = candidate.side
            } else if let candidate = status.candidate, let stage = status.stage {
                moving = candidate.release.release.version
                movingSide = candidate.side
                movingStage = stage.name
                movingWeight = stage.weight
            }
        }

        /// One line for people.
        var text: String {
            var parts = ["\(serving ?? "nothing") serves"]
            if let servingSide { parts[0] += " on \(servingSide.rawValue)" }
            if let retained, let retainedSide { parts.append("\(retained) is retained on \(retainedSide.rawValue)") }
            if let dark, let darkSide { parts.append("\(dark) waits dark on \(darkSide.rawValue)") }
            if let moving, let movingSide, let movingStage, let movingWeight {
                parts.append(
                    "\(moving) is on its way on \(movingSide.rawValue), at stage \(movingStage) (\(movingWeight)%)")
            }
            return parts.joined(separator: ", ")
        }
    }

    /// What a rehearsal begins at.
    struct Begin: Encodable {
        enum Kind: String, Encodable {
            /// What the status branch records.
            case live
            /// The old end, settled.
            case settled
            /// Nothing ran before.
            case nothing
        }

        var kind: Kind
        var environment: String?
        /// The status branch's commit.
        var status: String?
        /// How old that was.
        var age: Span?
    }

    var begins: Begin
    var from: String?
    var to: String
    /// Whether all came to rest within the limit.
    var settled: Bool
    var seed: UInt64?
    /// Whether approvals were taken as given.
    var approvalsGiven: Bool
    var disturbances: [Moment]
    var applications: [Entry]
}

extension RehearsalReport {
    /// Virtual time that every declaration before the change gets to come to rest.
    private static let settlingLimit = Span.hours(24 * 60)

    /// Brings a rehearsal to where the old end is settled.
    ///
    /// - Returns: what each changed application's status is there.
    static func settle(_ rehearsal: inout Rehearsal, at pair: FleetPair) async throws -> [Status?] {
        rehearsal.replayProblems = pair.new.replayProblems
        if let live = pair.live {
            rehearsal.begin(
                with: pair.liveStatuses, at: Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)))
            return pair.changed.map { live.statuses[$0] }
        }
        guard rehearsal.settle(try await pair.settlement(), limit: settlingLimit) else {
            throw Failure(
                "what \(pair.old?.label ?? "the old revision") declares does not come to rest in simulation, so "
                    + "there is no state to start from",
                advice: "see where it stops: sluice simulate PATH --to \(pair.old?.label ?? "REVISION")")
        }
        return pair.changed.map { rehearsal.engine.status(of: $0) }
    }

    init(_ pair: FleetPair, settled: Bool, approvalsGiven: Bool) {
        self.approvalsGiven = approvalsGiven
        begins = Begin(kind: pair.old == nil ? .nothing : .settled)
        if let live = pair.live {
            let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            begins = Begin(
                kind: .live, environment: live.environment, status: live.commit.description,
                age: max(.zero, now - live.at))
        }
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
            start: Start(before),
            deploys: rehearsal.moments.contains { $0.application == name && $0.kind == .deploy },
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

    /// `from what is live (sluice/status/default at 3f2a9c1, 2m old) to the working tree`
    var ends: String {
        switch begins.kind {
        case .nothing: return "from nothing to \(to)"
        case .settled: return "from \(from ?? "nothing"), settled, to \(to)"
        case .live:
            let branch = LiveFleet.branch(of: begins.environment ?? "default")
            let age = RehearsalReport.seconds(begins.age ?? .zero)
            return "from what is live (\(branch) at \((begins.status ?? "").prefix(10)), \(age) old) to \(to)"
        }
    }

    /// What an application does of whose change nothing is to be shown.
    static func stillness(_ entry: Entry) -> String {
        if entry.reached { return "nothing to do" }
        return "stays as it is, short of what is declared: \(Terminal.clean(entry.waiting ?? entry.phase.rawValue))"
    }

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
        Span(milliseconds: (span + .milliseconds(500)).milliseconds / 1000 * 1000).description
    }

    /// That a version is gone back to without deploying it; nil where that is not so.
    static func switchBack(_ entry: Entry) -> String? {
        guard !entry.deploys, let start = entry.start, let side = start.retainedSide, start.retained == entry.to,
            entry.servingSide == side
        else { return nil }
        return "only traffic moves: \(side.rawValue) still holds \(entry.to ?? "it"), nothing is deployed"
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
        let start = entry.start.map { "\n  " + Terminal.dim(Terminal.clean("before: " + $0.text)) } ?? ""
        return Terminal.bold(Terminal.clean(entry.name)) + ": " + Terminal.clean(change + strategy) + start
    }
}
