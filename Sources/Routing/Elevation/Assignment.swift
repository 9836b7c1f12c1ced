package import Signal

/// Which instances of one consumer component are to take messages.
package enum Assignment {
    /// An instance, as far as it matters here.
    package struct Member: Hashable, Sendable {
        package var instance: String
        package var side: Signal.Side
        /// It was told to be active.
        package var isTold: Bool
        /// Whatever it was told: it may be taking messages, or hold some.
        package var isHeld: Bool
        /// It is held for all that is known, and nobody has said so.
        package var isPresumed: Bool
        /// What it is told reaches it.
        package var isReached: Bool

        package init(
            _ instance: String, _ side: Signal.Side, isTold: Bool = false, isHeld: Bool = false,
            isPresumed: Bool = false, isReached: Bool = true
        ) {
            self.instance = instance
            self.side = side
            self.isTold = isTold
            self.isHeld = isHeld || isTold
            self.isPresumed = isPresumed
            self.isReached = isReached
        }
    }

    /// Those that are to be active. Whoever is active stays so as long as its side is asked for as many; then come
    /// others by name.
    ///
    /// Nobody new is chosen while as many as are asked for on both sides together are active, or not yet observed to
    /// have stopped. So there are never more than that at work, whatever moves between the sides; a choice may be
    /// short of what is asked until the next report.
    ///
    /// - Parameters:
    ///   - members: the component's instances on both sides, in any order; names are unique.
    ///   - asked: how many are to be active on each side.
    ///   - unaccounted: instances that may be active, and that nobody has reported yet.
    /// - Returns: names.
    package static func active(
        of members: [Member], asked: Signal.PerSide<Int>, unaccounted: Int = 0
    ) -> Set<String> {
        var chosen: Set<String> = []
        for side in Side.allCases {
            let told = members.filter { $0.side == side && $0.isTold }
            chosen.formUnion(told.sorted(by: isBetter).prefix(max(0, asked[side])).map(\.instance))
        }
        let atWork = members.count { $0.isHeld || chosen.contains($0.instance) } + unaccounted
        var left = max(0, asked.flip) + max(0, asked.flop) - atWork
        for side in Side.allCases {
            let members = members.filter { $0.side == side }
            var missing = asked[side] - members.count { chosen.contains($0.instance) }
            let rest = members.filter { !chosen.contains($0.instance) && $0.isReached }.sorted(by: isBetter)
            for member in rest where missing > 0 {
                // One that has not stopped yet is counted already; of one that may have, as long as there is room for all
                // that are counted.
                guard member.isHeld ? !member.isPresumed || left >= 0 : left > 0 else { continue }
                if !member.isHeld { left -= 1 }
                chosen.insert(member.instance)
                missing -= 1
            }
        }
        return chosen
    }

    /// Those that are reached first, then those at work, then by name.
    private static func isBetter(_ a: Member, _ b: Member) -> Bool {
        if a.isReached != b.isReached { return a.isReached }
        if a.isHeld != b.isHeld { return a.isHeld }
        return a.instance < b.instance
    }
}
