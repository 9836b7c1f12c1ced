import Core
import Rehearsal
import Simulator
import Testing

/// Changes of one application on an ideal platform, as `sluice plan` runs them.
@Suite struct RehearsalTests {
    /// A rehearsal at rest after these declarations, the last of them measured.
    static func rehearse(
        _ past: [Application], then last: Application?, seed: UInt64 = 0, ideal: Bool = true,
        _ gates: Rehearsal.Gates = .pass
    ) throws -> Rehearsal {
        var (line, rehearsal) = (Line(), Rehearsal(seed: seed, isIdeal: ideal, gates: gates))
        let isSettled = rehearsal.settle(past.map { line.commit($0) }, limit: .hours(48))
        try #require(isSettled)
        rehearsal.declare(line.commit(last))
        let isAtRest = rehearsal.run(limit: .hours(48), awaitsRetention: false)
        #expect(isAtRest)
        return rehearsal
    }

    static func texts(_ rehearsal: Rehearsal, _ kinds: Moment.Kind...) -> [String] {
        rehearsal.moments.filter { kinds.contains($0.kind) }.map(\.text)
    }

    @Test func `a first deployment is made in full and then gets all traffic, without stages`() throws {
        let rehearsal = try Self.rehearse([], then: Line.application("1"))
        #expect(
            Self.texts(rehearsal, .deploy, .route) == ["deploy 1 on flip, dark: api 8", "weights: flip 100%, flop 0%"])
        #expect(Self.texts(rehearsal, .hold).isEmpty)
        #expect(rehearsal.peaks["search"] == 100)
        #expect(rehearsal.engine.status(of: "search")?.phase == .healthy)
    }

    @Test func `a new version climbs its stages, holds each, and exceeds the need by its surge at most`() throws {
        let rehearsal = try Self.rehearse([Line.application("1")], then: Line.application("2"))
        #expect(Self.texts(rehearsal, .deploy) == ["deploy 2 on flop, dark: api 2"])
        #expect(Self.texts(rehearsal, .hold) == ["hold 10% for 2m", "hold 100% for 1m"])
        let weights = rehearsal.moments.compactMap { $0.weights?.flop }
        #expect(weights.first == 10 && weights.last == 100 && weights == weights.sorted())
        #expect(rehearsal.peaks["search"] == 125)
        let took = try #require(rehearsal.lastMoment(of: "search"))
        #expect(took > .minutes(3) && took < .minutes(10))
    }

    @Test func `a change of replicas is not over before they are ready`() throws {
        var larger = Line.application("1")
        larger.replicas = larger.replicas.mapValues { $0 * 2 }
        let rehearsal = try Self.rehearse([Line.application("1")], then: larger)
        #expect(Self.texts(rehearsal, .scale) == ["flip: at least api 16"])
        #expect(rehearsal.moments.last?.text == "Healthy")
        #expect(try #require(rehearsal.lastMoment(of: "search")) > .zero)
    }

    @Test func `a revert while the old release is retained moves only weights`() throws {
        let rehearsal = try Self.rehearse(
            [Line.application("1"), Line.application("2")], then: Line.application("1"))
        #expect(Self.texts(rehearsal, .deploy, .hold, .gate).isEmpty)
        #expect(rehearsal.moments.first?.text == "back to 1: reverted from 2")
        #expect(rehearsal.engine.status(of: "search")?.stable?.side == .flip)
        #expect(rehearsal.world.weights(of: "search")?.flip == 100)
    }

    @Test func `a revert with nothing retained is a rollout like any other`() throws {
        let rehearsal = try Self.rehearse([Line.application("2")], then: Line.application("1"))
        #expect(Self.texts(rehearsal, .deploy) == ["deploy 1 on flop, dark: api 2"])
        #expect(Self.texts(rehearsal, .hold).count == 2)
    }

    @Test func `declaring again what a revert left is a rollout and no switch`() throws {
        let rehearsal = try Self.rehearse(
            [Line.application("1"), Line.application("2"), Line.application("1")], then: Line.application("2"))
        #expect(Self.texts(rehearsal, .hold).count == 2)
        #expect(rehearsal.engine.status(of: "search")?.stable?.side == .flop)
    }

    @Test func `a release that was dark is activated where it stands`() throws {
        let dark = try Self.rehearse([Line.application("1")], then: Line.application("2", .inactive))
        #expect(Self.texts(dark, .route).isEmpty)
        #expect(Self.texts(dark, .progress) == ["2 waits dark on flop"])
        let active = try Self.rehearse(
            [Line.application("1"), Line.application("2", .inactive)], then: Line.application("2"))
        #expect(Self.texts(active, .deploy).isEmpty)
        #expect(active.world.weights(of: "search")?.flop == 100)
    }

    @Test func `a removal takes the route and both sides, after its grace`() throws {
        let rehearsal = try Self.rehearse([Line.application("1"), Line.application("2")], then: nil)
        #expect(Self.texts(rehearsal, .route) == ["no route: nothing serves"])
        #expect(
            Set(Self.texts(rehearsal, .teardown)) == [
                "remove all that stands on flip", "remove all that stands on flop",
            ])
        #expect(!rehearsal.world.holdsAnything(of: "search"))
        let route = try #require(rehearsal.moments.first { $0.kind == .route })
        #expect(route.at >= .minutes(1))
    }

    @Test func `a bad version is turned back by its measured gate, and one seed tells one story`() throws {
        let bad = Line.application("2", faults: [.errors(perMille: 50, after: .seconds(30))])
        func run(_ seed: UInt64) throws -> [Moment] {
            let rehearsal = try Self.rehearse([Line.application("1")], then: bad, seed: seed, ideal: false, .measure)
            #expect(rehearsal.world.weights(of: "search")?.flip == 100)
            #expect(rehearsal.engine.status(of: "search")?.rejected.map(\.version) == ["2"])
            return rehearsal.moments
        }
        let first = try run(3)
        #expect(first.contains { $0.kind == .gate && $0.text.hasPrefix("gate errors: Failed") })
        #expect(try run(3) == first)
    }

    @Test func `what is settled has passed its gates, however it would measure`() throws {
        let bad = Line.application("2", faults: [.errors(perMille: 50, after: .seconds(30))])
        let rehearsal = try Self.rehearse(
            [Line.application("1"), bad], then: Line.application("1"), ideal: false, .measure)
        #expect(rehearsal.moments.first?.text == "back to 1: reverted from 2")
    }

    @Test func `a disturbance comes when it is scheduled and is told`() throws {
        var (line, rehearsal) = (Line(), Rehearsal(isIdeal: false, gates: .measure))
        let isSettled = rehearsal.settle([line.commit(Line.application("1"))], limit: .hours(1))
        try #require(isSettled)
        rehearsal.declare(line.commit(Line.application("2")))
        rehearsal.schedule(.crash(application: "search", side: .flop, count: 1), after: .minutes(1))
        let isAtRest = rehearsal.run(limit: .hours(48), awaitsRetention: false)
        #expect(isAtRest)
        let told = try #require(rehearsal.moments.first { $0.kind == .disturbance })
        #expect(told.at == .minutes(1))
        #expect(told.text == "1 ready replicas of search on flop crash")
    }
}
