package import Core
package import Git

extension EffectFailure {
    /// What a git error means to the engine. Its message holds no credentials: the git room sees to that.
    package init(_ error: GitError) {
        let kind: Kind =
            switch error.kind {
            case .timedOut, .cancelled: .timedOut
            case .unreachable, .childDied, .memory, .protocolViolation: .unreachable
            case .notFound: .notFound
            default: .refused
            }
        self.init(kind, error.description, retryAfter: error.retryAfter.map { .seconds(Int64($0)) })
    }
}
