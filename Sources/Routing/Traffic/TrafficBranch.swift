import Core
package import Git
package import Reconciler
import Signal

/// The branch that holds the traffic files. It may be a team's own: nothing is forced, and no other file is touched.
package actor TrafficBranch {
    private let mirror: Mirror
    private let transport: Transport
    private let remote: Remote
    private let name: String
    /// The branches of readers who acknowledge, one each.
    private let readers: [String]
    private let wall: any TimeSource
    private let author: (name: String, email: String)
    /// The tip as it was last fetched or pushed; nil where there is no branch.
    private(set) var tip: ObjectID?
    private var isKnown = false
    /// The commits that readers said they follow, as far as they were seen.
    private var followed: [String: ObjectID] = [:]
    /// Fetches and pushes so far.
    private var changes = 0

    /// - Parameters:
    ///   - mirror: no other remote's, and nobody else's.
    ///   - transport: for this remote alone.
    ///   - remote: where the branch is.
    ///   - name: the branch's.
    ///   - readers: branches of readers, each of which names the commit that its reader follows.
    ///   - wall: dates the commits.
    ///   - author: signs the commits.
    package init(
        mirror: Mirror, transport: Transport, remote: Remote, name: String, readers: [String] = [],
        wall: any TimeSource, author: (name: String, email: String) = ("Sluice", "sluice@localhost")
    ) {
        self.mirror = mirror
        self.transport = transport
        self.remote = remote
        self.name = name
        self.readers = readers
        self.wall = wall
        self.author = author
    }

    /// Where an environment's traffic files are unless another branch is given.
    package static func standardName(of environment: String) -> String { "sluice/traffic/\(environment)" }

    /// Where a reader says which commit of the traffic branch it follows, by pointing there.
    package static func standardName(of environment: String, reader: String) -> String {
        "sluice/traffic-ack/\(environment)/\(reader)"
    }

    /// What people call it.
    package nonisolated var title: String { "\(name) of \(remote)" }

    /// Takes over what the remote has now. Where nothing is new that is one round trip.
    func refresh() async throws(GitError) {
        if isKnown {
            let tips = try await transport.tips(remote, branches: [name] + readers)
            followed = tips.filter { $0.key != name }
            if tips[name] == tip { return }
            isKnown = false
        }
        tip = try await transport.fetch(remote, branches: [name], into: mirror.path).tip(of: name)
        isKnown = true
        try await keepSmall()
    }

    /// Not every time: where a team commits as fast as we do, whoever is slower loses.
    private func keepSmall() async throws(GitError) {
        changes += 1
        if changes % 32 == 0 { try await mirror.maintain() }
    }

    /// Whether every reader follows a commit of the branch, or one that came after it. Without readers nobody says so.
    func isFollowed(_ commit: ObjectID) async throws(GitError) -> Bool {
        guard !readers.isEmpty else { return false }
        for reader in readers {
            guard let follows = followed[reader] else { return false }
            if follows == commit { continue }
            // One that is not here yet is newer than what was fetched, or no commit of the branch.
            guard await mirror.contains(follows), try await mirror.isAncestor(commit, of: follows) else { return false }
        }
        return true
    }

    /// The blob at a path of the tip, or nil.
    func blob(at path: String) async throws(GitError) -> ObjectID? {
        guard let tip else { return nil }
        return try await mirror.blobID(at: path, in: tip)
    }

    /// A blob's bytes, of at most so many.
    func bytes(of blob: ObjectID, limit: Int = TrafficFile.limit) async throws(GitError) -> [UInt8] {
        try await mirror.blob(blob, limit: limit)
    }

    /// Commits on top of the tip, and pushes where nobody else has meanwhile.
    ///
    /// - Returns: false where somebody has, and nothing was changed.
    func push(_ edit: TreeEdit, message: String, trailers: [Trailer]) async throws(GitError) -> Bool {
        let signature = Signature(name: author.name, email: author.email, time: wall.now.milliseconds / 1000)
        let id = try await mirror.commit(edit, on: tip, message: message, trailers: trailers, author: signature)
        let reference = "refs/heads/\(name)"
        // Until it is answered, what the branch holds is not known.
        isKnown = false
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(reference, to: id, expecting: tip)], from: mirror.path)[reference]
        switch outcome {
        case .accepted:
            tip = id
            isKnown = true
            // Keeps what was pushed from being lost to maintenance.
            try await mirror.set("refs/sluice/known/\(name)", to: id)
            try await keepSmall()
            return true
        case .lost:
            return false
        case .rejected(let reason):
            // A server that could not lock the reference says so in words of its own.
            let found = try await transport.tips(remote, branches: [name])[name]
            if found != tip { return false }
            throw GitError(.rejected, "\(remote) refuses the push to \(name): \(reason)")
        case nil:
            throw GitError(.other, "the transport answered nothing about \(name)")
        }
    }
}
