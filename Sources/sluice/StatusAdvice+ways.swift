import Core
import Git
import Manifests
import Repository

extension StatusAdvice {
    /// Something that a person can do about what is under way.
    struct Way: Encodable {
        /// `stop`, `skip`, `halt`, `undo`, `retry`, `approve`, `go on`, `keep`, `mend`, `activate`, `drop`, `look`.
        var name: String
        /// What a shell takes as it stands; nil where it takes a hand.
        var command: String?
        /// What comes of it.
        var text: String
    }

    /// What stops, undoes or lets go on what is under way.
    ///
    /// A revert is advised only where it is known to declare what is meant and nothing else; what git and the history of
    /// a manifest make of it is worked out first. Otherwise a verb is advised that does it whatever the manifests say.
    static func ways(_ status: Status, _ reading: FleetStatus, _ context: Context) async throws -> [Way] {
        let name = status.application
        guard status.rollback == nil else { return [] }
        if let removal = status.removal {
            if let name = removal.renamedTo {
                return [Way(name: "look", command: context.command("status", name), text: "what it is called now")]
            }
            return removal.doneAt == nil ? [try await keeping(status, reading)] : []
        }
        var ways = try await goingOn(status, reading, context)
        ways += try await aboutDark(status, reading)
        if status.waiting?.reason == .failure, status.stage == nil {
            if let stable = status.stable, !status.rejected.isEmpty {
                let version = stable.release.release.version
                let undo = try await undoing(
                    status, reading, context, to: stable.release.digest, "declares \(version), which serves already")
                if let undo { ways.append(undo) }
            }
            if status.retriable != nil {
                ways.append(
                    Way(
                        name: "retry",
                        command: context.command(
                            "retry", name,
                            meaning: status.retriable?.version ?? status.candidate?.release.release.version),
                        text: "if the release was not to blame"))
            }
            return ways
        }
        if status.firstDeployment != nil {
            ways.append(
                Way(
                    name: "stop",
                    command: context.command("abort", name, meaning: status.candidate?.release.release.version),
                    text: "it is given up; nothing else of it serves, until another version is declared"))
            if ![.suspended, .paused].contains(status.waiting?.reason) {
                ways.append(
                    Way(
                        name: "halt",
                        command: context.command("pause", name, meaning: status.candidate?.release.release.version),
                        text: "its deadline stands still"))
            }
            return ways
        }
        if let candidate = status.candidate, let stable = status.stable, status.stage != nil {
            let version = stable.release.release.version
            if status.stage?.failure != nil {
                ways.append(
                    Way(
                        name: "retry",
                        command: context.command(
                            "retry", name,
                            meaning: status.retriable?.version ?? status.candidate?.release.release.version),
                        text: "tries its stage again, if the release was not to blame"))
            }
            if let queued = status.queued {
                ways.append(
                    Way(
                        name: "stop", command: context.rollback(name),
                        text: "back to \(version), which is still on \(stable.side.rawValue), and "
                            + "\(queued.version) does not begin"))
                ways.append(
                    Way(
                        name: "skip",
                        command: context.command("abort", name, meaning: status.candidate?.release.release.version),
                        text: "\(candidate.release.release.version) is rejected, and \(queued.version) begins"))
            } else if let commit = try await reading.declared?.revert(
                of: name, to: stable.release.digest, besides: candidate.release.digest)
            {
                ways.append(
                    Way(
                        name: "stop", command: context.revert(commit, reading),
                        text: "\(version) is still on \(stable.side.rawValue), only weights move"))
            } else {
                ways.append(
                    Way(
                        name: "stop",
                        command: context.command("abort", name, meaning: status.candidate?.release.release.version),
                        text: "back to \(version), which is still on \(stable.side.rawValue); "
                            + "\(candidate.release.release.version) is rejected, and the manifest is left as it is"))
            }
            if ![.suspended, .paused, .failure].contains(status.waiting?.reason) {
                ways.append(
                    Way(
                        name: "halt",
                        command: context.command("pause", name, meaning: status.candidate?.release.release.version),
                        text: "it stays where it is"))
            }
        } else if status.candidate == nil, status.stable != nil, let retained = status.retained, retained.served {
            let place = retained.placement
            let text =
                "\(place.release.release.version) is still on \(place.side.rawValue) for "
                + StatusText.remaining(until: retained.until, reading.now)
            if let undo = try await undoing(status, reading, context, to: place.release.digest, text) {
                ways.append(undo)
            }
        } else if status.candidate == nil, status.phase != .pending, let former = status.former {
            let text =
                "\(former.release.version) is not kept any more: it is brought up anew, and takes the stages of a rollout"
            if let undo = try await undoing(status, reading, context, to: former.digest, text) { ways.append(undo) }
        }
        return ways
    }

    /// What a verb needs to be told beside its name.
    struct Context {
        var place: Place
        /// `--branch` and `--path`, where they were given.
        var manifests: [String] = []

        /// `meaning` is the version that it is for: a line that is pasted again later does nothing to another.
        func command(_ words: String?..., meaning version: String? = nil) -> String {
            let all = words.compactMap { $0 } + (version.map { ["--release", $0] } ?? [])
            return "sluice" + all.map { " " + Place.quoted($0) }.joined() + place.hint
        }

        func rollback(_ name: ApplicationName) -> String {
            command("rollback", name) + manifests.map { " " + Place.quoted($0) }.joined()
        }

        /// Of a clone.
        func revert(_ commit: ObjectID, _ reading: FleetStatus) -> String {
            Declared.reverting(commit, on: reading.look.branch)
        }
    }

    private static func goingOn(_ status: Status, _ reading: FleetStatus, _ context: Context) async throws -> [Way] {
        let name = status.application
        switch status.waiting?.reason {
        case .suspended:
            let pauses = resuming(status, context)
            let commit = try await reading.declared?.revert(
                of: name,
                to: { old, new in
                    // Nothing but the suspension is taken back with it.
                    var freed = new
                    (freed.suspend, freed.suspendReason) = (false, old.suspendReason)
                    return freed == old
                })
            return [
                Way(
                    name: "go on", command: commit.map { context.revert($0, reading) },
                    text: "take suspend out of its manifest, and push" + (pauses.isEmpty ? "" : ", and as well:"))
            ] + pauses
        case .until:
            return [Way(name: "go on", text: "raise or take out rollout.until in its manifest, and push")]
        case .paused: return resuming(status, context)
        case .dependency: return looking(status, reading, context)
        case .gate:
            let open = status.stage?.gates.filter { gate in
                gate.verdict == nil && gate.pending
                    && status.waiting?.message.contains("sluice approve \(name) --gate \(gate.name)") == true
            }
            return (open ?? []).map { gate in
                Way(
                    name: "approve",
                    command: context.command(
                        "approve", name, "--gate", gate.name, meaning: status.candidate?.release.release.version),
                    text: "consents, as you, to \(gate.name)")
            }
        default: return []
        }
    }

    /// What takes back each pause that holds it.
    private static func resuming(_ status: Status, _ context: Context) -> [Way] {
        // What stands behind whose pause it is was written by whoever asked for it, and so was why it is suspended.
        let message = status.waiting?.message ?? ""
        guard let range = message.firstRange(of: "paused by ") else { return [] }
        let before = message[..<range.lowerBound]
        if status.waiting?.reason == .suspended, before.contains("suspended: ") { return [] }
        let areBoth = before.hasSuffix("it and the fleet are ")
        var ways: [Way] = []
        if areBoth || !before.hasSuffix("the fleet is ") {
            ways.append(
                Way(
                    name: "go on", command: context.command("resume", status.application),
                    text: areBoth ? "takes its own pause back; the fleet's holds it as well:" : "takes the pause back"))
        }
        if areBoth || before.hasSuffix("the fleet is ") {
            ways.append(
                Way(
                    name: "go on", command: context.command("resume", "--all"),
                    text: "lets everything in the environment go on"))
        }
        return ways
    }

    /// What makes the manifest declare again what serves, or served before.
    private static func undoing(
        _ status: Status, _ reading: FleetStatus, _ context: Context, to goal: Digest, _ text: String
    ) async throws -> Way? {
        guard let declared = reading.declared, let entry = declared.fleet.applications[status.application] else {
            return nil
        }
        if let commit = try await declared.revert(
            of: status.application, to: goal, besides: status.stable?.release.digest)
        {
            return Way(name: "undo", command: context.revert(commit, reading), text: text)
        }
        guard entry.application.activation == .active, entry.application.release.digest != goal else {
            return nil
        }
        return Way(name: "undo", command: context.rollback(status.application), text: text)
    }

    /// What declares again what is being removed.
    private static func keeping(_ status: Status, _ reading: FleetStatus) async throws -> Way {
        let command = try await reading.declared?.declaringAgain(status.application, status)
        let place = command == nil ? try await reading.declared?.lastPlace(of: status.application, status) : nil
        return Way(
            name: "keep", command: command,
            text: (place.map { "\($0): " } ?? "") + "declared again before it is torn down, it stays as it is")
    }

    /// Everything that is to be advised: ``ways(_:_:_:)``, and before it what concerns the head alone.
    static func all(_ status: Status, _ reading: FleetStatus, _ context: Context) async throws -> [Way] {
        if status.isUnknown {
            return reading.mends[status.application].map {
                [
                    Way(
                        name: "mend", command: $0,
                        text: "in a clone: takes back what wrote it; whoever leads does so with its next look")
                ]
            } ?? []
        }
        var ways = try await ways(status, reading, context)
        if let absence = reading.absence { return [absence.way] + ways }
        if let others = reading.words(forWaitersOn: status.application) {
            for index in ways.indices where ["undo", "retry"].contains(ways[index].name) {
                ways[index].text += "; once it serves as declared, \(others)"
            }
        }
        if reading.dropped.contains(status.application) {
            ways.insert(try await keeping(status, reading), at: 0)
        } else if reading.obstacles[status.application] != nil {
            let folder = reading.declared.map { $0.folder.isEmpty ? "." : $0.folder } ?? "."
            ways.insert(
                Way(
                    name: "mend", command: "sluice validate \(Place.quoted(folder))",
                    text: "in a clone that is up to date: names all that is wrong; mend it, and push"), at: 0)
            if reading.declared?.fleet.named.contains(status.application) == false {
                ways.append(try await keeping(status, reading))
            }
        }
        return ways
    }
}

extension Declared {
    static func reverting(_ commit: ObjectID, on branch: String) -> String {
        committing("git revert --no-edit \(commit.short)", to: branch)
    }

    /// What a shell of any clone takes to make a commit of a branch's head and push it, whatever the clone stands on: what
    /// else somebody has there is neither pushed nor touched.
    static func committing(_ work: String, to branch: String) -> String {
        let branch = Place.quoted(branch)
        return "git fetch -q origin \(branch) && git checkout -q --detach FETCH_HEAD && \(work) && "
            + "git push origin HEAD:\(branch) && git checkout -q -"
    }

    /// What a shell of a clone takes to revert a commit.
    nonisolated func reverting(_ commit: ObjectID) -> String { Self.reverting(commit, on: branch) }

    /// The commit whose revert makes an application serve a release again and changes nothing else that is declared;
    /// nil where there is none. `besides` is the release that may go on waiting dark.
    func revert(of name: ApplicationName, to goal: Digest, besides dark: Digest?) async throws -> ObjectID? {
        guard let last = try await lastChange(of: name), let before = last.before, !before.suspend else { return nil }
        if before.activation == .active { return before.release.digest == goal ? last.commit : nil }
        // What a dark release waits beside is the newest earlier one that was active.
        guard before.release.digest == dark else { return nil }
        for version in try await mirror.history(of: last.path, from: last.commit, limit: 64).dropFirst() {
            guard let found = try await mirror.declared(version, of: name, at: last.path) else { return nil }
            guard let older = found.version.application else { return nil }
            guard older.activation == .active, older.release.digest != dark else { continue }
            return older.release.digest == goal ? last.commit : nil
        }
        return nil
    }

    /// The commit whose revert makes an application declare what is meant, as against what it declares now.
    func revert(
        of name: ApplicationName, to meant: @Sendable (Application, Application) -> Bool
    ) async throws -> ObjectID? {
        guard let now = fleet.applications[name]?.application, let last = try await lastChange(of: name),
            let before = last.before, meant(before, now)
        else { return nil }
        return last.commit
    }

    /// The commit by which a file came to be as it is, where reverting it touches nothing that was touched since, and
    /// nothing else that is declared. Where the application `isAway`, what stood in its file beside it may come back too.
    func lastChange(
        of name: ApplicationName, at known: String? = nil, isAway: Bool = false
    ) async throws -> (commit: ObjectID, path: String, before: Application?)? {
        guard let path = known ?? fleet.applications[name]?.path,
            let last = try await mirror.history(of: path, from: head, limit: 1).first
        else { return nil }
        // Git reverts a merge only when it is told which side to keep, and takes it for merged ever after.
        let parents = try await mirror.commit(last.commit).parents
        guard parents.count == 1 else { return nil }
        var before: Application?
        let changes = try await mirror.changes(from: parents[0], to: last.commit)
        guard changes.count <= 100 else { return nil }
        for change in changes {
            // The revert is then what the parent had, and cannot conflict.
            guard try await mirror.blobID(at: change.path, in: head) == change.new else { return nil }
            let isInside = folder.isEmpty || change.path.hasPrefix(folder + "/")
            guard isInside, ManifestLoading.isManifest(change.path) else { continue }
            guard let old = try await contents(change.old, at: change.path),
                let new = try await contents(change.new, at: change.path)
            else { return nil }
            let isIts = change.path == path
            var (others, left) = (
                Self.others(old, than: isIts ? name : nil), Self.others(new, than: isIts ? name : nil)
            )
            if isIts, isAway {
                others.removeAll { $0.kind != .application }
                left.removeAll { $0.kind != .application }
            }
            guard others == left else { return nil }
            if isIts { before = old.application(name) }
        }
        return (last.commit, path, before)
    }

    /// What a file declares; nil where that is not known in full.
    private func contents(_ blob: ObjectID?, at path: String) async throws -> ManifestFile? {
        guard let blob else { return ManifestFile() }
        guard let file = try await mirror.manifest(blob, at: path)?.file, file.isComplete else { return nil }
        return file
    }

    private static func others(_ file: ManifestFile, than name: ApplicationName?) -> [Document] {
        file.documents.filter { $0.kind != .application || $0.name != name }.map { document in
            var document = document
            // Where something stands is no difference.
            document.mark = Mark(line: 1, column: 1)
            if case .application(let declared) = document.value {
                document.value = .application(DeclaredApplication(application: declared.application, references: []))
            }
            return document
        }
    }
}

extension ManifestFile {
    fileprivate func application(_ name: ApplicationName) -> Application? {
        documents.lazy.compactMap { document -> Application? in
            guard document.name == name, case .application(let declared) = document.value else { return nil }
            return declared.application
        }.first
    }
}
