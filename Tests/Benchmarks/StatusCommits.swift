import Core
import Git

/// Status commits, made and pushed over http, singly and a hundred statuses to a commit.
struct StatusCommits {
    let site: Site
    let applications: Int
    private static let reference = "refs/heads/sluice/status/default"

    func measure(_ report: inout Report) async throws {
        let path = site.scratch.file("statuses.git")
        try Program.run(["git", "init", "-q", "--bare", "-b", "main", path])
        try Program.run(["git", "-C", path, "config", "http.receivepack", "true"])
        let url = site.remote.url.replacing("fleet.git", with: "statuses.git")
        let remote = try Remote(name: "statuses", url: url)
        let mirror = try Mirror(at: site.scratch.file("statuses-mirror.git"))
        let transport = site.transport()
        var rollouts = Rollouts(applications: applications)
        // Every application has its file before anything is measured.
        var head: ObjectID?
        var time = 0
        func push(_ updates: ArraySlice<StatusUpdate>) async throws {
            let old = head
            time += 1
            let new = try await Self.commit(updates, texts: updates.map(\.text), on: head, in: mirror, at: time)
            let outcome = try await transport.push(
                remote, updates: [RefUpdate(Self.reference, to: new, expecting: old)], from: mirror.path)
            guard outcome[Self.reference] == .accepted else {
                throw Program.Failure(description: "the push was not accepted: \(outcome)")
            }
            head = new
        }
        try await push(rollouts.statuses(applications)[...])
        var single: [Double] = []
        var coalesced: [Double] = []
        for round in 0..<site.rounds {
            let updates = rollouts.statuses(110)
            single.append(
                try await 10 / Watch.seconds { for index in 0..<10 { try await push(updates[index...index]) } })
            coalesced.append(try await 100 / Watch.seconds { try await push(updates[10..<110]) })
            if round % 5 == 4 { _ = try await mirror.maintain() }
        }
        await transport.close()
        report.add("statuses committed and pushed, one a commit", applications, single, unit: "/s")
        report.add("statuses committed and pushed, 100 a commit", applications, coalesced, unit: "/s")
    }

    /// Commits statuses as the daemon does.
    static func commit(
        _ updates: some Collection<StatusUpdate>, texts: [[UInt8]], on head: ObjectID?, in mirror: Mirror, at time: Int
    ) async throws -> ObjectID {
        var edit = TreeEdit()
        for (update, text) in zip(updates, texts) { edit.set(update.path, to: text) }
        let first = updates.first
        let message = first.map { "\($0.status.application): \($0.summary) [skip ci]" } ?? ""
        let trailers = [
            Trailer("Sluice-Revision", first?.status.observedRevision ?? ""),
            Trailer("Sluice-Application", updates.map(\.status.application).joined(separator: " ")),
            Trailer("Sluice-Epoch", "1"),
        ]
        let signature = Signature(name: "Sluice", email: "sluice@localhost", time: 1_767_225_600 + Int64(time))
        return try await mirror.commit(edit, on: head, message: message, trailers: trailers, author: signature)
    }
}
