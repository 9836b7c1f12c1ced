import Foundation

/// Bad requests among all of them, on one side over a window.
package struct Share: Hashable, Sendable {
    /// More than anybody counted: above it a number of requests is a mistake, or a lie.
    package static let limit = 1e15

    package var bad: Double
    package var total: Double

    package init(bad: Double, total: Double) {
        self.total = total.isFinite ? min(max(0, total), Self.limit) : 0
        self.bad = bad.isFinite ? min(max(0, bad), self.total) : self.total
    }

    /// Requests that took longer than a time, where latencies are exponential.
    ///
    /// - Parameters:
    ///   - threshold: the time, in milliseconds.
    ///   - p99: what 99 of 100 requests took at most, in milliseconds; 0 where nothing was measured, and nothing is bad.
    ///   - total: how many requests there were.
    package init(slowerThan threshold: Double, p99: Double, total: Double) {
        self.init(bad: p99 > 0 ? total * pow(0.01, threshold / p99) : 0, total: total)
    }

    /// The bad ones among all, from 0 to 1; 0 where there were none.
    package var rate: Double { total > 0 ? bad / total : 0 }
}
