import CGit2
import Glibc

/// The other end of `Transport`: the body of the hidden verb that its executable has.
package enum TransportChild {
    /// Serves requests on standard input until it ends. Blocks; to be called from the main thread.
    /// - Returns: The exit code.
    package static func run() -> Int32 {
        _ = sluice_die_with_parent()
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        if let parent = variable("SLUICE_TRANSPORT_PARENT"), getppid() != pid_t(parent) { return 1 }
        if let memory = variable("SLUICE_TRANSPORT_MEMORY") {
            // The parent watches what is resident; this stops one allocation from running ahead of it.
            var limit = rlimit(rlim_cur: rlim_t(memory + memory / 4), rlim_max: rlim_t(memory + memory / 4))
            setrlimit(__rlimit_resource_t(2), &limit)
        }
        // Answers have the socket to themselves: whatever prints by mistake goes to standard error.
        let channel = dup(0)
        dup2(2, 1)
        var server = TransportServer()
        while let header = Frame.read(4, from: channel), let body = Frame.read(Frame.length(header), from: channel) {
            let answer = server.answer(body)
            guard let bytes = try? Frame.encode(answer), Frame.write(bytes, to: channel) else { return 1 }
        }
        return 0
    }

    private static func variable(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}

/// What the child remembers between requests.
struct TransportServer {
    /// The kept-alive connection of the last remote, credentials included.
    var polls: [Remote: SmartHTTP] = [:]
    /// The authorities that libgit2 trusts; nil: the machine's.
    private var caFile: String?

    mutating func answer(_ body: [UInt8]) -> TransportAnswer {
        do throws(GitError) {
            let request = try Frame.decode(TransportRequest.self, body)
            let remote = request.remote
            try prepare(remote)
            switch request {
            case .tips(let remote, let references):
                return .tips(try tips(remote, references))
            case .fetch(let remote, let branches, let mirror):
                return .fetched(try fetch(remote, branches, mirror: mirror))
            case .push(let remote, let updates, let mirror):
                return .pushed(try push(remote, updates, mirror: mirror))
            }
        } catch {
            return .failed(error)
        }
    }

    /// Gives libgit2 what it takes from its surroundings; nothing of libgit2's is open between requests.
    private mutating func prepare(_ remote: Remote) throws(GitError) {
        if remote.scheme == .https, caFile != remote.credentials.caFile {
            // Only libgit2's start goes back to the machine's.
            Library.restart()
            caFile = nil
            if let file = remote.credentials.caFile { try Library.trust(file) }
            caFile = remote.credentials.caFile
        }
    }

    /// What references name on the remote, the cheapest way there is.
    mutating func tips(_ remote: Remote, _ references: [String]) throws(GitError) -> [String: ObjectID] {
        switch remote.scheme {
        case .local:
            return try LocalRemote.tips(remote, references)
        case .http:
            var poll = polls.removeValue(forKey: remote) ?? SmartHTTP(remote)
            let found = try poll.references(references)
            polls = [remote: poll]
            return found
        default:
            let connection = try RemoteConnection(remote, direction: GIT_DIRECTION_FETCH, in: nil)
            return try connection.advertised().filter { references.names($0.key) }
        }
    }

    private mutating func fetch(
        _ remote: Remote,
        _ branches: [String],
        mirror path: String
    ) throws(GitError) -> FetchResult {
        let mirror = try Repository(opening: path)
        var result: [String: FetchResult.Branch] = [:]
        let found = try tips(remote, branches.map { "refs/heads/" + $0 })
        let wanted = found.filter { !mirror.contains($0.value) }
        // What a shallow clone was given meanwhile is taken over too.
        let mayGrow = remote.scheme == .local && !mirror.boundary.isEmpty && !found.isEmpty
        if !wanted.isEmpty || mayGrow {
            do throws(GitError) {
                try bring(wanted.isEmpty ? found : wanted, of: remote, into: mirror)
            } catch {
                throw error.blaming(remote, or: mirror)
            }
        }
        for branch in branches {
            let reference = "refs/remotes/\(remote.name)/\(branch)"
            let old = try mirror.target(of: reference)
            let new = found["refs/heads/" + branch]
            var forced = false
            if let new {
                guard mirror.contains(new) else {
                    throw GitError(.rejected, "\(branch) of \(remote) moved during the fetch", advice: "try again")
                }
                _ = try mirror.lookUpTree(try mirror.commitObject(new).tree)
                if let old, old != new { forced = try !mirror.isAncestor(old, of: new) }
                if old != new { try mirror.set(reference, to: new) }
            } else if old != nil {
                try mirror.remove(reference)
            }
            result[branch] = FetchResult.Branch(old: old, new: new, forced: forced)
        }
        return FetchResult(branches: result)
    }

    private func bring(
        _ wanted: [String: ObjectID],
        of remote: Remote,
        into mirror: borrowing Repository
    ) throws(GitError) {
        if remote.scheme == .local {
            return try LocalRemote.open(remote).copy(wanted.map(\.value), to: mirror)
        }
        let refspecs = wanted.keys.map { "+\($0):refs/sluice/fetching/\(remote.name)/\($0.dropFirst(11))" }
        try Self.aroundMalformed(in: mirror) { repaired throws(GitError) in
            let incoming = try IncomingObjects(for: mirror, repaired: repaired)
            try RemoteConnection(remote, direction: GIT_DIRECTION_FETCH, in: incoming.view.pointer).download(refspecs)
            try incoming.accept(wanted.map(\.value), from: remote, into: mirror)
        }
    }

    /// Does what makes libgit2 walk history, and does it once more with stand-ins where malformed commits are to blame.
    private static func aroundMalformed<Value>(
        in mirror: borrowing Repository, and more: [ObjectID] = [],
        _ body: (RepairedCommits?) throws(GitError) -> Value
    ) throws(GitError) -> Value {
        do throws(GitError) {
            return try body(nil)
        } catch {
            let isOfObjects = [.corrupt, .protocolViolation, .other, .invalid, .notFound].contains(error.kind)
            guard isOfObjects, let repaired = RepairedCommits(in: mirror, and: more) else { throw error }
            return try repaired.whileBelieved { () throws(GitError) in try body(repaired) }
        }
    }

    private mutating func push(
        _ remote: Remote,
        _ updates: [RefUpdate],
        mirror path: String
    ) throws(GitError) -> [String: PushOutcome] {
        let mirror = try Repository(opening: path)
        do throws(GitError) {
            if remote.scheme == .local { return try LocalRemote.open(remote).accept(updates, from: mirror, of: remote) }
            return try push(remote, updates, from: mirror)
        } catch {
            throw error.blaming(remote, or: mirror)
        }
    }

    private mutating func push(
        _ remote: Remote,
        _ updates: [RefUpdate],
        from mirror: borrowing Repository
    ) throws(GitError) -> [String: PushOutcome] {
        var outcomes: [String: PushOutcome] = [:]
        let connection = try RemoteConnection(remote, direction: GIT_DIRECTION_PUSH, in: mirror.pointer)
        let before = try connection.advertised()
        var sending: [RefUpdate] = []
        for update in updates {
            let actual = before[update.reference]
            if actual == update.new {
                outcomes[update.reference] = .accepted
            } else if actual != update.expectedOld {
                outcomes[update.reference] = .lost(actual: actual)
            } else if let other = NameInTheWay.find(of: update.reference, among: before.keys), actual == nil {
                outcomes[update.reference] = .rejected(reason: NameInTheWay.reason(other, update.reference, remote))
            } else {
                sending.append(update)
            }
        }
        if sending.isEmpty { return outcomes }
        var refused: [String: String] = [:]
        var failure: GitError?
        do throws(GitError) {
            refused = try upload(sending, on: connection, from: mirror)
        } catch {
            failure = error
        }
        let after: [String: ObjectID]
        do throws(GitError) { after = try tips(remote, sending.map(\.reference)) } catch { throw failure ?? error }
        for update in sending {
            let actual = after[update.reference]
            if actual == update.new {
                outcomes[update.reference] = .accepted
            } else if let reason = refused[update.reference] {
                outcomes[update.reference] =
                    actual == update.expectedOld ? .rejected(reason: reason) : .lost(actual: actual)
            } else if actual != update.expectedOld {
                outcomes[update.reference] = .lost(actual: actual)
            } else if let failure {
                throw failure
            } else {
                outcomes[update.reference] = .rejected(reason: "the remote said yes but did not move the reference")
            }
        }
        return outcomes
    }

    private func upload(
        _ updates: [RefUpdate], on connection: borrowing RemoteConnection, from mirror: borrowing Repository
    ) throws(GitError) -> [String: String] {
        do throws(GitError) {
            return try connection.upload(updates, mirror: mirror)
        } catch {
            let isOfObjects = [.corrupt, .protocolViolation, .other, .invalid, .notFound].contains(error.kind)
            guard isOfObjects, let repaired = RepairedCommits(in: mirror, and: updates.map(\.new)) else { throw error }
            let remote = connection.remote
            return try repaired.whileBelieved { () throws(GitError) in
                let view = try Repository(opening: mirror.path, receivingIn: nil, repaired: repaired)
                return try RemoteConnection(remote, direction: GIT_DIRECTION_PUSH, in: view.pointer)
                    .upload(updates, mirror: view)
            }
        }
    }
}
