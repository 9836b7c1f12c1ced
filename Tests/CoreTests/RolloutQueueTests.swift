import Core
import Testing

/// What has begun is finished before more begins: how many rollouts may be in flight, and who is the next.
@Suite struct RolloutQueueTests {
    private let start = Bench.start

    /// Of two that may be in flight at once at the least.
    private func queue() -> RolloutQueue {
        var configuration = EngineConfiguration()
        configuration.concurrency = 2
        return RolloutQueue(configuration)
    }

    private func filled() -> RolloutQueue {
        var queue = queue()
        for name in ["a", "b"] { queue.note(name, isInFlight: true, isQueued: false) }
        for name in ["c", "d", "e"] { queue.note(name, isInFlight: false, isQueued: true) }
        return queue
    }

    @Test func `as many begin as there is room for, and the others stand in order`() {
        let queue = filled()
        #expect(queue.place(of: "a") == nil, "it has begun")
        #expect(queue.place(of: "c")?.inFlight == 2)
        #expect(queue.place(of: "c")?.ahead == 0)
        #expect(queue.place(of: "e")?.ahead == 2)
        #expect(queue.place(of: "f")?.ahead == 3, "who is new stands behind all")
    }

    @Test func `whoever ends lets the first begin, which is called once`() {
        var queue = filled()
        #expect(queue.call() == [])
        queue.note("a", isInFlight: false, isQueued: false)
        #expect(queue.place(of: "c") == nil && queue.place(of: "d") != nil)
        #expect(queue.call() == ["c"] && queue.call() == [])
        queue.note("c", isInFlight: true, isQueued: false)
        #expect(queue.count == 2 && queue.place(of: "d")?.ahead == 0)
    }

    @Test func `who was called and found no room is called again`() {
        var queue = filled()
        queue.note("a", isInFlight: false, isQueued: false)
        #expect(queue.call() == ["c"])
        queue.note("x", isInFlight: true, isQueued: false)
        queue.note("c", isInFlight: false, isQueued: true)
        queue.note("x", isInFlight: false, isQueued: false)
        #expect(queue.call() == ["c"])
    }

    @Test func `whoever leaves the line holds nobody up`() {
        var queue = filled()
        queue.forget("c")
        queue.forget("nobody")
        #expect(queue.place(of: "d")?.ahead == 0)
        queue.note("b", isInFlight: false, isQueued: false)
        #expect(queue.call() == ["d"])
        for name in ["d", "e", "a"] { queue.forget(name) }
        #expect(queue.count == 0 && queue.place(of: "z") == nil)
    }

    @Test func `looks in time let more begin, and late ones fewer, but never fewer than are looked at side by side`() {
        var queue = filled()
        for _ in 0..<2 { queue.looked(late: .zero, at: start) }
        #expect(queue.limit == 4)
        #expect(queue.call() == ["c", "d"])
        for name in ["c", "d"] { queue.note(name, isInFlight: true, isQueued: false) }
        queue.looked(late: .minutes(2), at: start + .minutes(1))
        #expect(queue.limit == 3)
        queue.looked(late: .minutes(2), at: start + .minutes(1))
        #expect(queue.limit == 3, "what was decided shows only in the looks that follow")
        for minute in 2..<9 { queue.looked(late: .minutes(2), at: start + .minutes(Int64(minute))) }
        #expect(queue.limit == 2)
    }

    @Test func `no more are let begin where fewer are in flight than may be`() {
        var queue = queue()
        queue.note("a", isInFlight: true, isQueued: false)
        for _ in 0..<10 { queue.looked(late: .zero, at: start) }
        let limit = queue.limit
        for _ in 0..<100 { queue.looked(late: .zero, at: start) }
        #expect(queue.limit == limit)
    }

    // MARK: In a decision

    @Test func `who waits says so and names what is to begin, and who may begin does`() {
        func decide(_ place: RolloutQueue.Place?) -> Planner {
            var context = Planner.Context(now: start, configuration: EngineConfiguration())
            context.queue = place
            var planner = Planner(
                declaration: Declaration(
                    application: Bench.application("1.0.0"), strategy: Bench.strategy, revision: "r", introduced: "r"),
                status: Status(application: "shop", observedRevision: "r"),
                observation: Observation(readAt: start, route: nil, sides: PerSide(flip: nil, flop: nil)),
                context: context)
            planner.run()
            return planner
        }
        let waiting = decide(filled().place(of: "e"))
        #expect(waiting.proposal == nil && waiting.isQueued && waiting.isOthersTime)
        #expect(
            waiting.status.waiting?.message
                == "1.0.0 is to begin: 2 rollouts are in flight, as many as can be looked after in time; "
                + "2 are ahead of it")
        #expect(decide(nil).proposal != nil && !decide(nil).isQueued)
    }

    // MARK: In an engine

    @Test func `of a fleet that changes at once some begin, the others say what they wait for, and all end`() {
        var configuration = EngineConfiguration()
        configuration.concurrency = 2
        let names = (0..<12).map { "a\($0 < 10 ? "0" : "")\($0)" }
        var bench = Bench(configuration)
        bench.declare(names.map { Bench.application("1.0.0", named: $0) })
        bench.run(.minutes(20))
        #expect(names.allSatisfy { bench.stands(on: .flip, $0) == "1.0.0 100" })
        // One that starts does not know yet how many it can look after.
        bench.restart()
        bench.declare(names.map { Bench.application("1.1.0", named: $0) })
        let queued = bench.told.map(\.status).filter { $0.waiting?.reason == .queued }
        #expect(!queued.isEmpty && Set(queued.map(\.application)).count < names.count)
        #expect(queued.allSatisfy { $0.waiting?.message.hasPrefix("1.1.0 is to begin: ") == true && $0.stage == nil })
        bench.run(.hours(3))
        #expect(names.allSatisfy { bench.stands(on: .flop, $0) == "1.1.0 100" && bench.status($0).rejected.isEmpty })
    }

    @Test func `one that crashes lets the others begin once it is given up`() {
        var configuration = EngineConfiguration()
        configuration.concurrency = 1
        var bench = Bench(configuration)
        bench.crashing = ["0.9.0"]
        bench.declare([
            Bench.application("0.9.0", named: "a"), Bench.application("1.0.0", named: "b"),
            Bench.application("1.0.0", named: "c"),
        ])
        bench.run(.minutes(15))
        #expect(bench.status("a").phase == .degraded && !bench.status("a").rejected.isEmpty)
        #expect(["b", "c"].allSatisfy { bench.stands(on: .flip, $0) == "1.0.0 100" })
    }
}
