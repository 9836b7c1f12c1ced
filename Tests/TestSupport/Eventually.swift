/// What was waited for did not come.
package struct NeverCame: Error, CustomStringConvertible {
    /// One sentence.
    package var description: String
}

/// Waits for what a process, a socket or another task has yet to do.
///
/// It looks again every few milliseconds, and lets the machine do other things in between: looking all the time would
/// take the time from what is waited for. The limit is a number of looks, so that a busy machine gets longer.
///
/// - Throws: ``NeverCame`` after some minutes, or what `holds` throws.
package func eventually(
    _ what: String = "it is so", isolation: isolated (any Actor)? = #isolation, _ holds: () async throws -> Bool
) async throws {
    for _ in 0..<20_000 {
        if try await holds() { return }
        try await ContinuousClock().sleep(for: .milliseconds(5))
    }
    throw NeverCame(description: "never: \(what)")
}
