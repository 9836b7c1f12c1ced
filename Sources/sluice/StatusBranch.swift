import Core
import Foundation
import Git
import Manifests
import Repository

/// Reads the status branch of an environment, and the manifest branch beside it.
///
/// A repository on this machine is read where it is. Another is fetched into a mirror under the user's cache, so that
/// asking again costs one round trip.
struct StatusBranch {
    let mirror: Mirror
    let name: String
    let place: Place
    /// The manifests' branch, where one was asked for.
    let givenBranch: String?
    private let source: Source
    private let remote: Remote

    private enum Source {
        case here
        case remote(Remote, Transport)
    }

    /// What stands in the repository now.
    struct Look {
        /// The status branch's commit; nil where there is no such branch.
        var status: ObjectID?
        /// What it says of who leads; nil where it says nothing that can be read.
        var record: EnvironmentRecord?
        /// What of that cannot be relied on, and what a shell of a clone takes to take it back.
        var faults: [EnvironmentRecord.Fault] = []
        var mend: String?
        /// When something was last written to it, by its writer's clock.
        var told: Instant?
        /// The manifests' branch.
        var branch: String
        /// Its commit; nil where there is no such branch.
        var manifests: ObjectID?
    }

    init(_ options: RepositoryOptions) throws {
        place = try Place(options)
        name = GitStatusStore.branch(of: place.environment)
        givenBranch = options.branch
        let remote = try place.remote()
        self.remote = remote
        if FileManager.default.fileExists(atPath: remote.url) {
            mirror = try Mirror(reading: remote.url)
            source = .here
        } else if !place.repository.contains(":") {
            throw Failure(
                "there is no repository at \(Terminal.clean(place.shown))",
                advice: "give a path or an address with a scheme")
        } else {
            let mirror = try Mirror(at: try Self.cache(for: remote.url))
            mirror.tellDamage { Terminal.complain("sluice: \($0)") }
            self.mirror = mirror
            source = .remote(remote, Transport(executable: try Self.executable()))
        }
    }

    private static func executable() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    /// What it takes to push to the repository: a mirror that may be written, and a transport. A person's own
    /// repository is pushed to as any other is.
    func writer() throws -> (mirror: Mirror, remote: Remote, transport: Transport) {
        switch source {
        case .remote(let remote, let transport): return (mirror, remote, transport)
        case .here:
            let place = URL(fileURLWithPath: remote.url).standardizedFileURL.path
            return (try Mirror(at: Self.cache(for: place)), remote, Transport(executable: try Self.executable()))
        }
    }

    private static func cache(for url: String) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { $0 + "/.cache" } ?? "/tmp"
        let folder = home + "/sluice/mirrors"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure("\(folder) cannot be made", advice: "set XDG_CACHE_HOME to a folder that can be written")
        }
        return folder + "/" + Digest(of: url.utf8).short + ".git"
    }

    /// The commits that both branches have now, and what the status branch says of its writer.
    func look() async throws -> Look {
        var look = Look(branch: givenBranch ?? "main")
        var found = try await tips([name, look.branch])
        look.status = found[name]
        if let tip = look.status {
            look.told = Instant(milliseconds: try await mirror.commit(tip).committerTime &* 1000)
            (look.record, look.faults) = try await record(at: tip)
            if !look.faults.isEmpty { look.mend = await takingBack(GitStatusStore.environmentPath, at: tip) }
        }
        if givenBranch == nil, let followed = look.record?.branch, followed != look.branch {
            look.branch = followed
            found = try await tips([name, followed])
        }
        look.manifests = found[look.branch]
        return look
    }

    /// The commit that the status branch has now; nothing else is fetched.
    func tip() async throws -> ObjectID? { try await tips([name])[name] }

    func tips(_ branches: [String]) async throws -> [String: ObjectID] {
        var found: [String: ObjectID] = [:]
        switch source {
        case .here:
            for branch in branches { found[branch] = try await local(branch) }
        case .remote(let remote, let transport):
            let result = try await mending(mirror) {
                Terminal.complain("sluice: \($0)")
            } _: { () throws(GitError) in
                try await transport.fetch(remote, branches: branches, into: mirror.path)
            }
            for branch in branches { found[branch] = result.tip(of: branch) }
        }
        return found
    }

    /// A branch of a repository on this machine; in a clone it may stand only as its remote's.
    private func local(_ branch: String) async throws -> ObjectID? {
        if let tip = try await mirror.tip(of: branch) { return tip }
        return try await mirror.tip(of: branch, on: "origin")
    }

    /// Where what is read is a clone's copy of the status branch: where the clone came from, and when it last asked there.
    func copy() async throws -> (of: String, fetched: Instant?)? {
        guard case .here = source, try await mirror.tip(of: name) == nil,
            try await mirror.tip(of: name, on: "origin") != nil, let clone = Clone.around(remote.url)
        else { return nil }
        let files = ["FETCH_HEAD", "refs/remotes/origin/\(name)", "packed-refs"].map { mirror.path + "/" + $0 }
        let found = files.lazy.compactMap { file in
            (try? FileManager.default.attributesOfItem(atPath: file))?[.modificationDate] as? Date
        }.first
        return (clone.remote, found.map { Instant(milliseconds: Int64($0.timeIntervalSince1970 * 1000)) })
    }

    /// Why there is nothing to read, and what there is instead.
    func absence() async -> Failure {
        let known = await environments().prefix(20).map { Terminal.clean($0) }
        return Failure(
            "\(Terminal.clean(remote.url)) has no branch \(Terminal.clean(name))",
            advice: known.isEmpty
                ? "a daemon writes it: is one running on this repository, and is --environment right?"
                : "is --environment right? it has: \(known.joined(separator: ", "))")
    }

    /// The environments that have a status branch there, sorted; none where that cannot be found out.
    private func environments() async -> [String] {
        let folder = GitStatusStore.branch(of: "")
        var branches: [String] = []
        switch source {
        case .here:
            for place in ["refs/heads/", "refs/remotes/origin/"] {
                let all = (try? await mirror.references()) ?? []
                branches += all.filter { $0.hasPrefix(place + folder) }.map { String($0.dropFirst(place.count)) }
            }
        case .remote(let remote, let transport):
            branches = (try? await transport.branches(remote, below: folder)) ?? []
        }
        return Set(branches.map { String($0.dropFirst(folder.count)) }).sorted()
    }

    /// Says that there is no application of a name, and which there are.
    static func unknown(_ name: ApplicationName, _ what: String, known: [ApplicationName]) -> Failure {
        let shown = known.prefix(20).joined(separator: ", ") + (known.count > 20 ? ", …" : "")
        return Failure(
            "\(what) \(Terminal.clean(name))", advice: known.isEmpty ? nil : "known: \(Terminal.clean(shown))")
    }
}
