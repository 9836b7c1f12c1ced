import Git

/// From nothing to a mirror that holds the repository, over http and from a path.
struct FirstFetch {
    let site: Site
    let fleet: FleetRepository

    func measure(_ report: inout Report) async throws {
        let size = fleet.applications
        let here = try Remote(name: "origin", url: fleet.path)
        var (http, path, git): ([Double], [Double], [Double]) = ([], [], [])
        for round in 0..<max(3, site.rounds / 5) {
            http.append(try await fetch(site.remote, into: "first-fetch-http-\(round).git"))
            path.append(try await fetch(here, into: "first-fetch-path-\(round).git"))
            let clone = site.scratch.file("first-fetch-git-\(round).git")
            git.append(try Watch.seconds { try Program.run(["git", "clone", "-q", "--bare", fleet.path, clone]) })
        }
        report.add("first fetch over http", size, http, unit: "s")
        report.add("first fetch from a path", size, path, unit: "s")
        report.add("— `git clone` from a path", size, git, unit: "s")
    }

    private func fetch(_ remote: Remote, into name: String) async throws -> Double {
        let mirror = try Mirror(at: site.scratch.file(name))
        let transport = site.transport()
        var tip: ObjectID?
        let seconds = try await Watch.seconds {
            tip = try await transport.fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main")
        }
        await transport.close()
        guard tip != nil else { throw Program.Failure(description: "the fleet's repository is empty") }
        return seconds
    }
}
