/// What was declared active of an application, and not taken back since.
///
/// Whoever declares again what was declared before takes back all that came after it, by a revert, a rollback or by hand;
/// and whoever declares inactive what was active takes that back. What was taken back is none to go to, until somebody
/// declares it active anew.
package struct WayBack: Hashable, Sendable, Codable {
    /// The oldest first.
    package private(set) var standing: [Digest]
    /// The newest last.
    package private(set) var takenBack: [Digest] = []

    /// Releases of either kind that are remembered with a status.
    static var limit: Int { 6 }

    init(standing: [Digest] = []) { self.standing = standing }

    /// What came of versions, the newest first.
    package init(_ versions: some BidirectionalCollection<DeclaredVersion>) {
        self.init()
        for version in versions.reversed() { version.application.map { _ = declare($0) } }
    }

    /// Takes in what is declared now.
    ///
    /// - Returns: what is taken back by that.
    @discardableResult
    package mutating func declare(_ application: Application, remembering limit: Int = .max) -> [Digest] {
        let digest = application.release.digest
        var taken: [Digest] = []
        let index = standing.lastIndex(of: digest)
        if application.activation == .inactive {
            if let index { taken = [standing.remove(at: index)] }
        } else if let index {
            taken = Array(standing[(index + 1)...])
            standing.removeLast(taken.count)
        } else {
            takenBack.removeAll { $0 == digest }
            standing.append(digest)
            if standing.count > limit { standing.removeFirst() }
        }
        takenBack.removeAll { taken.contains($0) }
        takenBack += taken
        if takenBack.count > limit { takenBack.removeFirst(takenBack.count - limit) }
        return taken
    }
}
