import Foundation
import Git
import Glibc
import Routing
import Signal
import Synchronization

/// The traffic files of a branch, and their copies on this machine's disk.
actor TrafficCopy {
    /// What a look found.
    struct Look {
        /// Files that were replaced.
        var written: [TrafficFile] = []
        /// Files of the branch that were not followed, each with why; told when the branch changes.
        var refused: [String] = []
        /// Applications that were asked for and have no file there.
        var missing: [String] = []
    }

    private let remote: Remote
    private let branch: String
    private let path: TrafficPath
    private let acknowledgement: String?
    private let applications: Set<String>
    private let directory: String
    private let mirror: Mirror
    private let transport: Transport
    /// The tip whose files are on the disk.
    private var copied: ObjectID?
    /// Whether every file of that tip is.
    private var isWhole = false
    /// What the branch of the acknowledgement names, as it was last seen.
    private var acknowledged: ObjectID?

    /// - Parameters:
    ///   - remote: where the branch is.
    ///   - branch: its name.
    ///   - path: where on it the files are.
    ///   - acknowledgement: the branch that is to name the commit whose files are on the disk.
    ///   - applications: those that are kept; empty for all.
    ///   - directory: where they are kept, as `<application>.json`.
    ///   - mirror: for this remote alone.
    ///   - transport: likewise.
    init(
        remote: Remote, branch: String, path: TrafficPath, acknowledging acknowledgement: String?,
        applications: Set<String>, directory: String, mirror: Mirror, transport: Transport
    ) {
        self.remote = remote
        self.branch = branch
        self.path = path
        self.acknowledgement = acknowledgement
        self.applications = applications
        self.directory = directory
        self.mirror = mirror
        self.transport = transport
    }

    /// Brings the disk up to date. Where the branch has not moved that is one round trip.
    func look() async throws -> Look {
        let tips = try await transport.tips(remote, branches: [branch] + (acknowledgement.map { [$0] } ?? []))
        guard let tip = tips[branch] else { throw GitError(.notFound, "\(remote) has no branch \(branch)") }
        acknowledged = acknowledgement.flatMap { tips[$0] }
        var look = Look()
        if tip == copied { return look }
        guard let fetched = try await transport.fetch(remote, branches: [branch], into: mirror.path).tip(of: branch)
        else { throw GitError(.notFound, "\(remote) has no branch \(branch)") }
        try await mirror.maintain()
        let files = try await files(at: fetched)
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            do {
                if let file = try keep(name, try content.get()) { look.written.append(file) }
            } catch let error as Failure {
                throw error
            } catch {
                look.refused.append("\(path(name)) on \(branch): \(error)")
            }
        }
        look.missing = applications.filter { files[$0] == nil }.sorted()
        copied = fetched
        isWhole = look.refused.isEmpty
        return look
    }

    /// Points this host's branch at the commit whose files are on the disk: whoever asks here asks on every request, so
    /// that all who read them follow.
    func acknowledge() async throws(GitError) {
        guard let acknowledgement, let copied, isWhole, acknowledged != copied else { return }
        let reference = "refs/heads/\(acknowledgement)"
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(reference, to: copied, expecting: acknowledged)], from: mirror.path
        )[reference]
        switch outcome {
        case .accepted: acknowledged = copied
        case .rejected(let reason):
            // What was acknowledged before is on a branch that was written anew since.
            throw GitError(
                .rejected, "\(remote) refuses the acknowledgement on \(acknowledgement): \(reason)",
                advice: reason == "not a fast-forward"
                    ? "\(branch) was written anew, take away what was acknowledged before: "
                        + "git push \(remote) --delete \(acknowledgement)" : nil)
        case .lost, nil:
            throw GitError(
                .rejected, "somebody else acknowledges on \(acknowledgement)",
                advice: "give each host a name of its own")
        }
    }

    private func files(at tip: ObjectID) async throws -> [String: Result<[UInt8], GitError>] {
        let found = Mutex<[String: Result<[UInt8], GitError>]>([:])
        let (path, applications) = (path, applications)
        try await mirror.forEachBlob(in: tip, under: path.folder, limit: TrafficFile.limit) { entry, content in
            guard let content, let name = path.application(at: entry.path),
                applications.isEmpty || applications.contains(name)
            else { return }
            found.withLock { $0[name] = content.map { Array($0) } }
        }
        return found.withLock { $0 }
    }

    /// Puts a file on the disk, unless what is there is the same or newer.
    private func keep(_ name: String, _ bytes: [UInt8]) throws -> TrafficFile? {
        let file = try TrafficFile(json: bytes)
        guard file.application == name else { throw WireError.invalid("it is about \(file.application)") }
        let target = "\(directory)/\(name).json"
        if let present = FileManager.default.contents(atPath: target).map({ Array($0) }) {
            if present == bytes { return nil }
            if let present = try? TrafficFile(json: present), present.order > file.order {
                throw WireError.invalid(
                    "generation \(file.epoch).\(file.generation) is older than what is on the disk")
            }
        }
        try AtomicFile.write(bytes, to: target)
        return file
    }
}
