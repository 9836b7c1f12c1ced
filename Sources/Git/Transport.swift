import Synchronization

/// Talks to remotes through a child process that is kept warm, so that a transfer that hangs, leaks or crashes costs one
/// error and never the daemon.
///
/// One transport does one thing at a time: a daemon gives each remote its own. Never retries; that is the caller's.
package actor Transport {
    /// How much a child may cost.
    package struct Limits: Hashable, Sendable {
        /// Wall time for one operation.
        package var deadline: Duration
        /// Private memory of the child, in bytes; mapped packs do not count.
        package var memory: Int
        /// Operations after which a child is replaced, against slow leaks.
        package var operations: Int

        package init(deadline: Duration = .seconds(60), memory: Int = 1 << 30, operations: Int = 10_000) {
            self.deadline = deadline
            self.memory = memory
            self.operations = operations
        }
    }

    private let executor = ThreadExecutor()
    private let executable: String
    private let arguments: [String]
    private let limits: Limits
    private let resting: RestingServers
    private var process: TransportProcess?
    private var served = 0
    /// A mirror at which a child was ended, and when, in seconds since 1970.
    private var left: (mirror: String, time: Double)?
    /// Children spawned so far, for tests and metrics.
    package private(set) var spawned = 0

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The executable is the path of a program that calls `TransportChild.run()` when given `arguments`, which are
    /// without the program's own name. `resting` is shared with whoever else asks the same servers.
    package init(
        executable: String, arguments: [String] = ["transport"], limits: Limits = Limits(),
        resting: RestingServers = RestingServers()
    ) {
        self.resting = resting
        self.executable = executable
        self.arguments = arguments
        self.limits = limits
    }

    /// The tips of branches: the idle poll. A branch that the remote does not have is missing from the result.
    package func tips(_ remote: Remote, branches: [String]) async throws(GitError) -> [String: ObjectID] {
        let references = branches.map { "refs/heads/" + $0 }
        guard case .tips(let found) = try await ask(.tips(remote, references: references)) else { throw .mixedUp }
        return Dictionary(uniqueKeysWithValues: found.map { (String($0.key.dropFirst(11)), $0.value) })
    }

    /// The branches whose names begin with a folder, `sluice/status/`, sorted.
    package func branches(_ remote: Remote, below folder: String) async throws(GitError) -> [String] {
        guard case .tips(let found) = try await ask(.tips(remote, references: ["refs/heads/" + folder])) else {
            throw .mixedUp
        }
        return found.keys.map { String($0.dropFirst(11)) }.sorted()
    }

    /// Brings branches into the mirror, as `refs/remotes/<remote>/<branch>`.
    ///
    /// An empty repository or an absent branch is a nil tip; a repository that is not there is `.notFound`.
    package func fetch(_ remote: Remote, branches: [String], into mirror: String) async throws(GitError) -> FetchResult
    {
        guard case .fetched(let result) = try await ask(.fetch(remote, branches: branches, mirror: mirror)) else {
            throw .mixedUp
        }
        return result
    }

    /// Moves references by compare-and-swap and reads each back before it says `.accepted`. Never forces.
    ///
    /// After an error the outcome is unknown; asking again is safe, since a reference that already names the new commit
    /// is accepted. The hooks of a remote on this machine are run.
    package func push(
        _ remote: Remote,
        updates: [RefUpdate],
        from mirror: String
    ) async throws(GitError) -> [String: PushOutcome] {
        guard case .pushed(let result) = try await ask(.push(remote, updates: updates, mirror: mirror)) else {
            throw .mixedUp
        }
        return result
    }

    /// Ends the child; the next operation starts another.
    package func close() { process = nil }

    private func ask(_ request: TransportRequest) async throws(GitError) -> TransportAnswer {
        if let refusal = resting.refusal(request.remote) { throw refusal }
        if served >= limits.operations { process = nil }
        let current: TransportProcess
        if let process { current = process } else { current = try start() }
        process = current
        served += 1
        if let (mirror, time) = left, mirror == request.mirror {
            // What the child before this one left when it was ended. Nobody has held it since.
            LockFile.sweep(mirror, before: time)
            left = nil
        }
        let result = await withTaskCancellationHandler {
            exchange(request, with: current)
        } onCancel: {
            current.interrupt()
        }
        if case .failure = result {
            process = nil
            left = request.mirror.map { ($0, LockFile.now) }
        }
        let answer = try result.get()
        if case .failed(let error) = answer {
            if error.kind == .memory { process = nil }
            resting.note(error, of: request.remote)
            throw error
        }
        return answer
    }

    private func exchange(
        _ request: TransportRequest,
        with process: TransportProcess
    ) -> Result<TransportAnswer, GitError> {
        do throws(GitError) {
            let body = try process.exchange(try Frame.encode(request), deadline: limits.deadline, memory: limits.memory)
            return .success(try Frame.decode(TransportAnswer.self, body))
        } catch {
            return .failure(error)
        }
    }

    private func start() throws(GitError) -> TransportProcess {
        served = 0
        spawned += 1
        return try TransportProcess(
            executable: executable,
            arguments: arguments,
            memory: limits.memory
        )
    }
}

extension GitError {
    fileprivate static let mixedUp = GitError(.other, "the transport answered another question")
}
