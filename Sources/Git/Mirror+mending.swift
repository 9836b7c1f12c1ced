/// Does something with a mirror; where the mirror turns out to be damaged, throws it away, tells so, and does the same
/// once more.
///
/// - Parameters:
///   - mirror: nobody else's at this moment.
///   - notice: told what was found.
///   - isolation: the caller's, in which `body` runs.
///   - body: what fetches all that it needs.
/// - Returns: what `body` does.
/// - Throws: what `body` throws, the second time where there was one.
package func mending<Value: Sendable>(
    _ mirror: Mirror,
    notice: (String) -> Void,
    isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws(GitError) -> Value
) async throws(GitError) -> Value {
    do throws(GitError) {
        return try await body()
    } catch {
        guard error.kind == .corrupt else { throw error }
        notice(Mirror.isThrownAway(mirror.path, error.message))
        try await mirror.startOver()
    }
    do throws(GitError) {
        return try await body()
    } catch {
        guard error.kind == .corrupt else { throw error }
        // A mirror that was made a moment ago is not to blame.
        throw GitError(.protocolViolation, "what was fetched anew cannot be read either: \(error.message)")
    }
}

extension Mirror {
    fileprivate static func isThrownAway(_ path: String, _ damage: String) -> String {
        "the mirror at \(path) is damaged (\(damage)); it is thrown away, and everything is fetched again"
    }

    /// Tells once more what had to be thrown away at opening.
    package nonisolated func tellDamage(to notice: (String) -> Void) {
        if let damageAtOpening { notice(Self.isThrownAway(path, damageAtOpening)) }
    }
}
