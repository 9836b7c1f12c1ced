/// How long to wait before a source is tried again: longer each time, with jitter, so that a daemon that comes back is
/// not met by all its agents at once.
package struct Reconnection {
    private let base: Duration
    private let limit: Duration
    private var failures = 0

    package init(base: Duration = .milliseconds(250), limit: Duration = .seconds(5)) {
        self.base = base
        self.limit = limit
    }

    /// It was there.
    package mutating func succeeded() { failures = 0 }

    /// It was not.
    ///
    /// - Parameter share: of the wait that is left to chance, 0…1.
    /// - Returns: how long to wait.
    package mutating func failed(share: Double) -> Duration {
        defer { failures = min(failures + 1, 16) }
        return min(base * (1 << failures), limit) * (0.5 + 0.5 * share)
    }
}
