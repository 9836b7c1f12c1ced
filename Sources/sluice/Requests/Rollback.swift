import Core
import Git
import Manifests
import Repository

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

        init(release: DeclaredRelease, revisions: [Revision]) {
            self.release = release
            self.revisions = revisions
        }

        init(_ place: Placement) {
            self.init(release: place.release, revisions: [place.revision, place.release.introduced])
        }
    }

    func push(reason: String?, by person: GitPerson) async throws -> Done {
        for attempt in 0..<RaceLost.attempts {
            guard let head = try await transport.fetch(remote, branches: [branch], into: mirror.path).tip(of: branch)
            else {
                throw Failure(
                    "\(remote) has no branch \(branch)",
                    advice: "is --branch right? if it was deleted: \(place.command("status", name))")
            }
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
        if let serving = goingBack(to: declared, versions) {
            throw Refusal(
                "\(branch) declares \(name) \(application.release.version) instead of \(serving), which was declared after "
                    + "it: that goes back already, and is on its way",
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
        let way = WayBack(versions)
        // What the daemon took up counts too: a file may not have been readable in between.
        func isTakenBack(_ release: Digest) -> Bool {
            way.takenBack.contains(release) || status?.past?.isTakenBack(release) == true
        }
        if let stable = status?.stable, stable.release.digest != digest { return Goal(stable) }
        if let retained = status?.retained, retained.served, retained.placement.release.digest != digest,
            !isTakenBack(retained.placement.release.digest)
        {
            return Goal(retained.placement)
        }
        // A release that was rejected is none to go back to, and neither is one that was taken back.
        let rejected = Set((status?.rejected ?? []).map(\.attempt.digest))
        for found in way.standing.reversed()
        where found != digest && !rejected.contains(found) && !isTakenBack(found) {
            let version = versions.first {
                $0.application?.release.digest == found && $0.application?.activation == .active
            }
            guard let version, let older = version.application else { continue }
            let release = DeclaredRelease(
                release: older.release, digest: found, introduced: version.revision, replicas: older.replicas)
            return Goal(release: release, revisions: [version.revision])
        }
        // Where the repository does not go back that far, the status may.
        let known = status?.past?.actives.compactMap(\.declared) ?? []
        let other = known.first { release in
            release.digest != digest && !rejected.contains(release.digest) && !isTakenBack(release.digest)
        }
        return other.map { Goal(release: $0, revisions: [$0.introduced]) }
    }

    /// The version that serves, where what the head declares is one from before it: somebody is going back, without this
    /// verb. One that was rejected meanwhile is not on its way.
    private func goingBack(to declared: Declaration, _ versions: [DeclaredVersion]) -> String? {
        guard let serving = status?.stable?.release, serving.digest != declared.digest,
            status?.rejection(of: declared.head) == nil
        else { return nil }
        var way = WayBack(Array(versions.drop { $0.application?.release.digest == declared.digest }))
        return way.declare(declared.application).contains(serving.digest) ? serving.release.version : nil
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
