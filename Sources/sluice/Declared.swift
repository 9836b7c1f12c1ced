import Core
import Git
import Manifests

/// What the manifest branch declares now, to be held against what a status speaks of.
///
/// What a daemon has not taken up is found out without it: nothing else can tell of a daemon that does not run.
actor Declared {
    /// The branch's commit.
    nonisolated let head: ObjectID
    nonisolated let branch: String
    nonisolated let fleet: Fleet
    /// The folder of the manifests; `""` is the root.
    nonisolated let folder: String
    nonisolated let mirror: Mirror
    /// When the head was committed.
    private let committed: Instant
    /// Fleets of revisions that statuses speak of; nil where one cannot be read any more.
    private var earlier: [Revision: Fleet?] = [:]

    init(_ head: ObjectID, branch: String, folder: String, of mirror: Mirror) async throws {
        self.head = head
        self.branch = branch
        self.folder = folder
        self.mirror = mirror
        fleet = try await FleetReader.revision(head, of: mirror, under: folder)
        committed = Instant(milliseconds: try await mirror.commit(head).committerTime &* 1000)
    }

    nonisolated var names: Set<ApplicationName> { Set(fleet.applications.keys) }

    /// What the head declares of an application and the status does not speak of, in a sentence; nil where it speaks of
    /// all of it, or where the head says nothing that could be taken up.
    func difference(_ name: ApplicationName, _ status: Status?) async throws -> String? {
        guard let entry = fleet.applications[name] else {
            guard let status, status.removal == nil, try await finding(about: name, status) == nil else { return nil }
            return "\(name) is not declared any more"
        }
        guard let status else { return "\(Self.version(of: entry)) is declared" }
        if status.removal != nil { return "\(Self.version(of: entry)) is declared again" }
        if status.observedRevision == head.description || Self.speaks(status, of: entry) { return nil }
        guard let fleet = try await fleet(at: status.observedRevision) else {
            // What it was taken up from is not there any more: only the values tell.
            return Self.holds(status, of: entry) ? nil : "\(Self.version(of: entry)) is declared"
        }
        guard let before = fleet.applications[name] else {
            return Self.holds(status, of: entry) ? nil : "\(Self.version(of: entry)) is declared"
        }
        return Self.change(from: before, to: entry)
    }

    /// The error for which the head does not declare an application that has a status: the one in the file that
    /// declared it, else whichever keeps anything from being pruned. Nil where it is declared, or gone for good.
    /// It `isOthers` where the head does not so much as name the application: then it is the removal that is held.
    func finding(
        about name: ApplicationName, _ status: Status
    ) async throws -> (finding: Finding, isOthers: Bool)? {
        guard fleet.applications[name] == nil else { return nil }
        let errors = fleet.findings.filter { $0.severity == .error }
        guard let first = errors.first else { return nil }
        let path = try await fleet(at: status.observedRevision)?.applications[name]?.path
        if let own = errors.first(where: { $0.path == path }) ?? errors.first(where: { $0.names(name) }) {
            return (own, false)
        }
        return (first, !fleet.named.contains(name))
    }

    /// Whether what a daemon said of an application that it does not take up holds of the head too: what was mended since
    /// is no reason any more.
    nonisolated func stillSays(_ condition: Condition, of name: ApplicationName) -> Bool {
        if condition.reason == Condition.notDeclared { return false }
        return fleet.applications[name] == nil
            || fleet.findings.contains { $0.severity == .error && $0.description == condition.message }
    }

    /// Whether somebody had time enough to take the head up.
    nonisolated func isOverdue(_ now: Instant, interval: Span) -> Bool {
        now - committed > max(.minutes(1), .milliseconds(interval.milliseconds * 3))
    }

    private func fleet(at revision: Revision) async throws -> Fleet? {
        if revision == head.description { return fleet }
        if let known = earlier[revision] { return known }
        var found: Fleet?
        if let id = ObjectID(hex: revision), await mirror.contains(id) {
            found = try await FleetReader.revision(id, of: mirror, under: folder)
        }
        earlier[revision] = .some(found)
        return found
    }

    // MARK: Comparing

    /// Whether what the status holds is all that is declared, whichever commit it was taken up from.
    private static func speaks(_ status: Status, of entry: CatalogEntry) -> Bool {
        guard holds(status, of: entry), !entry.application.suspend, entry.application.until == nil,
            ![.suspended, .until].contains(status.waiting?.reason)
        else { return false }
        return place(of: entry, in: status)?.strategy == entry.strategy
    }

    /// Whether the declared release stands where it is declared to, at the declared size.
    private static func holds(_ status: Status, of entry: CatalogEntry) -> Bool {
        place(of: entry, in: status)?.release.replicas == entry.application.replicas
    }

    private static func place(of entry: CatalogEntry, in status: Status) -> Placement? {
        let digest = entry.application.release.digest
        let isActive = entry.application.activation == .active
        let places = isActive ? [status.candidate, status.stable] : [status.candidate]
        return places.compactMap { $0 }.first { place in
            guard place.release.digest == digest else { return false }
            // A dark release is a candidate on no stage.
            let isDark = place == status.candidate && status.stage == nil && status.stable != nil
            return isActive ? !isDark : isDark
        }
    }

    private static func version(of entry: CatalogEntry) -> String {
        let release = entry.application.release.version
        return entry.application.activation == .active ? release : "\(release) (inactive)"
    }

    /// What differs, the most important first; nil where nothing does.
    private static func change(from before: CatalogEntry, to after: CatalogEntry) -> String? {
        let (old, new) = (before.application, after.application)
        if old.release.digest != new.release.digest { return "\(version(of: after)) is declared" }
        if old.activation != new.activation { return "\(new.release.version) is declared \(new.activation.rawValue)" }
        for (component, count) in new.replicas.sorted(by: { $0.key < $1.key }) where old.replicas[component] != count {
            let former = old.replicas[component].map { ", \($0) before" } ?? ""
            return "\(count) replicas of \(component) are declared\(former)"
        }
        if old.suspend != new.suspend { return new.suspend ? "it is declared suspended" : "suspend is taken out" }
        if old.until != new.until { return new.until.map { "until: \($0) is declared" } ?? "until is taken out" }
        if before.strategy != after.strategy { return "another strategy is declared" }
        if before.gates != after.gates { return "other gates are declared" }
        return old != new || before.partitions != after.partitions ? "another declaration is pushed" : nil
    }
}

extension Finding {
    /// Whether it says something of an application: names stand in quotes, or between arrows.
    fileprivate func names(_ name: ApplicationName) -> Bool {
        message.contains("\"\(name)\"")
            || code == .dependencyCycle
                && message.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }.contains { $0 == name }
    }
}
