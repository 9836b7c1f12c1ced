import Core
import Foundation
import Git
import Manifests
import Rehearsal
import Repository

/// The two ends of a change, and what the engine has to be told of each.
struct FleetPair {
    /// Nil: nothing ran before.
    var old: Fleet?
    var new: Fleet
    /// What the change begins at; nil where it begins at the old end, settled.
    var live: LiveFleet?
    /// Applications whose declaration differs, sorted.
    var changed: [ApplicationName]

    private var mirror: Mirror?
    private var newCommit: ObjectID?

    /// Reads both ends.
    ///
    /// - Parameters:
    ///   - path: a repository, or, where nothing ran before, a folder.
    ///   - from: the revision that is settled; nil for none.
    ///   - to: the revision that comes; nil for the files on the disk, or HEAD where there is no work tree.
    ///   - environment: whose status branch says what is live; nil where that is not asked.
    /// - Throws: where a revision or the path cannot be read.
    init(path: String, from: String?, to: String?, environment: String?) async throws {
        if from == nil, to == nil {
            mirror = try? Mirror(reading: path)
        } else {
            mirror = try Mirror(reading: path)
        }
        if let from, let mirror {
            old = try await FleetReader.revision(try await Self.resolve(from, mirror), of: mirror, mayBeAbsent: true)
        }
        let isBare = await mirror?.isBare ?? false
        if let mirror, to != nil || isBare {
            let commit = try await Self.resolve(to ?? "HEAD", mirror)
            let known = old?.applications.mapValues(\.path) ?? [:]
            new = await FleetReader.judgeWhole(
                try await FleetReader.revision(commit, of: mirror, known: known), in: commit, of: mirror)
            newCommit = commit
        } else {
            // Paths on the disk are relative to the folder that is read.
            let folder = mirror.map { $0.folder.isEmpty ? "" : $0.folder + "/" } ?? ""
            let known = old?.applications.compactMapValues { entry in
                entry.path.hasPrefix(folder) ? String(entry.path.dropFirst(folder.count)) : nil
            }
            new = await FleetReader.judgeWhole(try FleetReader.workingTree(path, known: known ?? [:]), at: path)
            newCommit = try? await mirror?.resolve("HEAD")
        }
        if let mirror, await mirror.isShallow {
            Terminal.complain(
                "sluice: this clone is shallow: what was declared before its history begins is not known; "
                    + "git fetch --unshallow brings it")
        }
        let errors = new.declarationErrors
        guard errors.isEmpty else {
            let first = errors.first?.description ?? ""
            throw Failure(
                "\(new.label) has \(errors.count) errors, so no change can be worked out; the first: "
                    + Terminal.clean(first),
                advice: "see all of them with: sluice validate \(path)")
        }
        if new.applications.isEmpty, let old, !old.applications.isEmpty {
            throw Failure(
                "\(new.label) declares no application at all, where \(old.label) declares \(old.applications.count): a "
                    + "daemon takes nothing away for that",
                advice: "is this the folder of the manifests? the last one stops serving by activation: inactive")
        }
        changed = []
        if let mirror, let environment {
            try await begin(at: try await LiveFleet.read(environment, in: mirror), mirror)
        }
        let names = Set(new.applications.keys).union(old?.applications.keys ?? [:].keys)
        for name in names.sorted() where isChanged(name) { changed.append(name) }
    }

    /// The commit that a revision names. In a shallow clone one that is not there may be where the clone came from.
    private static func resolve(_ revision: String, _ mirror: Mirror) async throws -> ObjectID {
        do {
            return try await mirror.resolve(revision)
        } catch {
            guard await mirror.isShallow else { throw error }
            throw Failure(
                "this clone is shallow, and \(Terminal.clean(revision)) is not in it", advice: "git fetch --unshallow")
        }
    }

    /// Begins at what is live, where there is such a thing and the old end is not before it.
    private mutating func begin(at live: LiveFleet?, _ mirror: Mirror) async throws {
        guard let live else { return }
        if let commit = old.flatMap({ commit(of: $0) }) {
            guard await live.isLive(at: commit, in: mirror) else { return }
        } else {
            guard let newest = await live.newestRevision(in: mirror) else { return }
            let folder = mirror.folder
            old = try await FleetReader.revision(newest, of: mirror, under: folder)
        }
        // Another folder's fleet may be what this environment follows.
        guard old?.applications.keys.contains(where: { live.statuses[$0] != nil }) == true else {
            return
        }
        self.live = live
    }

    /// What is recorded of everything that the change is about.
    var liveStatuses: [Status] {
        guard let live else { return [] }
        var names = involved.union(goneNames)
        for name in involved {
            if let former = new.applications[name]?.application.renamedFrom { names.insert(former) }
        }
        return names.sorted().compactMap { live.statuses[$0] }
    }

    private var goneNames: [ApplicationName] {
        (old?.applications.keys.filter { new.applications[$0] == nil } ?? []).sorted()
    }

    private func isChanged(_ name: ApplicationName) -> Bool {
        if let live, live.differs(from: new.applications[name], named: name) { return true }
        guard let before = old?.applications[name], let after = new.applications[name] else { return true }
        return before.application != after.application || before.strategy != after.strategy
            || before.gates != after.gates || before.partitions != after.partitions
    }

    /// The changed applications and all that they depend on.
    private var involved: Set<ApplicationName> {
        var found = Set(changed)
        var pending = changed
        // Whoever shares a quota takes room.
        for namespace in new.namespaces where namespace.value.replicaQuota != nil {
            let users = new.applications.keys.filter { name in
                guard let sides = new.applications[name]?.application.sides else { return false }
                return [sides.flip, sides.flop].contains(namespace.value.name)
            }
            guard users.contains(where: found.contains) else { continue }
            for name in users where found.insert(name).inserted { pending.append(name) }
        }
        while let name = pending.popLast() {
            for fleet in [old, new].compactMap({ $0 }) {
                for dependency in fleet.applications[name]?.application.dependsOn ?? []
                where found.insert(dependency).inserted {
                    pending.append(dependency)
                }
            }
        }
        return found
    }

    /// What has to come to rest, one after another, for the old end to be settled: the release that it came from, where
    /// that one is still there or the old end is held on the way, and the old end itself. Empty where nothing ran before.
    func settlement() async throws -> [FleetChange] {
        guard let old else { return [] }
        let changeAt = await newCommittedAt()
        let applications = old.applications.filter { involved.contains($0.key) }
        var steps: [ApplicationName: [Declaration]] = [:]
        for (name, declared) in applications {
            steps[name] = await antecedents(of: declared, in: old, named: name, until: changeAt)
        }
        let count = steps.values.map(\.count).max() ?? 0
        var changes: [FleetChange] = []
        for step in 0..<count {
            // Those that need fewer steps wait at their first.
            let declared = steps.sorted { $0.key < $1.key }.map { $0.value[max(0, step - count + $0.value.count)] }
            changes.append(
                FleetChange(
                    revision: (old.revision ?? "") + "~", isComplete: true, declared: declared, isFull: step == 0))
        }
        return changes + [try await change(to: old, applications: applications, at: commit(of: old), after: old)]
    }

    func newChange() async throws -> FleetChange {
        let applications = new.applications.filter { involved.contains($0.key) }
        var change = try await change(to: new, applications: applications, at: newCommit, after: old)
        if live != nil { change.isFull = true }
        return change
    }

    private func commit(of fleet: Fleet) -> ObjectID? {
        fleet.revision.flatMap { ObjectID(hex: $0) }
    }

    /// What is settled before an application's declaration at the old end, oldest first; at least one.
    private func antecedents(
        of declared: CatalogEntry, in fleet: Fleet, named name: ApplicationName, until changeAt: Instant
    ) async -> [Declaration] {
        let versions = await versions(of: declared, named: name, from: commit(of: fleet), including: nil)
        var dated: [Lineage.Version] = []
        for version in versions {
            guard let time = await committedAt(ObjectID(hex: version.revision)) else { break }
            dated.append(Lineage.Version(version, committedAt: time))
        }
        let positions = Lineage(dated, strategy: declared.strategy).antecedents(until: changeAt)
        return (positions.isEmpty ? [0] : positions).map { position in
            var application = versions.indices.contains(position) ? versions[position].application : nil
            application?.suspend = false
            application?.until = nil
            // Nobody else's past is settled with it.
            application?.dependsOn = declared.application.dependsOn
            let base = application ?? declared.application
            let revision = (fleet.revision ?? "") + "~\(position)"
            let older = [DeclaredVersion(revision: revision, application: base)] + versions.dropFirst(position)
            return Declaration(
                application: base, strategy: declared.strategy, gates: declared.gates, partitions: declared.partitions,
                revision: revision,
                versions: older)
        }
    }

    private func committedAt(_ commit: ObjectID?) async -> Instant? {
        guard let commit, let found = try? await mirror?.commit(commit) else { return nil }
        // Whoever made the commit chose it; time goes on from there for years.
        return Instant(milliseconds: min(max(found.committerTime, 0), 253_402_300_799) * 1000)
    }

    /// When the change is made: at the new end's commit, or now where the files on the disk are meant.
    private func newCommittedAt() async -> Instant {
        if new.revision != nil, let time = await committedAt(newCommit) { return time }
        return Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    private func change(
        to fleet: Fleet, applications: [ApplicationName: CatalogEntry], at commit: ObjectID?, after: Fleet?
    ) async throws -> FleetChange {
        // The working tree is no commit yet; Core takes any name.
        let revision = fleet.revision ?? "working-tree"
        var change = FleetChange(
            revision: revision, isComplete: true, declared: [], isFull: after == nil)
        for (name, declared) in applications.sorted(by: { $0.key < $1.key }) {
            let versions = await versions(
                of: declared, named: name, from: commit,
                including: fleet.revision != nil
                    ? nil : DeclaredVersion(revision: revision, application: declared.application))
            change.declared.append(
                Declaration(
                    application: declared.application, strategy: declared.strategy, gates: declared.gates,
                    partitions: declared.partitions,
                    revision: change.revision, versions: versions))
        }
        change.namespaces = Dictionary(
            fleet.namespaces.map { ($0.value.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        if after != nil, fleet.revision == new.revision { change.gone = goneNames }
        return change
    }

    /// Versions of one manifest, newest first.
    private func versions(
        of declared: CatalogEntry, named name: ApplicationName, from commit: ObjectID?, including head: DeclaredVersion?
    ) async -> [DeclaredVersion] {
        var versions = head.map { [$0] } ?? []
        guard let mirror, let commit else { return versions }
        let isFromTree = head != nil && !mirror.folder.isEmpty && !declared.path.hasPrefix(mirror.folder + "/")
        let path = isFromTree ? mirror.folder + "/" + declared.path : declared.path
        let line = try? await mirror.line(of: name, at: path, from: commit) { $0.count >= 100 }
        versions += line?.versions.map(\.declared) ?? []
        return versions
    }
}
