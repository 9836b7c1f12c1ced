import Routing
import Signal
import TestSupport
import Testing

@Suite struct AssignmentTests {
    private typealias Member = Assignment.Member

    private func members(_ flip: Int, _ flop: Int, active: Set<String> = []) -> [Member] {
        [(Side.flip, flip), (.flop, flop)].flatMap { side, count in
            (0..<count).map {
                Member("\(side.rawValue)-\($0)", side, isTold: active.contains("\(side.rawValue)-\($0)"))
            }
        }
    }

    @Test func `the first are chosen by name`() {
        let chosen = Assignment.active(of: members(4, 4), asked: PerSide(flip: 2, flop: 1))
        #expect(chosen == ["flip-0", "flip-1", "flop-0"])
    }

    @Test func `whoever is active stays`() {
        let chosen = Assignment.active(
            of: members(4, 0, active: ["flip-2", "flip-3"]), asked: PerSide(flip: 3, flop: 0))
        #expect(chosen == ["flip-2", "flip-3", "flip-0"])
    }

    @Test func `a side gains nobody before the other is observed to have lost somebody`() {
        var fleet = members(2, 2, active: ["flip-0", "flip-1"])
        #expect(Assignment.active(of: fleet, asked: PerSide(flip: 1, flop: 1)) == ["flip-0"])
        // Told to stop, and still at work.
        fleet[1] = Member("flip-1", .flip, isHeld: true)
        #expect(Assignment.active(of: fleet, asked: PerSide(flip: 1, flop: 1)) == ["flip-0"])
        fleet[1] = Member("flip-1", .flip)
        #expect(Assignment.active(of: fleet, asked: PerSide(flip: 1, flop: 1)) == ["flip-0", "flop-0"])
    }

    @Test func `one that has not stopped yet may go on`() {
        let fleet = [Member("a", .flip), Member("b", .flip, isHeld: true)]
        #expect(Assignment.active(of: fleet, asked: PerSide(flip: 1, flop: 0)) == ["b"])
    }

    @Test func `nobody is chosen who would not hear it, and whoever is active and not heard counts`() {
        var fleet = [Member("a", .flip, isTold: true, isReached: false), Member("b", .flip, isReached: false)]
        fleet.append(Member("c", .flip))
        #expect(Assignment.active(of: fleet, asked: PerSide(flip: 1, flop: 0)) == ["a"])
        #expect(Assignment.active(of: fleet, asked: PerSide(flip: 2, flop: 0)) == ["a", "c"])
    }

    @Test func `what nobody has reported counts`() {
        let chosen = Assignment.active(of: members(3, 0), asked: PerSide(flip: 2, flop: 0), unaccounted: 1)
        #expect(chosen == ["flip-0"])
    }

    /// Random fleets through random histories: routes that change, workers that follow late, machines that go away.
    @Test func `never are more at work than were asked for, and nobody is moved without need`() {
        var random = SplitMix(state: 7)
        for _ in 0..<400 {
            var fleet = members(Int.random(in: 0...6, using: &random), Int.random(in: 0...6, using: &random))
            var ceiling = 0
            for _ in 0..<30 {
                let asked = PerSide(
                    flip: Int.random(in: 0...5, using: &random), flop: Int.random(in: 0...5, using: &random))
                let before = fleet
                let chosen = Assignment.active(of: fleet, asked: asked)
                #expect(chosen == Assignment.active(of: fleet.shuffled(using: &random), asked: asked))
                for index in fleet.indices {
                    let isChosen = chosen.contains(fleet[index].instance)
                    // From now on it may be at work, or has to be observed to have stopped.
                    fleet[index].isHeld = fleet[index].isHeld || isChosen
                    fleet[index].isTold = isChosen
                }
                let atWork = fleet.count(where: \.isHeld)
                ceiling = max(before.count(where: \.isHeld), asked.flip + asked.flop)
                #expect(atWork <= ceiling)
                for side in Side.allCases {
                    let told = fleet.filter { $0.side == side && $0.isTold }
                    #expect(told.count <= asked[side])
                    let was = before.filter { $0.side == side && $0.isTold }.map(\.instance)
                    let kept = told.map(\.instance).filter(was.contains)
                    #expect(kept.count == min(was.count, asked[side]))
                    for member in told where !was.contains(member.instance) { #expect(member.isReached) }
                }
                for index in fleet.indices {
                    if !fleet[index].isTold, Bool.random(using: &random) { fleet[index].isHeld = false }
                    if Int.random(in: 0..<8, using: &random) == 0 { fleet[index].isReached.toggle() }
                }
            }
        }
    }

    @Test func `once everybody has followed, everything asked for is at work`() {
        var random = SplitMix(state: 11)
        for _ in 0..<200 {
            var fleet = members(5, 5)
            for _ in 0..<10 {
                let asked = PerSide(
                    flip: Int.random(in: 0...5, using: &random), flop: Int.random(in: 0...5, using: &random))
                for _ in 0..<2 {
                    let chosen = Assignment.active(of: fleet, asked: asked)
                    for index in fleet.indices {
                        fleet[index].isTold = chosen.contains(fleet[index].instance)
                        fleet[index].isHeld = fleet[index].isTold
                    }
                }
                #expect(fleet.count { $0.isTold && $0.side == .flip } == asked.flip)
                #expect(fleet.count { $0.isTold && $0.side == .flop } == asked.flop)
            }
        }
    }
}

/// The same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
