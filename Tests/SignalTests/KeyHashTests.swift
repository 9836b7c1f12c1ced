import Signal
import Testing

@Suite struct KeyHashTests {
    static let keys = (0..<10_000).map { "user-\($0)" }

    @Test func `the hash is the one that is documented`() {
        // FNV-1a with 64 bits, as its authors give it, over all of it in a row.
        func plain(_ application: String, _ key: String) -> Int {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in Array(application.utf8) + [0] + Array(key.utf8) + Array(repeating: 0, count: 8) {
                hash ^= UInt64(byte)
                hash &*= 0x100_0000_01b3
            }
            return Int(((hash >> 32) * 10_000) >> 32)
        }
        for key in Self.keys.prefix(1_000) + ["", "é", "🙂", String(repeating: "long ", count: 100)] {
            for application in ["search", "", "checkout"] {
                #expect(KeyHash(application: application).bucket(of: key) == plain(application, key))
            }
        }
        // What was ever told stays so.
        let hash = KeyHash(application: "search")
        #expect(["", "1", "user-1", "user-2", "é"].map(hash.bucket) == [813, 8001, 5828, 70, 3469])
    }

    @Test(arguments: ["search", "checkout", "a"])
    func `shares are as declared`(application: String) {
        let hash = KeyHash(application: application)
        for weight in [1, 5, 10, 25, 50, 75, 90, 99] {
            let count = Double(Self.keys.count { hash.side(of: $0, flop: weight) == .flop })
            let share = Double(weight) / 100
            let deviation = (10_000 * share * (1 - share)).squareRoot()
            #expect((count - 10_000 * share).magnitude < 4 * deviation, "\(weight)%: \(count)")
        }
        #expect(Self.keys.allSatisfy { hash.side(of: $0, flop: 0) == .flip })
        #expect(Self.keys.allSatisfy { hash.side(of: $0, flop: 100) == .flop })
    }

    @Test func `buckets are filled evenly by keys that are numbered`() {
        let hash = KeyHash(application: "search")
        var counts = [Int](repeating: 0, count: 100)
        for number in 0..<100_000 { counts[hash.bucket(of: "\(number)") / 100] += 1 }
        let chiSquare = counts.reduce(0.0) { $0 + Double(($1 - 1_000) * ($1 - 1_000)) / 1_000 }
        // 99 degrees of freedom: beyond 148 in one of a thousand.
        #expect(chiSquare < 148)
    }

    @Test func `only those move that have to, and back again to where they were`() {
        let hash = KeyHash(application: "search")
        for (from, to) in [(0, 1), (1, 10), (10, 50), (50, 100), (50, 10), (10, 0), (33, 34)] {
            let before = Self.keys.map { hash.side(of: $0, flop: from) }
            let after = Self.keys.map { hash.side(of: $0, flop: to) }
            let grown: Side = to > from ? .flop : .flip
            let moved = zip(before, after).filter { $0 != $1 }
            #expect(moved.allSatisfy { $1 == grown }, "\(from) to \(to): no key leaves the side that grows")
            let needed = (before.count { $0 == grown } - after.count { $0 == grown }).magnitude
            #expect(moved.count == needed, "\(from) to \(to): as many move as the share grows by")
        }
    }

    @Test(arguments: [[0, 1, 10, 50, 100], [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 100], Array(0...100)])
    func `a key changes sides at most once in a rollout that only goes forward`(ladder: [Int]) {
        let hash = KeyHash(application: "search")
        for key in Self.keys {
            for candidate in Side.allCases {
                let sides = ladder.map { hash.side(of: key, flop: candidate == .flop ? $0 : 100 - $0) }
                let changes = zip(sides, sides.dropFirst()).count { $0 != $1 }
                #expect(changes == 1, "\(key) begins on one side and ends on the other")
            }
        }
    }
}
