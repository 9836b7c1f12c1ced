/// Arithmetic between weights and replicas, in whole numbers. Rounding is always to the safe side.
package enum Capacity {
    /// Replicas that carry `weight` percent of the load, where `full` carry 100 %: ⌈weight·full/100⌉.
    package static func need(weight: Int, of full: Int) -> Int {
        let (product, isOver) = weight.multipliedReportingOverflow(by: full)
        // Numbers that no manifest can hold, and a status can: more than there ever is.
        return isOver || product > .max - 99 ? Int.max / 1000 : (product + 99) / 100
    }

    /// Percent of the load that `ready` replicas carry, where `full` carry 100 %: ⌊100·ready/full⌋, at most 100.
    package static func carry(ready: Int, of full: Int) -> Int {
        full <= 0 ? 100 : min(100, 100 * max(0, ready) / full)
    }

    /// Replicas that both sides may have together while `weight` percent is on the growing side.
    ///
    /// `surge` percent over `full`, and at least one. Where that is too little for the weight to rise by one percent
    /// at all (few replicas, or a surge near 0), just enough for it: ⌈full/100⌉ + 1.
    package static func limit(full: Int, surge: Int, weight: Int, otherFull: Int) -> Int {
        let granted = full + max(1, need(weight: surge, of: full))
        let other = otherFull == 0 ? 0 : need(weight: 100 - weight, of: otherFull)
        if weight >= 100 || carry(ready: granted - other, of: full) > weight { return granted }
        return full + max(granted - full, (full + 99) / 100 + 1)
    }
}

/// How the active consumers of a component are divided.
package enum ConsumerShare {
    /// Active consumers on the candidate, of `count` in total, at `weight` percent.
    ///
    /// clamp(⌈w·N/100⌉, 1, N−1) for 0 < w < 100. One consumer, or an exclusive subscription, cannot be divided: it
    /// moves at once, at the first weight of at least 50.
    package static func candidate(of count: Int, weight: Int, exclusive: Bool) -> Int {
        if weight <= 0 { return 0 }
        if weight >= 100 { return count }
        if count <= 1 || exclusive { return weight >= 50 ? count : 0 }
        return min(max(Capacity.need(weight: weight, of: count), 1), count - 1)
    }
}
