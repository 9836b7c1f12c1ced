import Core
import Manifests
import Testing

/// A status branch can be edited by hand, and a simulator can answer anything: whatever numbers stand there, the engine
/// goes on.
@Suite struct ExtremeStatusTests {
    static let release = Release(
        version: "1.0",
        components: [
            Component(name: "api", kind: .service, run: .simulated(SimulatedRun())),
            Component(
                name: "worker", kind: .consumer, run: .simulated(SimulatedRun()),
                subscriptions: [Subscription(topic: "t", subscription: "s", exclusive: false)]),
        ])
    static var next: Release {
        var next = release
        next.version = "1.1"
        return next
    }

    static func status() -> Status {
        let at = Instant(milliseconds: 1_767_225_600_123)
        func placement(_ side: Side, _ release: Release, _ weight: Int) -> Placement {
            Placement(
                side: side, namespace: side.rawValue,
                release: DeclaredRelease(
                    release: release, digest: release.digest, introduced: "0e1", replicas: ["api": 40, "worker": 3]),
                strategy: .standard, revision: "123", weight: weight, state: .current, since: at)
        }
        var status = Status(application: "search", observedRevision: "abc", phase: .progressing)
        status.stable = placement(.flip, release, 90)
        status.candidate = placement(.flop, next, 10)
        status.retained = Retained(placement: placement(.flop, next, 0), until: at + .hours(24), served: true)
        var stage = StageProgress(
            index: 1, name: "early", weight: 10, enteredAt: at, deadline: at + .minutes(20),
            gates: [GateProgress(name: "smoke")])
        (stage.heldSince, stage.holdUntil, stage.pausedAt) = (at, at + .minutes(5), at)
        status.stage = stage
        status.peakCapacity = 125
        return status
    }

    /// The status with one number of it after the other replaced.
    static func edited(_ values: [String]) -> [Status] {
        let lines = StatusCoding.yaml(status()).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        var found: [Status] = []
        for (index, line) in lines.enumerated() {
            guard let colon = line.firstRange(of: ": "), line[colon.upperBound...].contains(where: \.isNumber) else {
                continue
            }
            for value in values {
                var text = lines
                text[index] = line[..<colon.upperBound] + value
                // What is refused cannot do harm.
                if let status = try? StatusCoding.decode(Array(text.joined(separator: "\n").utf8)) {
                    found.append(status)
                }
            }
        }
        return found
    }

    static func observation(_ value: Int, at: Instant) -> Observation {
        func side(_ release: Release) -> SideObservation {
            SideObservation(
                digest: release.digest, version: release.version, epoch: value,
                components: release.components.map {
                    ComponentObservation(
                        name: $0.name, floor: value, replicas: value, ready: value, active: value, inFlight: value,
                        unheard: Unheard(replicas: value, by: "a"),
                        backlog: Backlog(messages: value, needed: value, partitions: value))
                }, failing: value)
        }
        return Observation(
            readAt: at,
            route: RouteObservation(
                route: Route(weights: Weights(10, on: .flop), actives: ["worker": PerSide(flip: value, flop: value)]),
                settled: true, epoch: value),
            sides: PerSide(flip: side(release), flop: side(next)))
    }

    /// Plays a daemon that finds the status, and a platform that reports one number everywhere.
    static func play(_ status: Status, _ value: Int, at times: [Instant]) -> Int {
        var engine = Engine(configuration: EngineConfiguration())
        let application = Application(
            name: "search", release: next, replicas: ["api": 40, "worker": 3])
        let declared = Declaration(
            application: application, strategy: .standard, revision: "abc", introduced: "0e1")
        let change = FleetChange(revision: "abc", isComplete: true, declared: [declared], isFull: true)
        var (commands, answered) = (engine.handle(.led(epoch: 2, statuses: [status]), at: times[0]), 0)
        for now in times {
            commands += engine.handle(.tick, at: now)
            for _ in 0..<40 {
                guard !commands.isEmpty else { break }
                answered += 1
                let event: Event =
                    switch commands.removeFirst() {
                    case .fetch(let id): .fetched(id, .changed(change))
                    case .observe(let id, _): .observed(id, .success(observation(value, at: now)))
                    case .perform(let id, _, _): .performed(id, .success(Receipt(at: now)))
                    case .evaluate(let id, _): .evaluated(id, .outcome(.passed, detail: GateReading("yes")))
                    case .push(let id, _): .pushed(id, .accepted)
                    case .readRequests(let id): .requestsRead(id, .unchanged)
                    case .collect(let id, _): .collected(id)
                    case .restore(let id, _): .restored(id, .failed(EffectFailure(.refused, "no")))
                    }
                commands += engine.handle(event, at: now)
            }
        }
        return answered
    }

    static let times: [Instant] = [1_767_225_600_200, 1_767_225_700_000, 1_767_999_999_999, 253_402_300_799_999].map {
        Instant(milliseconds: $0)
    }

    @Test func `no number of a status stops the engine`() {
        let values = [
            "-1", "0", "101", "\(Int.max)", "\(Int.min)", "9007199254740991", "-9007199254740991",
            "\"0000-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.999Z\"", "87600h", "0s",
        ]
        let found = Self.edited(values)
        #expect(found.count > 50)
        for status in found { #expect(Self.play(status, 3, at: Self.times) > 3) }
    }

    @Test(arguments: [0, -1, 1, 10_000_000_000_000, -10_000_000_000_000])
    func `no number of an observation stops the engine`(_ value: Int) {
        #expect(Self.play(Self.status(), value, at: Self.times) > 3)
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func `no time of a clock stops the engine`(_ time: Int64) {
        #expect(Self.play(Self.status(), 3, at: [Instant(milliseconds: time)]) > 1)
    }
}
