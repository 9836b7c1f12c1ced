import Core
import Evidence
import Testing

@Suite struct SequentialTestTests {
    /// Worked out apart from this code.
    @Test(arguments: [
        (0, 0, 0.5, 0.0), (1, 1, 0.5, 0.535_857_458_2), (10, 20, 0.5, -2.217_598_128_8),
        (15, 15, 0.5, 9.243_057_833_2), (60, 100, 0.5, -0.184_163_498_7), (3, 3, 0.0125, 9.156_196_499_6),
        (50, 1000, 0.05, -3.946_470_022_9), (90, 1000, 0.05, 10.994_548_618_7),
    ])
    func `the evidence is the mean likelihood ratio`(count: Double, total: Double, chance: Double, log: Double) {
        let found = SequentialTest(chance: chance).logEvidence(count, of: total)
        #expect((found - log).magnitude < 1e-8, "\(found)")
    }

    @Test func `no number of events is too large or too small for it`() {
        for chance in [0, 1e-12, 0.01, 0.5, 0.99, 1] {
            for (count, total) in [
                (0.0, 1e9), (1e9, 1e9), (1, 2), (0, 1), (1e15, 1e15), (1e300, 1e300), (0, .infinity),
            ] {
                #expect(SequentialTest(chance: chance).logEvidence(count, of: total).isFinite)
            }
        }
        #expect(SequentialTest(chance: 0.01).evidence(1_000_000_000, of: 1_000_000_000) <= 1.000_001e9)
    }

    /// What Ville's inequality rests on: where the candidate is no worse, one more event leaves the mean as it is.
    @Test(arguments: [0.0125, 0.5, 0.9]) func `the evidence is a martingale where the candidate is no worse`(
        chance: Double
    ) {
        let test = SequentialTest(chance: chance)
        for (count, total) in [(0.0, 0.0), (1, 3), (7, 9), (40, 100)] {
            let before = test.evidence(count, of: total)
            let after =
                chance * test.evidence(count + 1, of: total + 1) + (1 - chance) * test.evidence(count, of: total + 1)
            #expect((after - before).magnitude <= 1e-9 * max(1, before), "\(before) \(after)")
        }
    }

    /// Whoever is asked for counts may answer with any number.
    @Test func `counts that nobody can have counted are judged and end nothing`() {
        let counts = [0, 1, 1e9, 1e15, 1e18, 9_223_372_036_854_775_808, 1e300, 1e308, .infinity, .nan, -1, -1e300]
        var analysis = Analysis(metric: .errorRate, criterion: .max(milli: 10_000))
        for bad in counts {
            for total in counts {
                let share = Share(bad: bad, total: total)
                #expect((0...1).contains(share.rate))
                for stable in [share, Share(bad: 0, total: 1000), Share(bad: 1e308, total: 1e308)] {
                    let comparison = ShareComparison(candidate: share, stable: stable, tolerance: 1000, detect: 0.001)
                    #expect(comparison.reading(in: .minutes(5)).text.utf8.count < 300)
                }
                for criterion in [Analysis.Criterion.max(milli: 0), .max(milli: 10_000), .min(milli: 999_999)] {
                    analysis.criterion = criterion
                    let result = ShareThreshold(share: share, analysis: analysis, window: .minutes(5)).result
                    guard case .outcome(_, let reading) = result else {
                        Issue.record("no outcome")
                        continue
                    }
                    #expect(reading.text.utf8.count < 300)
                }
            }
        }
    }

    struct Case: Sendable {
        var candidate: (bad: Double, total: Double)
        var stable: (bad: Double, total: Double)
        var outcome: GateOutcome
    }

    @Test(arguments: [
        Case(candidate: (0, 0), stable: (10, 1000), outcome: .inconclusive),
        Case(candidate: (0, 1000), stable: (0, 0), outcome: .inconclusive),
        // Too few to have found anything.
        Case(candidate: (0, 20), stable: (0, 1980), outcome: .inconclusive),
        // So many bad ones need no minimum.
        Case(candidate: (5, 5), stable: (0, 495), outcome: .failed),
        Case(candidate: (15, 10_000), stable: (150, 90_000), outcome: .passed),
        // A fifth more is within the tolerance.
        Case(candidate: (120, 10_000), stable: (900, 90_000), outcome: .passed),
        Case(candidate: (300, 10_000), stable: (900, 90_000), outcome: .failed),
        // An outage that both sides share.
        Case(candidate: (3000, 10_000), stable: (27_000, 90_000), outcome: .passed),
        Case(candidate: (70, 10_000), stable: (0, 90_000), outcome: .failed),
        // Neither enough to fail it nor little enough to let it through.
        Case(candidate: (2, 1000), stable: (0, 9000), outcome: .inconclusive),
    ])
    func `a comparison says what its counts do`(_ expected: Case) {
        let comparison = ShareComparison(
            candidate: Share(bad: expected.candidate.bad, total: expected.candidate.total),
            stable: Share(bad: expected.stable.bad, total: expected.stable.total), tolerance: 1.25, detect: 0.01)
        #expect(comparison.outcome == expected.outcome, "\(comparison.reading().text), \(comparison.evidence)")
    }

    @Test func `pairs are compared by how often the candidate's is worse`() {
        func outcome(_ values: [(candidate: Double, stable: Double)], _ worse: Analysis.Worse = .higher) -> GateOutcome
        {
            PairedComparison(values, tolerance: 1.25, worse: worse).outcome
        }
        #expect(outcome([]) == .inconclusive)
        #expect(outcome(Array(repeating: (1.2, 1), count: 11)) == .inconclusive)
        #expect(outcome(Array(repeating: (1.2, 1), count: 12)) == .passed)
        #expect(outcome(Array(repeating: (1.3, 1), count: 12)) == .failed)
        #expect(outcome(Array(repeating: (0.9, 1), count: 12), .lower) == .passed)
        #expect(outcome(Array(repeating: (0.7, 1), count: 12), .lower) == .failed)
        #expect(outcome(Array(repeating: (1.3, 1), count: 6) + Array(repeating: (0.5, 1), count: 14)) == .passed)
    }
}
