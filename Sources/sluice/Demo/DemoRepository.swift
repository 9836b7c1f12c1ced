import Core
import Git

/// The bare repository that plays the remote, and the person who commits to it.
struct DemoRepository {
    private let repository: Mirror
    let branch = "main"

    init(at path: String) throws {
        repository = try Mirror(at: path)
    }

    /// Commits on top of the branch, as `git push` would leave it.
    func commit(_ files: [String: String], _ message: String, at now: Core.Instant) async throws -> ObjectID {
        var edit = TreeEdit()
        for (path, text) in files { edit.set(path, to: Array(text.utf8)) }
        let id = try await repository.commit(
            edit, on: try await repository.tip(of: branch), message: message,
            author: Signature(name: "You", email: "you@localhost", time: now.milliseconds / 1000))
        try await repository.set("refs/heads/\(branch)", to: id)
        return id
    }

    /// Commits of a branch, oldest first.
    func log(of branch: String, limit: Int) async throws -> [CommitInfo] {
        guard let tip = try await repository.tip(of: branch) else { return [] }
        var commits: [CommitInfo] = []
        for id in try await repository.firstParentCommits(from: tip, limit: limit) {
            commits.append(try await repository.commit(id))
        }
        return commits.reversed()
    }
}
