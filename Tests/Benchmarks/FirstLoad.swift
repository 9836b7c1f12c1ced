import Core
import Git
import Synchronization

/// From a mirror that holds the repository to a decoded, validated catalogue.
struct FirstLoad {
    let site: Site
    let fleet: FleetRepository

    func measure(_ report: inout Report) async throws {
        let size = fleet.applications
        let path = site.scratch.file("first-load.git")
        let transport = site.transport()
        var head: ObjectID?
        let fetching = try await Watch.seconds {
            let mirror = try Mirror(at: path)
            head = try await transport.fetch(site.remote, branches: ["main"], into: mirror.path).tip(of: "main")
        }
        await transport.close()
        guard let head else { throw Program.Failure(description: "the fleet's repository is empty") }
        let listing = site.scratch.file("blobs")
        try listBlobs(path, into: listing)
        var loads: [Double] = []
        var parses: [Double] = []
        var git: [Double] = []
        var reads: [Double] = []
        for _ in 0..<max(3, site.rounds / 5) {
            // Opened anew, so that nothing is cached but by the operating system.
            let mirror = try Mirror(at: path)
            var loaded = DeclaredFleet()
            loads.append(try await Watch.seconds { loaded = try await DeclaredFleet.load(mirror, head) })
            try loaded.check(size)
            parses.append(try await bareParse(mirror, head))
            reads.append(try await Watch.seconds { try await mirror.forEachBlob(in: head, limit: 1 << 20) { _, _ in } })
            git.append(
                try Watch.seconds {
                    try Program.run(["git", "-C", path, "cat-file", "--batch", "--buffer"], input: listing)
                })
        }
        report.add("fetch of everything over http", size, [fetching], unit: "s")
        report.add("first load: mirror → validated catalogue", size, loads, unit: "s")
        report.add("— libyaml's bare event parse of the same bytes", size, parses, unit: "s")
        report.add("— reading the blobs alone", size, reads, unit: "s")
        report.add("— `git cat-file --batch` of the same blobs", size, git, unit: "s")
        report.add(ratio: "first load ÷ bare event parse", size, loads, to: parses, aim: 2.5)
        report.add(ratio: "first load ÷ `git cat-file --batch`", size, loads, to: git, aim: nil)
    }

    private func listBlobs(_ path: String, into listing: String) throws {
        let all = listing + ".all"
        try Program.run(
            ["git", "-C", path, "ls-tree", "-r", "--format=%(objectname)", "refs/remotes/origin/main"], output: all)
        try Program.run(["mv", all, listing])
    }

    /// Seconds that parsing takes where all bytes are in memory already.
    private func bareParse(_ mirror: Mirror, _ head: ObjectID) async throws -> Double {
        let files = Mutex<[[UInt8]]>([])
        try await mirror.forEachBlob(in: head, limit: 1 << 20) { _, bytes in
            guard case .success(let buffer) = bytes else { return }
            files.withLock { $0.append(Array(buffer)) }
        }
        let contents = files.withLock { $0 }
        var events = 0
        let seconds = Watch.seconds {
            for content in contents { events += content.withUnsafeBytes { BareParse.events(in: $0) } }
        }
        guard events > 0 else { throw Program.Failure(description: "nothing was parsed") }
        return seconds
    }
}
