package import Git
package import Signal

/// What the daemon keeps in git for machines that do not reach it. There is no way up.
package actor GitSource: ElevationSource {
    package nonisolated let takesReports = false
    private let mirror: Mirror
    private let transport: Transport
    private let remote: Remote
    private let branch: String
    private let machine: String
    private let interval: Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private var tip: ObjectID?
    private var blob: ObjectID?
    private var fetches = 0
    private var isThere = false

    /// - Parameters:
    ///   - mirror: no other remote's, and nobody else's.
    ///   - transport: for this remote alone.
    ///   - remote: where the branch is.
    ///   - branch: that of the environment's elevations.
    ///   - machine: this machine's name.
    ///   - interval: time between two looks.
    ///   - sleep: waits, and throws where it is cancelled.
    package init(
        mirror: Mirror, transport: Transport, remote: Remote, branch: String, machine: String, interval: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.mirror = mirror
        self.transport = transport
        self.remote = remote
        self.branch = branch
        self.machine = machine
        self.interval = interval
        self.sleep = sleep
    }

    package func run(_ receive: @escaping @Sendable (SourceNews) async -> Void) async throws {
        var reconnection = Reconnection(base: interval, limit: max(interval, .seconds(60)))
        while true {
            let wait: Duration
            do throws(Problem) {
                if let elevations = try await look() { await receive(.elevations(elevations)) }
                isThere = true
                reconnection.succeeded()
                wait = interval * Double.random(in: 0.9...1.1)
            } catch {
                try Task.checkCancellation()
                isThere = false
                await receive(.lost(error.description))
                wait = reconnection.failed(share: Double.random(in: 0...1))
            }
            try await sleep(wait)
        }
    }

    package func report(_ report: MachineReport) async throws {
        throw Problem(description: "git leads no reports to the daemon")
    }

    private struct Problem: Error {
        var description: String
    }

    /// - Returns: what the machine is told, where that is new or the branch was away; nil where nothing changed.
    private func look() async throws(Problem) -> MachineElevations? {
        do throws(GitError) {
            let found = try await transport.tips(remote, branches: [branch])[branch]
            guard let found else { throw GitError(.notFound, "\(remote) has no branch \(branch)") }
            if found == tip, isThere { return nil }
            if found != tip {
                tip = try await transport.fetch(remote, branches: [branch], into: mirror.path).tip(of: branch)
                fetches += 1
                if fetches % 32 == 0 { _ = try await mirror.maintain() }
            }
            let path = "elevation/\(machine).json"
            guard let tip, let blob = try await mirror.blobID(at: path, in: tip) else {
                throw GitError(.notFound, "\(branch) of \(remote) says nothing to \(machine)")
            }
            if blob == self.blob, isThere { return nil }
            let bytes = try await mirror.blob(blob, limit: MachineElevations.limit)
            do throws(WireError) {
                let elevations = try MachineElevations(json: bytes)
                self.blob = blob
                return elevations
            } catch {
                throw GitError(.other, "\(path) on \(branch) of \(remote) is no elevation: \(error)")
            }
        } catch {
            throw Problem(description: "\(error)")
        }
    }
}
