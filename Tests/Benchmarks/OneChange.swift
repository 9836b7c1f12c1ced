import Core
import Git
import Manifests

/// One changed manifest, from the fetch to the commands that the engine issues.
struct OneChange {
    let site: Site

    func measure(_ repository: inout FleetRepository, _ report: inout Report) async throws {
        let size = repository.applications
        let mirror = try Mirror(at: site.scratch.file("one-change.git"))
        let transport = site.transport()
        let clone = site.scratch.file("one-change-git.git")
        try Program.run(["git", "clone", "-q", "--mirror", site.remote.url, clone])
        guard var head = try await fetch(transport, mirror) else {
            throw Program.Failure(description: "the fleet's repository is empty")
        }
        var fleet = try await DeclaredFleet.load(mirror, head)
        try fleet.check(size)
        var world = InstantFleet()
        world.apply(fleet.change(at: "\(head)"), for: .hours(48))
        var ours: [Double] = []
        var theirs: [Double] = []
        var counts: [(trees: Int, blobs: Int, manifests: Int, woken: Int)] = []
        for round in 0..<site.rounds {
            try repository.release(round * 7919 % size, version: 2 + round)
            theirs.append(try findWithGit(clone) * 1000)
            let before = await mirror.counters
            let oldHead = head
            var manifests = 0
            ours.append(
                try await Watch.seconds {
                    _ = try await transport.tips(site.remote, branches: ["main"])
                    guard let tip = try await fetch(transport, mirror) else { return }
                    head = tip
                    var files: [(path: String, file: ManifestFile?)] = []
                    for change in try await mirror.changes(from: oldHead, to: head) {
                        guard let blob = change.new else { continue }
                        let bytes = try await mirror.blob(blob, limit: 1 << 20)
                        files.append((change.path, ManifestDecoder.decode(bytes: bytes, path: change.path)))
                        manifests += 1
                    }
                    fleet.take(files)
                    let declared = fleet.declared(at: "\(head)")
                    world.apply(
                        FleetChange(revision: "\(head)", isComplete: true, declared: declared), for: .zero)
                } * 1000)
            let after = await mirror.counters
            counts.append((after.trees - before.trees, after.blobs - before.blobs, manifests, world.observed.count))
        }
        await transport.close()
        report.add("one change: from fetch to commands issued", size, ours, unit: "ms")
        report.add("— `git fetch` + `git diff-tree`: only to find it", size, theirs, unit: "ms")
        report.add(ratio: "one change ÷ git finding it", size, ours, to: theirs, aim: 1)
        report.add("one change: trees read", size, counts.map { Double($0.trees) }, unit: "")
        report.add("one change: blobs read", size, counts.map { Double($0.blobs) }, unit: "", aim: .below(1))
        report.add("one change: manifests decoded", size, counts.map { Double($0.manifests) }, unit: "", aim: .below(1))
        report.add("one change: applications woken", size, counts.map { Double($0.woken) }, unit: "", aim: .below(1))
    }

    private func fetch(_ transport: Transport, _ mirror: Mirror) async throws -> ObjectID? {
        try await transport.fetch(site.remote, branches: ["main"], into: mirror.path).tip(of: "main")
    }

    private func findWithGit(_ clone: String) throws -> Double {
        let old = try Program.read(["git", "-C", clone, "rev-parse", "refs/heads/main"])
        return try Watch.seconds {
            try Program.run(["git", "-C", clone, "fetch", "-q", "--no-auto-gc"])
            try Program.run(["git", "-C", clone, "diff-tree", "-r", "--name-only", old, "refs/heads/main"])
        }
    }
}
