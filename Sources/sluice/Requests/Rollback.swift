import Core
import Git
import Manifests
import Platforms

/// One commit to the manifest branch that restores what an application declared before.
struct Rollback {
    let name: ApplicationName
    let branch: String
    /// Of the manifests.
    let folder: String
    /// What is recorded; nil where nothing is.
    let status: Status?
    let mirror: Mirror
    let remote: Remote
    let transport: Transport
    /// Where what is recorded stands.
    let place: Place
    /// How what waits dark is dropped; nil where nothing does.
    let dropping: String?

    struct Done {
        var commit: RestoringCommit
        var id: ObjectID
        /// The file that was changed.
        var path: String
    }

    /// What is to be declared again, and commits that may hold it.
    private struct Goal {
        var release: DeclaredRelease
        var revisions: [Revision]

        var digest: Digest { release.digest }
        var version: String { release.release.version }
    }

    func push(reason: String?, by person: GitPerson) async throws -> Done {
        for attempt in 0..<RaceLost.attempts {
            guard let head = try await transport.fetch(remote, branches: [branch], into: mirror.path).tip(of: branch)
            else { throw Failure("\(remote) has no branch \(branch)", advice: "is --branch right?") }
            let fleet = try await FleetReader.revision(head, of: mirror, under: folder)
            let entry = try entry(of: fleet)
            let (commit, edited) = try await restoration(of: entry, at: head, reason)
            var edit = TreeEdit()
            edit.set(entry.path, to: edited)
            let id = try await mirror.commit(
                edit, on: head, message: commit.message, trailers: commit.trailers, author: person.signature)
            try await prove(id, commit)
            let reference = "refs/heads/\(branch)"
            let outcome = try await transport.push(
                remote, updates: [RefUpdate(reference, to: id, expecting: head)], from: mirror.path)[reference]
            switch outcome {
            case .accepted: return Done(commit: commit, id: id, path: entry.path)
            case .lost: try await RaceLost.wait(after: attempt)
            case .rejected(let why):
                throw Refusal(
                    "\(remote) refuses the push to \(branch): \(Terminal.clean(why))",
                    advice: "\(place.command("abort", name)) goes back from a rollout in flight without the manifest; "
                        + "else send a revert for review")
            case nil: throw Failure("the transport answered nothing about \(branch)")
            }
        }
        throw Failure(
            "\(branch) of \(remote) moved under \(RaceLost.attempts) attempts to push",
            advice: "find out what pushes to it")
    }

    private func entry(of fleet: Fleet) throws -> CatalogEntry {
        guard let entry = fleet.applications[name] else {
            if status != nil, let finding = fleet.findings.first(where: { $0.severity == .error }) {
                throw Refusal("\(branch) does not declare \(name) without error", advice: "\(finding)")
            }
            throw RequestDesk.unknown(name, "\(branch) does not declare", known: fleet.applications.keys.sorted())
        }
        guard entry.application.activation == .active else {
            throw Refusal(
                "\(name) \(entry.application.release.version) is declared inactive: it takes no traffic",
                advice: dropping ?? "declare in its manifest what is to serve, without activation: inactive, and push")
        }
        return entry
    }

    private func restoration(
        of entry: CatalogEntry, at head: ObjectID, _ reason: String?
    ) async throws -> (RestoringCommit, [UInt8]) {
        let (application, path) = (entry.application, entry.path)
        let line = try await mirror.line(of: name, at: path, from: head)
        let versions = line.versions.map(\.declared)
        let declared = Declaration(
            application: application, strategy: entry.strategy, gates: entry.gates, partitions: entry.partitions,
            revision: head.description,
            versions: versions)
        let isSettled = status?.stable?.release.digest == declared.digest && status?.candidate == nil
        if !isSettled, let introduced = ObjectID(hex: declared.introduced),
            let before = try? await mirror.commit(introduced), RestoringCommit.restores(name, before.trailers)
        {
            throw Refusal(
                "\(branch) declares \(name) \(application.release.version) by a rollback already: \(introduced.short), by "
                    + "\(before.authorName); that is on its way",
                advice: "to go back further, declare the version that you want")
        }
        guard let goal = goal(before: declared.digest, versions) else {
            throw Refusal(
                "\(name) has declared nothing but \(application.release.version) that was not rejected or taken back; "
                    + "there is nothing to go back to",
                advice: "to have another version, declare it")
        }
        let source = try await mirror.source(
            declaring: goal.digest, of: name, at: path, in: goal.revisions, before: head)
        guard let blob = try await mirror.blobID(at: path, in: head) else {
            throw Failure("\(path) is gone from \(head.short)", advice: "ask again")
        }
        do {
            // Where no version of the manifest has it, the status does.
            let edited = try ReleaseRestoration(of: name, to: goal.release, from: source)
                .applied(to: try await mirror.blob(blob, limit: Bounds.file), path: path)
            let commit = RestoringCommit(
                application: name, version: goal.version, digest: goal.digest, former: application.release.version,
                reverts: declared.introduced, reason: reason)
            return (commit, edited)
        } catch let error as ManifestEditError {
            throw Refusal("\(path): \(error)")
        }
    }

    /// What serves, or what served before it where that is what the head declares.
    private func goal(before digest: Digest, _ versions: [DeclaredVersion]) -> Goal? {
        var places = [status?.stable]
        if let retained = status?.retained, retained.served { places.append(retained.placement) }
        for place in places.compactMap({ $0 }) where place.release.digest != digest {
            return Goal(release: place.release, revisions: [place.revision, place.release.introduced])
        }
        // A release that was rejected is none to go back to, and neither is one that was taken back for this one.
        var rejected = Set((status?.rejected ?? []).map(\.attempt.digest))
        let first = versions.lastIndex { $0.application?.release.digest == digest } ?? -1
        rejected.formUnion(versions.prefix(first + 1).compactMap { $0.application?.release.digest })
        for version in versions.dropFirst(first + 1) {
            guard let older = version.application, older.activation == .active else { continue }
            let found = older.release.digest
            if found != digest, !rejected.contains(found) {
                let release = DeclaredRelease(
                    release: older.release, digest: found, introduced: version.revision, replicas: older.replicas)
                return Goal(release: release, revisions: [version.revision])
            }
        }
        // Where the repository does not go back that far, the status may.
        let known = status?.past?.actives.compactMap(\.declared) ?? []
        let other = known.first { $0.digest != digest && !rejected.contains($0.digest) }
        return other.map { Goal(release: $0, revisions: [$0.introduced]) }
    }

    /// The other manifests may have moved on: a commit that they hold back is not pushed.
    private func prove(_ id: ObjectID, _ commit: RestoringCommit) async throws {
        let fleet = try await FleetReader.revision(id, of: mirror, under: folder)
        guard fleet.applications[name]?.application.release.digest == commit.digest else {
            let finding = fleet.findings.first { $0.severity == .error }
            throw Refusal(
                "\(name) \(commit.version) does not go with the other manifests any more",
                advice: finding.map { "\($0)" })
        }
    }
}
