import Core
package import Reconciler
import Testing

/// What every manifest source promises. Takes a source that was never asked, and ways to change what it reads.
package enum ManifestSourceConformance {
    package static func check(
        _ source: any ManifestSource, breakIt: () async throws -> Void, mendAndChange: () async throws -> Void
    ) async throws {
        guard case .changed(let first) = await source.fetch() else {
            Issue.record("the first look reports everything")
            return
        }
        #expect(first.isFull, "the first look is full")
        guard case .unchanged = await source.fetch() else {
            Issue.record("a second look at the same is unchanged")
            return
        }
        try await breakIt()
        guard case .failed = await source.fetch() else {
            Issue.record("what cannot be read is a failure, not an empty fleet")
            return
        }
        try await mendAndChange()
        guard case .changed(let second) = await source.fetch() else {
            Issue.record("a change is reported by the next look that succeeds")
            return
        }
        #expect(second.revision != first.revision, "a change has another revision")
        #expect(!second.isFull, "only what changed is listed")
        await source.startOver()
        guard case .changed(let again) = await source.fetch() else {
            Issue.record("after a new beginning the first look reports everything, changed or not")
            return
        }
        #expect(again.isFull && again.revision == second.revision, "as a process's first does")
    }
}
