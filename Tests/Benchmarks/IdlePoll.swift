import Git

/// A look at a remote that finds nothing new, over http.
struct IdlePoll {
    let site: Site
    let fleet: FleetRepository

    func measure(_ report: inout Report) async throws {
        let size = fleet.applications
        let transport = site.transport()
        _ = try await transport.tips(site.remote, branches: ["main"])
        var polls: [Double] = []
        var lists: [Double] = []
        for _ in 0..<site.rounds * 2 {
            polls.append(
                try await Watch.seconds { _ = try await transport.tips(site.remote, branches: ["main"]) } * 1000)
            lists.append(
                try Watch.seconds { try Program.run(["git", "ls-remote", site.remote.url, "refs/heads/main"]) } * 1000)
        }
        await transport.close()
        report.add("a poll that finds nothing, over http", size, polls, unit: "ms")
        report.add("— `git ls-remote`", size, lists, unit: "ms")
        report.add(ratio: "idle poll ÷ `git ls-remote`", size, polls, to: lists, aim: 1)
    }
}
