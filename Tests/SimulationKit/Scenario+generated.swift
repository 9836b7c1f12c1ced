import Core
import Simulator

extension Scenario {
    /// A scenario drawn from a seed: two to four applications, an hour of commits and accidents, a few kinds of fault.
    package init(generatedFrom seed: UInt64) {
        var draw = Draw(seed)
        let count = 2 + draw.below(3)
        var fleet: [Application] = []
        var topics: [String: Topic] = [:]
        for index in 0..<count { fleet.append(Scenario.application(index, of: fleet, &draw)) }
        var steps: [Step] = []
        for application in fleet {
            for _ in 0..<(1 + draw.below(5)) {
                let at = Span.seconds(Int64(60 + draw.below(3300)))
                steps.append(contentsOf: Scenario.deeds(for: application, at: at, &draw))
            }
        }
        if draw.chance(200) {
            // Somebody removes an application while another's file is broken.
            let at = Span.seconds(Int64(600 + draw.below(1800)))
            let (broken, removed) = (fleet[1].name, fleet[0].name)
            steps += [
                Step(at: at, deed: .breakManifest(broken)), Step(at: at + .seconds(40), deed: .remove(removed)),
                Step(at: at + .minutes(12), deed: .mendManifest(broken)),
                Step(at: at + .minutes(14), deed: .add(removed)),
            ]
        }
        if draw.chance(120) { steps.append(Step(at: .seconds(Int64(draw.below(3600))), deed: .rewriteHistory)) }
        if draw.chance(150) {
            let at = Span.seconds(Int64(draw.below(3000)))
            steps += [
                Step(at: at, deed: .pauseFleet(true)),
                Step(at: at + .seconds(Int64(30 + draw.below(1200))), deed: .pauseFleet(false)),
            ]
        }
        for _ in 0..<draw.below(5) {
            steps.append(
                Step(
                    at: .seconds(Int64(draw.below(3500))),
                    deed: .disturb(Scenario.disturbance(fleet, &draw))))
        }
        for _ in 0..<draw.below(3) { steps.append(Step(at: .seconds(Int64(draw.below(3600))), deed: .crash)) }
        let faults = Fault.allCases.filter { draw.chance($0 == .pushFails ? 400 : 250) }
        self.init(
            seed: seed, fleet: fleet, gates: Scenario.gates, steps: steps.sorted { $0.at < $1.at }, faults: faults)
        autoscales = draw.chance(300)
        isProtected = draw.chance(200)
        platformCountsPartitions = draw.chance(700)
        for subscription in fleet.flatMap(\.release.components).flatMap(\.subscriptions) {
            topics[subscription.topic] = Topic(
                name: subscription.topic, partitions: [1, 2, 4, 8, 64][draw.below(5)], schemas: ["v1"],
                maxDeliveries: 2 + draw.below(5), ackTimeout: .seconds(Int64(5 + draw.below(60))))
        }
        self.topics = topics
        addLastingTrouble()
        self.steps = (self.steps + Scenario.journeys(fleet, &draw)).sorted { $0.at < $1.at }
    }

    /// What happens to manifests without declaring anything, among what does. Drawn last, so that all else of a seed stays.
    private static func journeys(_ fleet: [Application], _ draw: inout Draw) -> [Step] {
        var steps: [Step] = []
        for application in fleet where draw.chance(300) {
            let at = Span.seconds(Int64(120 + draw.below(3300)))
            switch draw.below(4) {
            case 0: steps.append(Step(at: at, deed: .move(application.name)))
            case 1: steps.append(Step(at: at, deed: .mergeOlder(nil)))
            case 2: steps.append(Step(at: at, deed: .mergeOlder(application.name)))
            default:
                // A version waits dark while its manifest moves, or a colleague merges, and then it is activated.
                let name = application.name
                let journey: Deed = draw.chance(500) ? .move(name) : .mergeOlder(nil)
                steps += [
                    Step(at: at, deed: .darkVersion(name)),
                    Step(at: at + .seconds(Int64(20 + draw.below(300))), deed: journey),
                    Step(at: at + .seconds(Int64(400 + draw.below(600))), deed: .setActivation(name, .active)),
                ]
            }
        }
        return steps
    }

    static var gates: [String: Gate] {
        let analysis = Analysis(metric: .errorRate, criterion: .max(milli: 50_000), interval: .seconds(20), count: 2)
        return [
            "smoke": Gate(name: "smoke", when: .before, check: .smokeTest(SmokeTest(requests: [.init(path: "/")]))),
            "errors": Gate(name: "errors", when: .during, check: .analysis(analysis)),
            "consent": Gate(name: "consent", when: .before, check: .approval(Approval(count: 1))),
        ]
    }

    static func application(_ index: Int, of others: [Application], _ draw: inout Draw) -> Application {
        let name = ["search", "checkout", "orders", "mailer"][index]
        let kinds: [[Component.Kind]] = [[.service], [.service, .service], [.consumer], [.service, .consumer]]
        let chosen = kinds[index == 0 ? 1 : draw.below(kinds.count)]
        let full = [1, 2, 3, 4, 7, 10, 12, 40][draw.below(8)]
        var replicas: [String: Int] = [:]
        var components: [Component] = []
        for (position, kind) in chosen.enumerated() {
            let component = "c\(position)"
            let run = SimulatedRun(
                startTime: .seconds(Int64(2 + draw.below(40))), capacity: 50, drainTime: .seconds(Int64(draw.below(20)))
            )
            var subscriptions: [Subscription] = []
            if kind == .consumer, draw.chance(800) {
                subscriptions.append(Subscription(topic: "\(name)-in", subscription: name, exclusive: draw.chance(300)))
            }
            components.append(
                Component(name: component, kind: kind, run: .simulated(run), subscriptions: subscriptions))
            replicas[component] = max(1, full - position)
        }
        var application = Application(
            name: name, release: Release(version: "1", components: components),
            activation: draw.chance(100) ? .inactive : .active, replicas: replicas,
            strategy: .inline(strategy(&draw)))
        if let first = others.first, draw.chance(300) { application.dependsOn = [first.name] }
        return application
    }

    static func strategy(_ draw: inout Draw) -> Strategy {
        let ladders = [[100], [1, 10, 50, 100], [5, 25, 100], [50, 100], [10, 20, 40, 60, 80, 100]]
        let weights = ladders[draw.below(ladders.count)]
        let stages = weights.enumerated().map { index, weight in
            var gates: [String] = []
            if index == 0, draw.chance(500) { gates.append("smoke") }
            if draw.chance(500) { gates.append("errors") }
            if index > 0, draw.chance(150) { gates.append("consent") }
            return Strategy.Stage(
                name: "s\(index)", weight: weight, hold: .seconds(Int64(draw.below(240))), gates: gates)
        }
        return Strategy(
            prescale: [0, 25, 50, 100][draw.below(4)], surge: [0, 10, 25, 100][draw.below(4)], stages: stages,
            progressDeadline: .minutes(Int64(5 + draw.below(15))),
            onFailure: [.rollback, .rollback, .rollback, .hold, .revert][draw.below(5)],
            rollbackStages: draw.chance(800) ? [0] : [30, 0],
            retention: .init(time: .minutes(Int64(1 + draw.below(50))), capacity: [0, 25, 50][draw.below(3)]),
            onNewVersion: draw.chance(700) ? .replace : .queue)
    }

    private static func disturbance(_ fleet: [Application], _ draw: inout Draw) -> Disturbance {
        let name = fleet[draw.below(fleet.count)].name
        let side: Side = draw.chance(500) ? .flip : .flop
        let time = Span.seconds(Int64(10 + draw.below(600)))
        switch draw.below(20) {
        case 18...19: return .reportsLost(application: name, side: side, until: time)
        case 12: return .sidecarDown(application: name, side: side, until: time)
        case 13: return .sidecarStale(application: name, side: side, until: time)
        case 14: return .sidecarSplit(application: name, side: side, until: time)
        case 15: return .deactivationIgnored(application: name, side: side, until: time)
        case 16: return .slowDrain(application: name, side: side, until: time)
        case 17: return .backlog(application: name, messages: 100_000)
        case 0: return .crash(application: name, side: side, count: 1 + draw.below(4))
        case 1: return .unready(application: name, side: side, until: time)
        case 2: return .neverReady(application: name, side: side, until: time)
        case 3: return .lie(application: name, side: side, until: time)
        case 4: return .freeze(application: name, until: time)
        case 5: return .quota(namespace: side.rawValue, replicas: draw.below(30))
        case 6: return .nodesExhausted(namespace: side.rawValue, until: time)
        case 7: return .humanScales(application: name, side: side, to: draw.below(10))
        case 8: return .humanRoutes(application: name, flip: draw.below(101))
        case 9: return .humanDeletes(application: name, side: side)
        case 10: return .surge(application: name, percent: 200, until: time)
        default: return .clockSet(.minutes(Int64(draw.below(200)) - 100))
        }
    }

    private static func deeds(for application: Application, at: Span, _ draw: inout Draw) -> [Step] {
        let name = application.name
        func step(_ after: Int64, _ deed: Deed) -> Step { Step(at: at + .seconds(after), deed: deed) }
        switch draw.below(20) {
        case 16:
            return [
                step(0, .newVersion(name, faults: [])),
                step(Int64(30 + draw.below(400)), .ask(name, .pause, full: false)),
                step(Int64(450 + draw.below(600)), .resume(name)),
            ]
        case 17:
            let verb: Request.Verb = draw.chance(500) ? .abort : .promote
            let asked = step(Int64(30 + draw.below(400)), .ask(name, verb, full: draw.chance(400)))
            return [step(0, .newVersion(name, faults: [])), asked]
        case 18:
            return [
                step(0, .newVersion(name, faults: [.crashOnStart])),
                step(Int64(600 + draw.below(1500)), .ask(name, .retry, full: false)),
            ]
        case 19:
            // An approval for one release, and another release close behind it.
            let next = step(Int64(300 + draw.below(900)), .newVersion(name, faults: []))
            return [step(0, .newVersion(name, faults: [])), step(200, .ask(name, .approve, full: false)), next]
        case 0...4:
            // Now and then a version comes at an hour when nobody asks for anything: its gates have no data.
            let version = step(0, .newVersion(name, faults: []))
            if !draw.chance(300) { return [version] }
            let lull = Span.minutes(Int64(3 + draw.below(20)))
            return [version, step(0, .disturb(.surge(application: name, percent: 0, until: lull)))]
        case 5...6:
            // Bad versions are rejected within minutes; that has to outlive the daemon.
            let faults: [SimulatedFault] =
                draw.chance(400) ? [.crashOnStart] : [.errors(perMille: 300, after: .seconds(30))]
            let bad = step(0, .newVersion(name, faults: faults))
            return draw.chance(600) ? [bad, step(Int64(120 + draw.below(900)), .crash)] : [bad]
        case 7...8:
            return [step(0, .newVersion(name, faults: [])), step(Int64(draw.below(500)), .revert(name))]
        case 9:
            return [
                step(0, .setActivation(name, .inactive)), step(Int64(draw.below(900)), .setActivation(name, .active)),
            ]
        case 10: return [step(0, .suspend(name, true)), step(Int64(draw.below(900)), .suspend(name, false))]
        case 11: return [step(0, .until(name, "s0")), step(Int64(draw.below(900)), .until(name, nil))]
        case 12: return [step(0, .replicas(name, 1 + draw.below(12)))]
        case 13: return [step(0, .editStrategy(name))]
        case 14:
            if draw.chance(300) { return [step(0, .rename(name, to: name + "-two"))] }
            return [step(0, .remove(name)), step(Int64(draw.below(1200)), .add(name))]
        default:
            return [step(0, .breakManifest(name)), step(Int64(draw.below(600)), .mendManifest(name))]
        }
    }
}

/// Choices from a seed.
package struct Draw {
    private var generator: SeededGenerator

    package init(_ seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// 0..<n
    package mutating func below(_ n: Int) -> Int { Int(generator.next() % UInt64(n)) }
    package mutating func chance(_ perMille: Int) -> Bool { below(1000) < perMille }
}
