import Core
import Testing

/// Deadlines that run in the candidate's own time and in nobody else's.
@Suite struct StageClockTests {
    private let start = Bench.start

    private func clock(_ minutes: Int64 = 10) -> StageClock { StageClock(deadline: start + .minutes(minutes)) }

    @Test func `it is over at its deadline and not before`() {
        #expect(!clock().isOver(at: start + .minutes(10) - .milliseconds(1)))
        #expect(clock().isOver(at: start + .minutes(10)))
    }

    @Test func `one that stands still is never over, and runs on with what was left`() {
        var clock = clock()
        clock.stop(true, at: start + .minutes(4))
        clock.stop(true, at: start + .minutes(50))
        #expect(clock.stoppedAt == start + .minutes(4), "since when it stands still does not move")
        #expect(!clock.isOver(at: start + .hours(9)))
        clock.stop(false, at: start + .minutes(64))
        #expect(clock == StageClock(deadline: start + .minutes(70)))
        clock.stop(false, at: start + .minutes(65))
        #expect(clock.deadline == start + .minutes(70), "what runs already is not let run on again")
    }

    @Test func `who comes further has the whole time anew, or what was left where that is more`() {
        var clock = clock()
        clock.restart(.minutes(10), at: start + .minutes(9))
        #expect(clock.deadline == start + .minutes(19))
        clock.restart(.minutes(2), at: start + .minutes(10))
        #expect(clock.deadline == start + .minutes(19), "a shorter time takes nothing away")
        clock.stop(true, at: start + .minutes(12))
        clock.restart(.minutes(10), at: start + .minutes(30))
        #expect(clock.stoppedAt == start + .minutes(30), "it goes on standing still")
        clock.stop(false, at: start + .minutes(31))
        #expect(clock.deadline == start + .minutes(41))
    }

    @Test func `time in which nobody looked is given back, once`() {
        var clock = clock()
        clock.forgive(.minutes(3))
        clock.forgive(.minutes(-5))
        #expect(clock.deadline == start + .minutes(13))
        clock.stop(true, at: start + .minutes(1))
        clock.forgive(.minutes(3))
        #expect(clock.deadline == start + .minutes(13), "where it stands still nothing was lost")
    }

    // MARK: Reach

    /// A candidate of ten replicas whose sides hold no more than `ready` of them at the minute.
    private func deployed(_ ready: [Int]) -> Bench {
        var bench = Bench()
        bench.room["1.0.0"] = 0
        bench.declare(Bench.application("1.0.0", replicas: 10))
        for count in ready {
            bench.room["1.0.0"] = count
            bench.run(.minutes(4))
        }
        return bench
    }

    @Test func `what comes further is not given up, however slowly it does`() {
        let bench = deployed([1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
        #expect(bench.status().phase == .progressing && bench.status().rejected.isEmpty)
    }

    @Test func `what only comes back has no more time than it had`() {
        let bench = deployed([2, 0, 2, 0, 2, 0])
        #expect(bench.status().rejected.count == 1)
    }
}
