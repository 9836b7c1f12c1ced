package import Git

/// Asks a remote where its branches stand, in one round trip for all who ask at the same moment.
///
/// A look always begins after it was asked for: who comes while one is under way waits for the next.
package actor SharedPoll {
    private let transport: Transport
    private let remote: Remote
    /// What the next look is to ask for.
    private var wanted: Set<String> = []
    /// The look that has not begun yet.
    private var next: Task<Result<[String: ObjectID], GitError>, Never>?
    /// Round trips so far.
    package private(set) var looks = 0

    package init(_ transport: Transport, _ remote: Remote) {
        self.transport = transport
        self.remote = remote
    }

    /// The branch's tip; nil where the remote has no such branch.
    package func tip(of branch: String) async throws(GitError) -> ObjectID? { try await tips(of: [branch])[branch] }

    /// The tips of those of these branches that there are.
    package func tips(of branches: [String]) async throws(GitError) -> [String: ObjectID] {
        wanted.formUnion(branches)
        // It begins once those who ask together have been heard.
        let task = next ?? Task { await look() }
        next = task
        return try await task.value.get()
    }

    private func look() async -> Result<[String: ObjectID], GitError> {
        let branches = wanted.sorted()
        wanted = []
        next = nil
        looks += 1
        do throws(GitError) {
            return .success(try await transport.tips(remote, branches: branches))
        } catch {
            return .failure(error)
        }
    }
}
