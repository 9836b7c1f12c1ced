import Core
import Simulator

/// Trouble that lasts: a status branch that refuses for longer than any deadline, a stable side that dies while its
/// candidate is held, a daemon that has more to look at than it can; and renames that are taken back.
///
/// It is drawn from a source of its own, so that the rest of a seed's scenario is what it was without it.
extension Scenario {
    mutating func addLastingTrouble() {
        var draw = Draw(seed ^ 0x1a57_1235)
        if draw.chance(120) { closeStatusBranch(&draw) }
        if draw.chance(150) { loseStableSide(&draw) }
        if draw.chance(60) { overload(&draw) }
        takeBackRenames()
        stayDark()
        loseLead()
        beginBroken()
        fixWhatIsDead()
        steps.sort { $0.at < $1.at }
    }

    /// Some renames are reverted, soon or late.
    private mutating func takeBackRenames() {
        var draw = Draw(seed ^ 0xba_c4)
        for step in steps {
            guard case .rename(let name, let to) = step.deed, draw.chance(400) else { continue }
            let after = Span.seconds(Int64(20 + draw.below(draw.chance(500) ? 120 : 1500)))
            steps.append(Step(at: step.at + after, deed: .takeBackRename(of: name, to: to)))
        }
    }

    /// A version is declared dark and nothing else after it, and the daemon starts anew beside it.
    private mutating func stayDark() {
        var draw = Draw(seed ^ 0xda_4c)
        guard draw.chance(150) else { return }
        let name = fleet[draw.below(fleet.count)].name
        let at = Span.seconds(Int64(3000 + draw.below(900)))
        steps += [
            Step(at: at, deed: .darkVersion(name)),
            Step(at: at + .seconds(Int64(60 + draw.below(400))), deed: .crash),
        ]
    }

    /// Another daemon takes the lead for some minutes.
    private mutating func loseLead() {
        var draw = Draw(seed ^ 0x1ead)
        guard draw.chance(150) else { return }
        let at = Span.seconds(Int64(120 + draw.below(3000)))
        steps += [
            Step(at: at, deed: .otherLeads(true)),
            Step(at: at + .seconds(Int64(5 + draw.below(600))), deed: .otherLeads(false)),
        ]
    }

    /// A first deployment does not come up, until somebody declares another version.
    private mutating func beginBroken() {
        var draw = Draw(seed ^ 0xf1_257)
        guard draw.chance(60) else { return }
        let index = draw.below(fleet.count)
        for position in fleet[index].release.components.indices {
            guard case .simulated(var run) = fleet[index].release.components[position].run else { continue }
            run.faults = [.crashOnStart]
            fleet[index].release.components[position].run = .simulated(run)
        }
        steps.append(
            Step(at: .seconds(Int64(2400 + draw.below(1500))), deed: .newVersion(fleet[index].name, faults: [])))
    }

    /// A release is given up beside a side that is dead, and a fix is declared.
    private mutating func fixWhatIsDead() {
        var draw = Draw(seed ^ 0xf1_0)
        guard draw.chance(200) else { return }
        let name = fleet[draw.below(fleet.count)].name
        let at = Span.seconds(Int64(200 + draw.below(900)))
        let side: Side = draw.chance(500) ? .flip : .flop
        let dies = at + .seconds(Int64(40 + draw.below(200)))
        steps += [
            Step(at: at, deed: .newVersion(name, faults: [])),
            Step(at: dies, deed: .disturb(.unready(application: name, side: side, until: .minutes(50)))),
            Step(at: dies + .seconds(Int64(draw.below(90))), deed: .ask(name, .abort, full: false)),
            Step(at: dies + .seconds(Int64(120 + draw.below(400))), deed: .newVersion(name, faults: [])),
        ]
    }

    private mutating func closeStatusBranch(_ draw: inout Draw) {
        let at = Span.seconds(Int64(60 + draw.below(2400)))
        steps += [
            Step(at: at, deed: .refuseStatuses(true)),
            Step(at: at + .minutes(Int64(10 + draw.below(60))), deed: .refuseStatuses(false)),
        ]
    }

    private mutating func loseStableSide(_ draw: inout Draw) {
        let name = fleet[draw.below(fleet.count)].name
        let at = Span.seconds(Int64(300 + draw.below(2400)))
        let after = at + .seconds(Int64(40 + draw.below(300)))
        let time = Span.minutes(Int64(5 + draw.below(50)))
        let side: Side = draw.chance(500) ? .flip : .flop
        steps += [
            Step(at: at, deed: .newVersion(name, faults: [])),
            Step(at: after, deed: .disturb(.unready(application: name, side: side, until: time))),
        ]
        if draw.chance(300) { steps.append(Step(at: at + .seconds(30), deed: .until(name, "s0"))) }
        if draw.chance(200) { steps.append(Step(at: at + .minutes(12), deed: .newVersion(name, faults: []))) }
    }

    /// One commit changes every application of a fleet, and each look takes its time.
    private mutating func overload(_ draw: inout Draw) {
        var strategy = Strategy(
            surge: 100, stages: [.init(name: "s0", weight: 10, hold: .seconds(20)), .init(name: "s1", weight: 100)])
        strategy.progressDeadline = .minutes(5)
        strategy.retention.time = .minutes(1)
        fleet = (0..<(8 + draw.below(8))).map { index in
            let run = SimulatedRun(startTime: .seconds(Int64(2 + draw.below(8))), capacity: 50)
            return Application(
                name: "shop-\(index)",
                release: Release(
                    version: "1", components: [Component(name: "c0", kind: .service, run: .simulated(run))]),
                replicas: ["c0": 2], strategy: .inline(strategy))
        }
        steps = fleet.map { Step(at: .minutes(20), deed: .newVersion($0.name, faults: [])) }
        faults = faults.filter { [.crashAfterEffect, .crashBeforeEffect, .pushFails, .fetchFails].contains($0) }
        looksAtOnce = 1 + draw.below(2)
        looksTake = .seconds(Int64(5 + draw.below(20)))
        autoscales = false
        topics = [:]
    }
}
