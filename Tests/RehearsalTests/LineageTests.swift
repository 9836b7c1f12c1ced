import Core
import Rehearsal
import Testing

/// What has to be settled before a head so that both sides stand as its history left them.
@Suite struct LineageTests {
    static let start = Instant(milliseconds: 1_700_000_000_000)

    /// Positions for versions given oldest first with their minute; the change comes at the last argument.
    static func antecedents(_ commits: [(Int64, Application?)], changeAt: Int64) -> [Int] {
        let versions = commits.enumerated().map { index, commit in
            Lineage.Version(
                DeclaredVersion(revision: "r\(index)", application: commit.1),
                committedAt: start + .minutes(commit.0))
        }
        return Lineage(versions.reversed(), strategy: Line.strategy).antecedents(until: start + .minutes(changeAt))
    }

    static let one = Line.application("1")
    static let two = Line.application("2")

    @Test func `the release before is settled first while it would still be retained`() {
        #expect(Self.antecedents([(0, Self.one), (100, Self.two)], changeAt: 110) == [1])
        // An hour of retention after three minutes of holds.
        #expect(Self.antecedents([(0, Self.one), (100, Self.two)], changeAt: 163) == [1])
        #expect(Self.antecedents([(0, Self.one), (100, Self.two)], changeAt: 164) == [])
    }

    @Test func `a first release has nothing before it`() {
        #expect(Self.antecedents([(0, Self.one)], changeAt: 1) == [])
        #expect(Self.antecedents([], changeAt: 1) == [])
    }

    @Test func `commits that leave the release alone do not make it younger`() {
        let more = Line.application("2", replicas: 10)
        #expect(Self.antecedents([(0, Self.one), (1, Self.two), (100, more)], changeAt: 101) == [])
        #expect(Self.antecedents([(0, Self.one), (60, Self.two), (100, more)], changeAt: 101) == [2])
    }

    @Test func `a head that was itself a return takes one more to tell`() {
        let commits: [(Int64, Application?)] = [(0, Self.one), (10, Self.two), (20, Self.one)]
        #expect(Self.antecedents(commits, changeAt: 30) == [2, 1])
        // Too late to have been a return: a rollout of its own.
        #expect(Self.antecedents([(0, Self.one), (10, Self.two), (90, Self.one)], changeAt: 100) == [1])
    }

    @Test func `a removal leaves nothing to go back to`() {
        #expect(Self.antecedents([(0, Self.one), (10, nil), (20, Self.two)], changeAt: 30) == [])
    }

    @Test func `what was activated comes after what served while it was dark`() {
        let commits: [(Int64, Application?)] = [(0, Self.one), (10, Line.application("2", .inactive)), (20, Self.two)]
        #expect(Self.antecedents(commits, changeAt: 30) == [1])
        #expect(Self.antecedents(Array(commits.dropLast()), changeAt: 30) == [])
    }

    @Test func `a held rollout is settled from what it came from, however long ago`() {
        var held = Self.two
        held.until = "canary"
        #expect(Self.antecedents([(0, Self.one), (10, held)], changeAt: 10_000) == [1])
        var suspended = Self.two
        suspended.suspend = true
        // Suspended later, and from its first commit on.
        #expect(Self.antecedents([(0, Self.one), (10, Self.two), (20, suspended)], changeAt: 30) == [2, 1])
        #expect(Self.antecedents([(0, Self.one), (20, suspended)], changeAt: 10_000) == [1])
    }
}
