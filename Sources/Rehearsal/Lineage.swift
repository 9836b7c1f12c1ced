package import Core

/// The versions of one manifest on the first-parent line, and what they left standing before the newest was settled.
///
/// A release that is replaced stays on its side for the strategy's retention. So a head that came soon before the change
/// has the release before it still beside it, and going back to that one moves only weights.
package struct Lineage: Sendable {
    package struct Version: Sendable {
        package var declared: DeclaredVersion
        package var committedAt: Instant

        package init(_ declared: DeclaredVersion, committedAt: Instant) {
            self.declared = declared
            self.committedAt = committedAt
        }
    }

    /// A run of versions under which the same release serves.
    private struct Reign {
        var digest: Digest
        /// Positions of its newest and its oldest version.
        var newest: Int
        var oldest: Int
        var begin: Instant
    }

    /// Newest first.
    private let versions: [Version]
    /// Newest first, as far as something served without a break.
    private let reigns: [Reign]
    /// How long after a release's commit the one before it is still there, at least.
    private let window: Span

    /// - Parameters:
    ///   - versions: newest first; those that do not decode are left out.
    ///   - strategy: the newest one's, resolved.
    package init(_ versions: [Version], strategy: Strategy) {
        self.versions = versions
        reigns = Self.reigns(of: versions)
        window = strategy.stages.reduce(strategy.retention.time) { $0 + $1.hold }
    }

    /// Declarations to settle before the newest version, oldest first, each as a position among the versions. Empty where
    /// it does not matter what was before. `changeAt` is when the newest version is replaced in its turn.
    package func antecedents(until changeAt: Instant) -> [Int] {
        guard let head = versions.first?.declared.application, let reign = reigns.first else { return [] }
        // A dark release stands where a former one would.
        guard head.activation == .active || head.suspend else { return [] }
        var found: [Int] = []
        // A ceiling holds a rollout, so what it came from serves, however long ago that was.
        var isNeeded = head.until != nil
        if head.suspend {
            // It is held where it was before; what was never let go has not begun.
            let free = versions[...reign.oldest].firstIndex { $0.declared.application?.suspend == false }
            if let free { found.append(free) } else { isNeeded = true }
        }
        var end = changeAt
        for index in reigns.indices.dropLast() {
            let (current, former) = (reigns[index], reigns[index + 1])
            guard isNeeded || end - current.begin <= window else { break }
            found.append(former.newest)
            isNeeded = false
            end = current.begin
            // What a return has left is not there to return to in its turn: telling so takes one more.
            guard index + 2 < reigns.count, reigns[index + 2].digest == current.digest else { break }
        }
        return found.reversed()
    }

    private static func reigns(of versions: [Version]) -> [Reign] {
        var reigns: [Reign] = []
        for (position, version) in versions.enumerated() {
            guard let application = version.declared.application,
                let serving = Declaration(
                    application: application, strategy: Strategy(stages: []), gates: [:],
                    revision: version.declared.revision,
                    versions: versions[position...].lazy.map(\.declared)
                ).serving
            else { break }
            if let last = reigns.indices.last, reigns[last].digest == serving.digest {
                reigns[last].begin = version.committedAt
                reigns[last].oldest = position
            } else {
                reigns.append(
                    Reign(
                        digest: serving.digest, newest: position, oldest: position, begin: version.committedAt))
            }
        }
        return reigns
    }
}
