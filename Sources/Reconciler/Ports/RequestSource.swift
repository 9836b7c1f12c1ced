package import Core

/// What people ask of rollouts, by commits on the requests branch.
package protocol RequestSource: Sendable {
    /// Looks once. The first look of a process reports everything that stands.
    func read() async -> RequestsOutcome

    /// Makes the next look report everything again, as a process's first does.
    func startOver() async

    /// Removes these, and nothing that was changed since they were read. What could not be removed is reported again
    /// by the next look.
    func collect(_ requests: [Request]) async
}
