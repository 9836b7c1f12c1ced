package import Git

/// What is waited before a push that lost its race is tried again on top of the winner.
///
/// Of many that push to one branch at the same moment one wins each time; the others come back spread out, so that each
/// has its turn.
package enum RaceLost {
    /// How often it is tried. Who is passed over as often as this is kept out by something else than bad luck.
    package static let attempts = 100

    /// Waits a random while, longer after each loss and half a second at most.
    package static func wait(after losses: Int) async throws(GitError) {
        let limit = min(500, 10 << min(losses, 6))
        let pause = Int.random(in: 1...limit)
        do {
            try await Task.sleep(for: .milliseconds(pause))
        } catch {
            throw GitError(.cancelled, "the push was given up")
        }
    }
}
