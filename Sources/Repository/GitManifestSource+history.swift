import Core
import Git
import Manifests

extension GitManifestSource {
    /// What a head declares of an application. What it means follows from what is recorded, see
    /// ``Declaration/continued(from:status:)``; until then the head stands for its own beginning.
    func declaration(_ entry: CatalogEntry, head: ObjectID, _ trail: Trail) -> Declaration {
        var declaration = Declaration(
            application: entry.application, strategy: entry.strategy, gates: entry.gates,
            partitions: entry.partitions, revision: head.description, introduced: head.description)
        declaration.trail = trail
        return declaration
    }

    /// How applications came from what was declared before to a head.
    struct Past {
        /// Between the head that was reported last and this one.
        var between: [ApplicationName: [DeclaredVersion]] = [:]
        /// Why this head does not come after the one that was reported last.
        var broken: String?
        /// After a start: by application, what lies between what is recorded of it and this head.
        var trails: [ApplicationName: Trail]?
    }

    /// Looks at what happened since the last report, or since what is recorded.
    func past(to new: ObjectID) async throws(GitError) -> Past {
        guard let head else { return Past(trails: try await recordedTrails(to: new)) }
        guard try await descends(new, from: head) == true else { return Past(broken: gap(from: head, to: new)) }
        return Past(between: try await mirror.between(head, new))
    }

    /// The trail of one application. The first-parent line is asked only where nothing may be recorded.
    func trail(of entry: CatalogEntry, head new: ObjectID, _ past: Past) async throws(GitError) -> Trail {
        let application = entry.application
        let names = Self.names(of: application, past.between)
        var trail = past.trails?[application.name] ?? Trail()
        if past.trails == nil {
            (trail.between, trail.broken) = (names.flatMap { past.between[$0] ?? [] }, past.broken)
            if let from = heldSince[application.name], let since = try await self.past(since: from, to: new) {
                let names = Self.names(of: application, since.between)
                (trail.between, trail.broken) = (names.flatMap { since.between[$0] ?? [] }, since.broken)
            }
        }
        if needsLine(application) { trail.line = try await line(of: entry, from: new).before(new.description) }
        return trail
    }

    /// Since the last head at which something could be read that could not at the one that was reported last: what was
    /// declared of it meanwhile was told to nobody. nil where it is not known any more what that was.
    private func past(since from: ObjectID, to new: ObjectID) async throws(GitError) -> Past? {
        if let known = pastsOfHeld[from] { return known }
        let past: Past? =
            switch try await descends(new, from: from) {
            case true?: Past(between: try await mirror.between(from, new))
            case false?: Past(broken: gap(from: from, to: new))
            case nil: nil
            }
        pastsOfHeld[from] = past
        return past
    }

    /// Remembers from where on to look once what is held now can be read again.
    func noteHeld(_ change: FleetChange) {
        for name in change.declared.lazy.map(\.application.name) + change.gone { heldSince[name] = nil }
        for name in change.held.keys where heldSince[name] == nil {
            heldSince[name] = head ?? records[name]?.past.flatMap { ObjectID(hex: $0.head) }
        }
        pastsOfHeld = [:]
    }

    /// What an application was called, the oldest name first: several heads that nobody looked at may each have renamed it.
    private static func names(
        of application: Application, _ between: [ApplicationName: [DeclaredVersion]]
    ) -> [ApplicationName] {
        var names = [application.name]
        var former = application.renamedFrom
        while let name = former, !names.contains(name) {
            names.insert(name, at: 0)
            former = between[name]?.last { $0.application?.renamedFrom != nil }?.application?.renamedFrom
        }
        return names
    }

    /// An inactive application's past always matters, an active one's where a record that does not hold it has more to
    /// say of its release than that it serves.
    private func needsLine(_ application: Application) -> Bool {
        let status = record(of: application)
        if application.activation == .inactive { return status?.past?.otherActive == nil }
        guard head == nil, let status, status.past == nil else { return false }
        let digest = application.release.digest
        return status.stable?.release.digest != digest || status.candidate != nil
            || status.retained?.placement.release.digest == digest
            || status.rejected.contains { $0.attempt.digest == digest }
    }

    /// What is recorded of an application, or of what it was called before.
    private func record(of application: Application) -> Status? {
        let own = records[application.name].flatMap { $0.removal?.doneAt == nil ? $0 : nil }
        if let own, own.past != nil || own.stable != nil { return own }
        return application.renamedFrom.flatMap { records[$0] }.flatMap { $0.removal?.doneAt == nil ? $0 : nil } ?? own
    }

    /// Read until no older version can matter.
    private func line(of entry: CatalogEntry, from head: ObjectID) async throws(GitError) -> PlacedLine {
        let (application, strategy) = (entry.application, entry.strategy)
        return try await mirror.line(of: application.name, at: entry.path, from: head) { versions in
            let reading = Reading(versions.map(\.declared))
            _ = Declaration(
                application: application, strategy: strategy, gates: [:], revision: head.description,
                versions: reading)
            return !reading.isExhausted
        }
    }

    // MARK: After a start

    /// What happened while nobody looked, to those of which something is recorded that could depend on it.
    private func recordedTrails(to new: ObjectID) async throws(GitError) -> [ApplicationName: Trail] {
        var trails: [ApplicationName: Trail] = [:]
        if records.isEmpty { return trails }
        var concerned: [ApplicationName: ObjectID] = [:]
        // Of whose former name nothing is recorded either, that name may be one of several since the oldest record.
        var renamed: [ApplicationName] = []
        for name in catalog.applicationNames {
            guard let application = catalog.declared(name)?.application else { continue }
            guard let status = record(of: application) else {
                if application.renamedFrom != nil { renamed.append(name) }
                continue
            }
            guard let past = status.past, status.matters(to: application), let from = ObjectID(hex: past.head)
            else { continue }
            concerned[name] = from
        }
        guard !concerned.isEmpty || !renamed.isEmpty else { return trails }
        let commits = try await mirror.firstParentCommits(from: new, limit: Mirror.commitsBetween)
        let positions = Dictionary(commits.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        if !renamed.isEmpty {
            let heads = Set(records.values.compactMap { $0.past.flatMap { ObjectID(hex: $0.head) } })
            let oldest = heads.max { positions[$0] ?? -1 < positions[$1] ?? -1 }
            for name in renamed { concerned[name] = oldest }
        }
        let farthest = concerned.values.compactMap { positions[$0] }.max()
        var between: [ApplicationName: [DeclaredVersion]] = [:]
        if let farthest { between = try await mirror.between(commits[farthest], new) }
        var known: [ObjectID: Bool?] = [:]
        var merged: [ObjectID: [ApplicationName: [DeclaredVersion]]] = [:]
        for (name, from) in concerned {
            let application = catalog.declared(name)?.application
            func names(_ between: [ApplicationName: [DeclaredVersion]]) -> [ApplicationName] {
                application.map { Self.names(of: $0, between) } ?? [name]
            }
            if let position = positions[from] {
                let versions = names(between).flatMap { between[$0] ?? [] }
                trails[name] = Trail(
                    between: versions.filter { version in
                        ObjectID(hex: version.revision).flatMap { positions[$0] }.map { $0 < position } ?? false
                    })
                continue
            }
            if known[from] == nil { known[from] = .some(try await descends(new, from: from)) }
            guard known[from].flatMap({ $0 }) == true else {
                trails[name] = Trail(broken: gap(from: from, to: new))
                continue
            }
            // A merge brought it in from the side.
            if merged[from] == nil { merged[from] = try await mirror.between(from, new) }
            let sideways = merged[from] ?? [:]
            trails[name] = Trail(between: names(sideways).flatMap { sideways[$0] ?? [] })
        }
        return trails
    }

    private func gap(from old: ObjectID, to new: ObjectID) -> String {
        "\(new.short) does not come after \(old.short), which was taken up before"
    }

    /// Whether a head has another in its history; nil where history does not reach far enough to say.
    func descends(_ new: ObjectID, from old: ObjectID) async throws(GitError) -> Bool? {
        guard await mirror.contains(old) else { return nil }
        do throws(GitError) {
            return try await mirror.isAncestor(old, of: new)
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }
}

extension Status {
    /// Whether what is recorded could mean something else by what was declared since, though the head may say the same.
    fileprivate func matters(to application: Application) -> Bool {
        let digest = application.release.digest
        return past?.digest != digest || application.activation == .inactive || candidate != nil
            || rejected.contains { $0.attempt.digest == digest }
    }
}

/// Versions that know whether they were read to their end.
private final class Reading: Sequence, IteratorProtocol {
    private var rest: ArraySlice<DeclaredVersion>
    private(set) var isExhausted = false

    init(_ versions: [DeclaredVersion]) {
        rest = versions[...]
    }

    func next() -> DeclaredVersion? {
        guard let first = rest.popFirst() else {
            isExhausted = true
            return nil
        }
        return first
    }
}
