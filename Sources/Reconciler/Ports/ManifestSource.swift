package import Core

/// The manifest repository, fetched and decoded.
package protocol ManifestSource: Sendable {
    /// Looks once. The first look of a process is full: it lists every application of the head. A failure changes
    /// nothing and loses nothing: what it did not report, the next look that succeeds does.
    func fetch() async -> FetchOutcome

    /// Makes the next look full again, as a process's first is: whoever takes the lead anew knows nothing.
    func startOver() async
}
