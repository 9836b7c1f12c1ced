/// What the heads of the branch have declared of one application so far: as much as a later head's meaning needs.
///
/// It is recorded with the status. History is the sequence of heads, and not a line through the repository: a file that
/// was moved has no past under its path, and a merge's first parent need not be the head before it.
package struct Past: Hashable, Sendable, Codable {
    /// The head at which it was brought up to date last.
    package private(set) var head: Revision
    /// The release that the head declares.
    package private(set) var digest: Digest
    /// The head that began the run of heads that declare it without another release in between.
    package internal(set) var introduced: Revision
    /// The releases that were declared active last and were not taken back, the newest first: whichever of them is declared
    /// dark, the one before it serves.
    package internal(set) var actives: [Active]
    /// What was declared active and taken back since, and what was not; nil where ``actives`` say it all.
    @Indirect package private(set) var wayBack: WayBack?
    /// What came before the first head that was taken up has not been looked for; nil where it has.
    package internal(set) var isUnread: Bool?
    /// Why it cannot be known what came before; nil where it is known.
    package internal(set) var gap: String?

    /// Releases that are remembered.
    static var limit: Int { 3 }

    /// A release that was declared active.
    package struct Active: Hashable, Sendable, Codable {
        package var digest: Digest
        package var introduced: Revision
        package var replicas: [String: Int]
        /// nil, in what is recorded: a placement of the same status has it.
        package var release: Release?

        /// With its release; nil where that is not known.
        package var declared: DeclaredRelease? {
            release.map { DeclaredRelease(release: $0, digest: digest, introduced: introduced, replicas: replicas) }
        }

        init(_ declared: DeclaredRelease) {
            digest = declared.digest
            introduced = declared.introduced
            replicas = declared.replicas
            release = declared.release
        }
    }

    /// The first head that declares it.
    package init(_ application: Application, at head: Revision) {
        self.head = head
        digest = application.release.digest
        introduced = head
        actives = []
        noteActive(application)
    }

    /// Takes in the next head.
    package mutating func take(_ application: Application, at head: Revision) {
        self.head = head
        let next = application.release.digest
        if next != digest {
            digest = next
            introduced = head
        }
        noteActive(application)
    }

    private mutating func noteActive(_ application: Application) {
        var way = wayBack ?? WayBack(standing: actives.reversed().map(\.digest))
        let taken = way.declare(application, remembering: WayBack.limit)
        actives.removeAll { taken.contains($0.digest) }
        defer {
            let isPlain = way.takenBack.isEmpty && way.standing == actives.reversed().map(\.digest)
            if wayBack != nil || !isPlain { wayBack = way }
        }
        guard application.activation == .active else { return }
        let active = Active(
            DeclaredRelease(
                release: application.release, digest: digest, introduced: introduced,
                replicas: application.replicas))
        actives.removeAll { $0.digest == digest }
        actives.insert(active, at: 0)
        if actives.count > Self.limit { actives.removeLast() }
    }

    /// The newest release that was declared active and is another one than the head's.
    package var otherActive: DeclaredRelease? {
        actives.first { $0.digest != digest }?.declared
    }

    /// What was declared active before the application was gone is taken back by that.
    mutating func takeAllBack() {
        actives = []
        wayBack = nil
    }

    /// Whether a release was declared active, and then it was declared inactive, or one from before it.
    package func isTakenBack(_ digest: Digest) -> Bool { wayBack?.takenBack.contains(digest) ?? false }

    /// The attempt at the head's release bears the name that is recorded for it.
    mutating func rename(_ introduced: Revision) {
        self.introduced = introduced
        for index in actives.indices where actives[index].digest == digest { actives[index].introduced = introduced }
    }
}

extension Past {
    /// Without the releases that `placements` hold too, as it is recorded.
    package func without(_ placements: [Placement]) -> Past {
        var copy = self
        for index in copy.actives.indices
        where placements.contains(where: { $0.release.digest == copy.actives[index].digest }) {
            copy.actives[index].release = nil
        }
        return copy
    }

    /// With the releases that were left to `placements`, sharing their memory.
    package func with(_ placements: [Placement]) -> Past {
        var copy = self
        for index in copy.actives.indices {
            let digest = copy.actives[index].digest
            if let placement = placements.first(where: { $0.release.digest == digest }) {
                copy.actives[index].release = placement.release.release
            }
        }
        if copy.actives.contains(where: { $0.release == nil }) {
            copy.actives.removeAll { $0.release == nil }
            copy.gap = copy.gap ?? "the status does not hold the release that was active before"
        }
        return copy
    }
}

extension Status {
    /// What a rollback restores of what is not kept any more, as far as is recorded: the newest release that was active
    /// before what serves, and was neither rejected nor taken back.
    package var former: DeclaredRelease? {
        guard let past, let stable else { return nil }
        return past.actives.compactMap(\.declared).first { release in
            release.digest != stable.release.digest && !past.isTakenBack(release.digest)
                && !rejected.contains { $0.attempt.digest == release.digest }
        }
    }

    /// All releases that stand on a side.
    package var placements: [Placement] { [stable, candidate, retained?.placement].compactMap { $0 } }

    /// As it is recorded: each release once.
    package var compact: Status {
        guard let past else { return self }
        var copy = self
        copy.past = past.without(placements)
        return copy
    }

    /// As it was before ``compact``.
    package var whole: Status {
        guard let past else { return self }
        var copy = self
        copy.past = past.with(placements)
        return copy
    }
}
