import Core
import Foundation
import Git
import Reconciler
import Routing
import Signal
import Synchronization
import TestSupport
import Testing

/// A bare repository that routers and a team commit to.
final class TrafficBench: Sendable {
    let git: GitBench
    let platform = PlayedTime()
    let wall = PlayedTime()
    let notices = Mutex<[String]>([])
    private let branch = "sluice/traffic/default"
    /// The team's own clone, so that its commits race with the router's.
    private let clone: Mirror
    private let transport: Transport

    init() throws {
        git = try GitBench()
        clone = try Mirror(at: "\(git.folder)/clone")
        transport = git.transport
    }

    func router(
        _ name: String, environment: String = "default", readers: [String] = [],
        leads epoch: Int? = nil, isOver: Bool = false,
        context: @escaping @Sendable (ApplicationName) async -> TrafficContext = { _ in TrafficContext() }
    ) throws -> GitTrafficRouter {
        let branch = TrafficBranch(
            mirror: try Mirror(at: "\(git.folder)/traffic-\(name)"), transport: git.transport,
            remote: try Remote(name: "traffic", url: git.path), name: branch,
            readers: readers.map { TrafficBranch.standardName(of: environment, reader: $0) }, wall: wall)
        return GitTrafficRouter(
            GitTrafficRouter.Settings(environment: environment), branch: branch, time: platform, wall: wall,
            context: context,
            leadership: epoch.map { epoch in .init(own: { epoch }, isOver: { _ in isOver }) } ?? .unknown,
            notice: { notice in self.notices.withLock { $0.append(notice) } })
    }

    var title: String { "\(branch) of \(git.path)" }

    func tip() async throws -> CommitInfo {
        try await git.repository.commit(try #require(try await git.repository.tip(of: branch)))
    }

    func history() async throws -> [String] {
        var summaries: [String] = []
        for id in try await git.repository.firstParentCommits(from: try await tip().id, limit: 1_000) {
            summaries.insert(try await git.repository.commit(id).summary, at: 0)
        }
        return summaries
    }

    func text(_ path: String) async throws -> String? {
        guard let blob = try await git.repository.blobID(at: path, in: try await tip().id) else { return nil }
        return String(decoding: try await git.repository.blob(blob, limit: 1 << 20), as: UTF8.self)
    }

    func file(_ application: ApplicationName) async throws -> TrafficFile {
        try TrafficFile(json: Array(try #require(try await text("traffic/\(application).json")).utf8))
    }

    func acknowledge(_ reader: String, _ commit: ObjectID) async throws {
        try await git.repository.set("refs/heads/sluice/traffic-ack/default/\(reader)", to: commit)
    }

    /// - Returns: false where somebody else was faster.
    func teamCommits(_ path: String, _ text: String?) async throws -> Bool {
        let remote = try Remote(name: "team", url: git.path)
        let tip = try await transport.fetch(remote, branches: [branch], into: clone.path).tip(of: branch)
        var edit = TreeEdit()
        if let text { edit.set(path, to: Array(text.utf8)) } else { edit.remove(path) }
        let id = try await clone.commit(
            edit, on: tip, message: "Change \(path)",
            author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
        let reference = "refs/heads/\(branch)"
        let outcome = try await transport.push(
            remote, updates: [RefUpdate(reference, to: id, expecting: tip)], from: clone.path)
        return outcome[reference] == .accepted
    }
}
