import Synchronization

/// Servers that want to be left alone, and until when. Transports that share one ask none of them before, whoever was
/// told, at whatever step of whatever exchange.
package final class RestingServers: Sendable {
    private struct Rest {
        var end: ContinuousClock.Instant
        /// What it said.
        var error: GitError
    }

    private let rests = Mutex<[String: Rest]>([:])

    package init() {}

    /// Why a remote is not asked now; nil where it may be.
    func refusal(_ remote: Remote, at now: ContinuousClock.Instant = .now) -> GitError? {
        rests.withLock { rests in
            guard let rest = rests[remote.server] else { return nil }
            guard now < rest.end else {
                rests[remote.server] = nil
                return nil
            }
            let left = now.duration(to: rest.end).components
            let seconds = Int(left.seconds) + (left.attoseconds > 0 ? 1 : 0)
            return GitError(rest.error.kind, rest.error.message, advice: rest.error.advice, retryAfter: seconds)
        }
    }

    /// Takes what a remote answered for what it may have said of being left alone.
    func note(_ error: GitError, of remote: Remote, at now: ContinuousClock.Instant = .now) {
        guard let seconds = error.retryAfter, seconds > 0 else { return }
        rests.withLock { $0[remote.server] = Rest(end: now + .seconds(seconds), error: error) }
    }
}

extension Remote {
    /// Who answers, whatever the repository.
    fileprivate var server: String { "\(scheme.rawValue)://\(host):\(port ?? 0)" }
}
