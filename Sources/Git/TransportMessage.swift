/// What the parent asks of the child.
enum TransportRequest: Codable {
    case tips(Remote, references: [String])
    case fetch(Remote, branches: [String], mirror: String)
    case push(Remote, updates: [RefUpdate], mirror: String)

    var remote: Remote {
        switch self {
        case .tips(let remote, _), .fetch(let remote, _, _), .push(let remote, _, _): remote
        }
    }
}

extension TransportRequest {
    /// The mirror that is written to.
    var mirror: String? {
        switch self {
        case .tips: nil
        case .fetch(_, _, let mirror), .push(_, _, let mirror): mirror
        }
    }
}

/// What the child answers.
enum TransportAnswer: Codable {
    case tips([String: ObjectID])
    case fetched(FetchResult)
    case pushed([String: PushOutcome])
    case failed(GitError)
}

/// What a fetch found and brought.
package struct FetchResult: Hashable, Codable, Sendable {
    /// One branch of the remote, before and after.
    package struct Branch: Hashable, Codable, Sendable {
        /// The tip when it was last fetched; nil: never seen, or absent then.
        package let old: ObjectID?
        /// The tip now; nil: the remote has no such branch, or is empty.
        package let new: ObjectID?
        /// Whether history was rewritten: `new` does not come after `old`.
        package let forced: Bool
    }

    /// By branch, every one that was asked for.
    package let branches: [String: Branch]
    /// The tip of a branch, or nil where the remote has none.
    package func tip(of branch: String) -> ObjectID? { branches[branch]?.new }
}

/// A reference to move by compare-and-swap.
package struct RefUpdate: Hashable, Codable, Sendable {
    /// In full: `refs/heads/…`.
    package let reference: String
    package let new: ObjectID
    /// What it must name now; nil: it must not exist.
    package let expectedOld: ObjectID?

    package init(_ reference: String, to new: ObjectID, expecting expectedOld: ObjectID?) {
        self.reference = reference
        self.new = new
        self.expectedOld = expectedOld
    }
}

/// What became of one update.
package enum PushOutcome: Hashable, Codable, Sendable {
    /// The reference was read back from the remote and names the new commit.
    case accepted
    /// It names something else than was expected; nothing was changed.
    case lost(actual: ObjectID?)
    /// The remote refuses; its reason.
    case rejected(reason: String)
}
