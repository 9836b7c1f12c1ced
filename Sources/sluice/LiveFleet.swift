import Core
import Foundation
import Git
import Manifests

/// What a status branch says is live.
struct LiveFleet {
    var environment: String
    /// The status branch's commit, and when it was made.
    var commit: ObjectID
    var at: Instant
    /// By application, without those that were removed.
    var statuses: [ApplicationName: Status]

    var branch: String { Self.branch(of: environment) }

    static func branch(of environment: String) -> String { "sluice/status/" + environment }

    /// Reads the environment's status branch, as this repository has it: its own, or, in a clone, as it was fetched last.
    ///
    /// - Returns: nil where there is none, or it holds nothing.
    static func read(_ environment: String, in mirror: Mirror) async throws -> LiveFleet? {
        let name = branch(of: environment)
        let (fetched, own) = (try await mirror.tip(of: name, on: "origin"), try await mirror.tip(of: name))
        guard let tip = fetched ?? own else { return nil }
        let files = try await StatusBranch.files(at: tip, in: mirror)
        for why in (files.unreadable.values.sorted() + files.strays.sorted()).prefix(10) {
            Terminal.complain("sluice: \(Terminal.clean(why)); what is live of it is not known")
        }
        let known = files.statuses.filter { $0.removal?.doneAt == nil }
        let statuses = Dictionary(known.map { ($0.application, $0) }, uniquingKeysWith: { first, _ in first })
        guard !statuses.isEmpty else { return nil }
        let time = try await mirror.commit(tip).committerTime
        return LiveFleet(
            environment: environment, commit: tip, at: Instant(milliseconds: time * 1000), statuses: statuses)
    }

    /// Whether what a declaration says is not what is recorded as settled.
    func differs(from entry: CatalogEntry?, named name: ApplicationName) -> Bool {
        guard let status = statuses[name], let entry else { return (statuses[name] == nil) != (entry == nil) }
        let application = entry.application
        guard status.phase == .healthy, let stable = status.stable else { return true }
        if application.activation == .inactive {
            return status.candidate?.release.digest != application.release.digest
        }
        return stable.release.digest != application.release.digest
            || stable.release.replicas != application.replicas || status.candidate != nil
    }

    /// The newest revision that any of them was taken up from; nil where this repository holds none of them.
    func newestRevision(in mirror: Mirror) async -> ObjectID? {
        var newest: (commit: ObjectID, time: Int64)?
        for revision in Set(statuses.values.map(\.observedRevision)) {
            guard let commit = ObjectID(hex: revision), let found = try? await mirror.commit(commit) else { continue }
            if found.committerTime > newest?.time ?? .min { newest = (commit, found.committerTime) }
        }
        return newest?.commit
    }

    /// Whether nothing of this was taken up from later revisions than `commit`: what was before then cannot be live now.
    func isLive(at commit: ObjectID, in mirror: Mirror) async -> Bool {
        for revision in Set(statuses.values.map(\.observedRevision)) {
            guard let observed = ObjectID(hex: revision) else { return false }
            if observed == commit { continue }
            guard let isBefore = try? await mirror.isAncestor(observed, of: commit), isBefore else { return false }
        }
        return true
    }
}
