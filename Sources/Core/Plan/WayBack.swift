/// What was declared of an application and not taken back since.
///
/// Whoever declares again what was declared before takes back all that came after it, by a revert, a rollback or by hand.
/// What was taken back is none to go back to, until somebody declares it anew.
package struct WayBack: Hashable, Sendable, Codable {
    /// The oldest first; the last is what is declared now.
    package private(set) var standing: [Digest]
    /// The newest last.
    package private(set) var takenBack: [Digest] = []

    /// Releases of either kind that are remembered with a status.
    static var limit: Int { 6 }

    /// The first release that was declared.
    package init(_ digest: Digest) { standing = [digest] }

    /// What came of versions, the newest first; nil where there are none.
    package init?(_ versions: some BidirectionalCollection<DeclaredVersion>) {
        var way: WayBack?
        for digest in versions.reversed().lazy.compactMap({ $0.application?.release.digest }) {
            if way == nil { way = WayBack(digest) } else { way?.declare(digest) }
        }
        guard let way else { return nil }
        self = way
    }

    /// Takes in what is declared now.
    ///
    /// - Returns: what is taken back by that.
    @discardableResult
    package mutating func declare(_ digest: Digest, remembering limit: Int = .max) -> [Digest] {
        guard digest != standing.last else { return [] }
        takenBack.removeAll { $0 == digest }
        guard let index = standing.lastIndex(of: digest) else {
            standing.append(digest)
            if standing.count > limit { standing.removeFirst() }
            return []
        }
        let taken = Array(standing[(index + 1)...])
        standing.removeLast(taken.count)
        takenBack.removeAll { taken.contains($0) }
        takenBack += taken
        if takenBack.count > limit { takenBack.removeFirst(takenBack.count - limit) }
        return taken
    }
}
