package import Core
package import Git
import Manifests

/// What is to be written to the requests branch and removed from it, in one commit.
package struct RequestChange: Sendable {
    /// Each at its own path; what stands there is replaced.
    package var written: [Request]
    package var removed: [Request]
    /// The commit's first line.
    package var summary: String

    package init(written: [Request] = [], removed: [Request] = [], summary: String) {
        self.written = written
        self.removed = removed
        self.summary = summary
    }
}

extension GitRequestSource {
    /// Commits what a person asks, and pushes it by compare-and-swap; what they decided on is read again where somebody
    /// else was faster.
    ///
    /// - Parameters:
    ///   - person: the commit's author.
    ///   - decide: given the requests that stand, says what to change; nil for nothing.
    /// - Returns: the commit; nil where nothing was to be changed.
    /// - Throws: what `decide` throws, and ``GitError`` where the branch cannot be read or pushed to.
    package func ask(
        by person: Signature, _ decide: @Sendable ([Request]) throws -> RequestChange?
    ) async throws -> ObjectID? {
        for attempt in 0..<RaceLost.attempts {
            let (tip, standing) = try await look()
            guard let change = try decide(standing) else { return nil }
            var edit = TreeEdit()
            for request in change.removed { edit.remove(request.id) }
            for request in change.written { edit.set(request.id, to: Array(RequestCoding.yaml(request).utf8)) }
            let names = Set((change.written + change.removed).compactMap(\.application)).sorted()
            if let id = try await push(
                edit, "\(change.summary)\n\n[skip ci]", names.map { Trailer("Sluice-Application", $0) }, by: person,
                on: tip)
            {
                return id
            }
            try await RaceLost.wait(after: attempt)
        }
        throw GitError(
            .rejected, "\(branch) of \(remote) moved under \(RaceLost.attempts) attempts to push",
            advice: "find out what pushes to it")
    }
}
