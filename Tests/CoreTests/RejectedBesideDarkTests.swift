import Core
import Testing

/// A release that is declared dark after another was rejected waits beside what serves.
@Suite struct RejectedBesideDarkTests {
    /// 1.0.0 serves, and 1.1.0 was turned back, by a person or by itself.
    private func rejected(byAbort: Bool) -> Bench {
        var bench = Bench()
        if !byAbort { bench.crashing = ["1.1.0"] }
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        if byAbort { bench.ask(.abort) }
        bench.run(.minutes(15))
        #expect(bench.status().rejected.map(\.version) == ["1.1.0"])
        #expect(bench.status().phase == .degraded && bench.stands(on: .flip) == "1.0.0 100")
        return bench
    }

    @Test(arguments: [true, false])
    func `the dark one is brought up beside the stable one, and the phase speaks of those two`(byAbort: Bool) {
        var bench = rejected(byAbort: byAbort)
        bench.declare(Bench.application("1.2.0", .inactive))
        bench.run(.minutes(2))
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.stands(on: .flop) == "1.2.0 0")
        #expect(bench.status().phase == .healthy && bench.status().waiting == nil)
        #expect(bench.status().conditions.filter { !$0.status }.isEmpty)
        bench.declare(Bench.application("1.2.0"))
        bench.run(.minutes(20))
        #expect(bench.stands(on: .flop) == "1.2.0 100")
    }

    @Test(arguments: [true, false])
    func `a retry of what the head does not declare is not offered, and does nothing where it stands`(byAbort: Bool) {
        var bench = rejected(byAbort: byAbort)
        #expect(bench.status().retriable?.version == "1.1.0")
        bench.declare(Bench.application("1.2.0", .inactive))
        bench.run(.minutes(2))
        #expect(bench.status().retriable == nil)
        let attempt = bench.status().rejected.last?.attempt
        bench.requests.append(
            Request(id: "r", verb: .retry, application: "shop", attempt: attempt, by: "Ada <ada@example.org>"))
        bench.run(.minutes(30))
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.stands(on: .flop) == "1.2.0 0")
        #expect(bench.status().rejected.last?.retriedBy == nil)
        #expect(bench.requests.isEmpty, "it has nothing more to say")
    }

    @Test func `a release that is rejected while another is declared dark leaves that one to be brought up`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        bench.declare(Bench.application("1.2.0", .inactive))
        bench.run(.minutes(1))
        #expect(bench.status().queued?.words == "1.2.0 is brought up dark when this is over")
        bench.ask(.abort)
        bench.run(.minutes(3))
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.stands(on: .flop) == "1.2.0 0")
        #expect(bench.status().phase == .healthy)
    }

    @Test func `where nothing ever served, the dark one is brought up and nothing serves`() {
        var bench = Bench()
        bench.crashing = ["1.0.0"]
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(15))
        #expect(bench.status().phase == .degraded)
        bench.declare(Bench.application("1.1.0", .inactive))
        bench.run(.minutes(2))
        #expect(bench.stands(on: .flip) == "1.1.0 0" && bench.weight(of: .flip) == nil)
        #expect(bench.status().phase == .healthy)
    }

    @Test func `what serves and is declared dark stops, and what was rejected or taken back does not take its place`() {
        var bench = rejected(byAbort: true)
        bench.declare(Bench.application("1.0.0", .inactive))
        bench.run(.minutes(5))
        #expect(bench.weight(of: .flip) == nil && bench.status().phase == .healthy)
        var reverted = Bench()
        for (version, activation) in [
            ("1.0.0", Activation.active), ("1.1.0", .active), ("1.0.0", .active), ("1.0.0", .inactive),
        ] {
            reverted.declare(Bench.application(version, activation))
            reverted.run(.minutes(2))
        }
        reverted.run(.minutes(20))
        #expect(reverted.weight(of: .flip) == nil && reverted.status().stable == nil)
    }

    @Test func `a dark commit moves no traffic to what was switched off`() {
        var bench = Bench()
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(20))
        bench.declare(Bench.application("1.1.0", .inactive))
        bench.run(.minutes(5))
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.stands(on: .flop) == "1.1.0 0")
        bench.declare(Bench.application("1.2.0", .inactive))
        bench.run(.minutes(20))
        #expect(bench.stands(on: .flip) == "1.0.0 100" && bench.stands(on: .flop) == "1.2.0 0")
    }

    @Test func `a dark release that crashes is told of, also where it was declared while another was in flight`() {
        var bench = Bench()
        bench.crashing = ["1.2.0"]
        bench.declare(Bench.application("1.0.0"))
        bench.run(.minutes(1))
        bench.declare(Bench.application("1.1.0"))
        bench.run(.minutes(2))
        bench.declare(Bench.application("1.2.0", .inactive))
        bench.run(.minutes(7))
        #expect(bench.stands(on: .flop) == "1.1.0 100" && bench.stands(on: .flip) == "1.2.0 0")
        #expect(bench.status().phase == .progressing)
        bench.run(.minutes(10))
        #expect(bench.status().phase == .degraded)
        bench.crashing = []
        bench.run(.minutes(6))
        #expect(bench.status().phase == .healthy && bench.status().appliedRevision == bench.status().observedRevision)
    }
}
