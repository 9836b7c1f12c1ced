import Core
import Testing

/// What comes up outside a ladder has a deadline, and is told of: a first deployment, and a release that waits dark.
@Suite struct BringUpTests {
    private func deployed(_ crashing: Set<String>, _ applications: Application...) -> Bench {
        var bench = Bench()
        bench.crashing = crashing
        for application in applications {
            bench.declare(application)
            bench.run(.minutes(2))
        }
        return bench
    }

    // MARK: A first deployment

    @Test func `a first deployment that crashes is given up at its deadline, with the cause`() {
        var bench = deployed(["1.0.0"], Bench.application("1.0.0"))
        #expect(bench.status().phase == .progressing)
        #expect(bench.status().bringUp?.deadline == Bench.start + .minutes(10))
        bench.run(.minutes(7))
        #expect(bench.status().rejected.isEmpty)
        bench.run(.minutes(2))
        #expect(bench.status().phase == .degraded && bench.status().bringUp == nil)
        #expect(
            bench.status().rejected.map(\.reason) == [
                "its first deployment was not ready within 10m: web 0/4 ready on flip (CrashLoopBackOff)"
            ])
        #expect(bench.told.last?.status.phase == .degraded, "it is on the status branch")
        bench.declare(Bench.application("1.0.1"))
        bench.run(.minutes(1))
        #expect(bench.stands(on: .flip) == "1.0.1 100" && bench.status().phase == .healthy)
    }

    @Test func `its deadline stands still while it is paused`() {
        var bench = deployed(["1.0.0"], Bench.application("1.0.0"))
        bench.ask(.pause)
        bench.run(.minutes(60))
        #expect(bench.status().phase == .paused && bench.status().rejected.isEmpty)
        bench.requests = []
        bench.run(.minutes(7))
        #expect(bench.status().phase == .progressing)
        bench.run(.minutes(3))
        #expect(bench.status().phase == .degraded)
    }

    @Test func `it can be aborted, and tried again`() {
        var bench = deployed(["1.0.0"], Bench.application("1.0.0"))
        bench.ask(.abort)
        bench.run(.minutes(1))
        #expect(bench.status().phase == .degraded)
        #expect(bench.status().retriable?.reason == "aborted by Ada <ada@example.org> (unverified)")
        bench.crashing = []
        bench.requests = []
        bench.run(.minutes(30))
        #expect(bench.weight(of: .flip) == nil, "what was aborted gets nothing, however well it is")
        bench.ask(.retry)
        bench.run(.minutes(1))
        #expect(bench.stands(on: .flip) == "1.0.0 100")
    }

    // MARK: A release that waits dark

    @Test func `a dark release that crashes is on its way until its deadline, and then Degraded`() {
        var bench = deployed(["1.1.0"], Bench.application("1.0.0"), Bench.application("1.1.0", .inactive))
        #expect(bench.status().phase == .progressing)
        let healthy = bench.status().conditions.first { $0.type == .stableHealthy }
        #expect(healthy?.status == true, "what serves lacks nothing")
        bench.run(.minutes(9))
        #expect(bench.status().phase == .degraded)
        #expect(
            bench.status().waiting?.message
                == "web 0/2 ready on flop (CrashLoopBackOff); it was to be up within 10m")
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.told.last?.status.phase == .degraded)
        bench.crashing = []
        bench.run(.minutes(6))
        #expect(bench.status().phase == .healthy && bench.status().waiting == nil)
    }

    @Test func `it is looked at as often as a rollout until its deadline has passed, and no longer`() {
        var bench = deployed(["1.1.0"], Bench.application("1.0.0"), Bench.application("1.1.0", .inactive))
        let before = bench.looks["shop"] ?? 0
        bench.run(.minutes(5))
        let during = (bench.looks["shop"] ?? 0) - before
        #expect(during >= 60, "every five seconds: \(during)")
        bench.run(.minutes(5))
        let atEnd = bench.looks["shop"] ?? 0
        bench.run(.minutes(30))
        #expect((bench.looks["shop"] ?? 0) - atEnd <= 15)
        #expect(bench.engine.isQuiescent, "who waits until nothing is left to do does not wait for it")
    }

    @Test func `what is waited for is over within moments of its being ready`() {
        var bench = deployed(["1.1.0"], Bench.application("1.0.0"), Bench.application("1.1.0", .inactive))
        bench.crashing = []
        bench.run(.seconds(10))
        #expect(bench.status().phase == .healthy && bench.status().waiting == nil && bench.status().bringUp == nil)
        #expect(bench.told.last?.status.waiting == nil)
    }

    @Test func `a pause is not its time, and nothing is brought up meanwhile`() {
        var bench = deployed([], Bench.application("1.0.0"))
        bench.requests = [Request(id: "p", verb: .pause, application: nil, attempt: nil, by: "Ada")]
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0", .inactive))
        bench.run(.minutes(20))
        #expect(bench.stands(on: .flop) == nil && bench.status().phase == .paused)
        bench.requests = []
        bench.crashing = ["1.1.0"]
        bench.run(.minutes(5))
        #expect(bench.status().phase == .progressing)
        bench.run(.minutes(7))
        #expect(bench.status().phase == .degraded)
    }

    @Test func `one that stood and loses a replica for a moment is no news, and one that stays away is`() {
        var bench = deployed([], Bench.application("1.0.0"), Bench.application("1.1.0", .inactive))
        bench.run(.minutes(30))
        bench.crashing = ["1.1.0"]
        bench.run(.minutes(6))
        #expect(bench.status().phase == .degraded)
        let told = bench.told.count
        bench.crashing = []
        bench.run(.minutes(6))
        #expect(bench.status().phase == .healthy && bench.told.count > told)
    }
}
