package import Core
package import Git
import Manifests
import Reconciler

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
    ///   - person: the commit's author; the commit is of the time at which it is made.
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
            let now = ClockTime<ContinuousClock>.wall().now
            let trailers =
                names.map { Trailer("Sluice-Application", $0) } + [Trailer(Self.askedAt, Timestamp.text(now))]
            let signature = Signature(name: person.name, email: person.email, time: now.milliseconds / 1000)
            if let id = try await push(
                edit, "\(change.summary)\n\n[skip ci]", trailers, by: signature, on: tip)
            {
                return id
            }
            try await RaceLost.wait(after: attempt)
        }
        throw GitError(
            .rejected, "\(branch) of \(remote) moved under \(RaceLost.attempts) attempts to push",
            advice: "find out what pushes to it")
    }

    /// The trailer with the moment of a commit to the millisecond, of which git keeps the second.
    private static let askedAt = "Sluice-Asked-At"

    /// When what a commit asks was asked, by the wall's clock: to the millisecond where it says so, else to the second.
    package static func time(of commit: CommitInfo) -> Instant {
        let asked = commit.trailers.first { $0.key == askedAt }.flatMap { Timestamp.instant($0.value) }
        // It says the time more exactly, and not another.
        if let asked, asked.milliseconds / 1000 == commit.committerTime { return asked }
        return Instant(milliseconds: commit.committerTime &* 1000)
    }
}
