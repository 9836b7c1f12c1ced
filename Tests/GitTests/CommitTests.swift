import Foundation
import Git
import Testing

/// Commits that git reads and libgit2 does not, and histories that end too early.
@Suite struct CommitTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A way to be malformed: the lines after the parents.
    enum Flaw: String, CaseIterable {
        case timeOverflows = "author A <a@b> 99999999999999999999 +9999\ncommitter A <a@b> 5 +0000"
        case noAuthor = "committer A <a@b> 5 +0000"
        case noCommitter = "author A <a@b> 5 +0000"
        case noAddress = "author A 5 +0000\ncommitter A <a@b> 5 +0000"
        case noTime = "author A <a@b>\ncommitter A <a@b>"
        case nothing = ""
    }

    /// Puts a malformed commit on `main`, with a good one on top where that is wanted; returns it.
    private func malform(_ flaw: Flaw, goingOn: Bool) throws -> ObjectID {
        let (tip, tree) = (try scratch.tip(), try scratch.git("-C", "remote.git", "rev-parse", "main^{tree}"))
        let lines = flaw.rawValue.isEmpty ? "" : flaw.rawValue + "\n"
        let id = try scratch.git(
            "-C", "remote.git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally",
            input: "tree \(tree)\nparent \(tip)\n\(lines)\nodd\n\nKey: value\n")
        try scratch.write("\(id)\n", to: "remote.git/refs/heads/main")
        if goingOn { try scratch.add([["a": "after"]]) }
        return try #require(ObjectID(hex: id))
    }

    @Test(arguments: Flaw.allCases, [Way.local, .http, .ssh])
    func aMalformedCommitStopsNoBranch(flaw: Flaw, way: Way) async throws {
        try scratch.repository(commits: [["a": "1"], ["b": "2"]])
        let (remote, server) = try way.remote(scratch)
        defer { withExtendedLifetime(server) {} }
        let mirror = try scratch.mirror()
        let transport = transport()
        let first = try #require(
            try await transport.fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main"))
        let bad = try malform(flaw, goingOn: false)
        // Once it is the newest, once it is history, and once more so that it is what the mirror has.
        for expected in [("main", false), ("main", true), ("main", true)] {
            if expected.1 { try scratch.add([["a": "after \(UUID().uuidString)"]]) }
            let tip = try scratch.tip()
            let found = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
            #expect(found.tip(of: "main") == tip && found.branches["main"]?.forced == false)
            #expect(try await mirror.isAncestor(first, of: tip))
            #expect(try await mirror.firstParentCommits(from: tip, limit: 100).last != tip)
            #expect(try await mirror.changes(from: first, to: tip).count <= 1)
            #expect(try await mirror.history(of: "b", from: tip, limit: 10).map(\.commit) == [first])
        }
        let info = try await mirror.commit(bad)
        #expect(info.flaw != nil && info.parents == [first] && info.trailers.map(\.value) == ["value"])
        #expect(info.summary == "odd")
        #expect(try await mirror.signature(of: bad) == nil)
        #expect(try await mirror.flaws(from: scratch.tip(), limit: 10).map(\.0) == [bad])
        // What Sluice itself commits on it is pushed.
        var edit = TreeEdit()
        edit.set("c", to: Array("3".utf8))
        let tip = try scratch.tip()
        let mine = try await mirror.commit(edit, on: tip, message: "m", author: signature)
        let outcome = try await transport.push(
            remote, updates: [RefUpdate("refs/heads/main", to: mine, expecting: tip)], from: mirror.path)
        #expect(outcome["refs/heads/main"] == .accepted)
        _ = try await mirror.maintain(MaintenanceLimits(looseObjects: 0, packs: 0))
        #expect(try await mirror.commit(bad) == info)
    }

    @Test func theEndOfAShallowCloneIsNotTakenForARoot() async throws {
        try scratch.repository(commits: [["a": "1"], ["a": "2"], ["a": "3"], ["b": "4"]])
        try scratch.git("clone", "-q", "--bare", "--depth", "2", "file://\(scratch / "remote.git")", "shallow.git")
        let remote = try Remote(name: "r", url: scratch / "shallow.git")
        let mirror = try scratch.mirror()
        let transport = transport()
        let tip = try #require(
            try await transport.fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main"))
        #expect(await mirror.isShallow)
        let line = try await mirror.firstParentCommits(from: tip, limit: 10)
        #expect(line.count == 2)
        #expect(try await mirror.commit(line[1]).parents.count == 1)
        let root = try #require(ObjectID(hex: try scratch.git("-C", "remote.git", "rev-parse", "main~3")))
        let error = await failure { _ = try await mirror.isAncestor(root, of: tip) }
        #expect(error?.kind == .shallow && error?.advice?.contains("git fetch --unshallow") == true)
        #expect(try await mirror.isAncestor(line[1], of: tip))
        // It goes on, and heals once the rest is there.
        try scratch.git("-C", "shallow.git", "fetch", "-q", "--unshallow", "origin", "main:main")
        try scratch.add([["a": "5"]])
        try scratch.git("-C", "shallow.git", "fetch", "-q", "origin", "main:main")
        let after = try #require(
            try await transport.fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main"))
        #expect(try await mirror.isAncestor(root, of: after))
        #expect(await !mirror.isShallow)
    }
}

/// A way to a repository.
enum Way: CaseIterable {
    case local, http, ssh

    /// The remote `r`, of `remote.git`, and what serves it.
    func remote(_ scratch: Scratch) throws -> (Remote, Server?) {
        switch self {
        case .local: return (try Remote(name: "r", url: scratch / "remote.git"), nil)
        case .http:
            let server = try Server.http(scratch)
            return (try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/git/remote.git"), server)
        case .ssh:
            let server = try Server.ssh(scratch)
            let credentials = Credentials(keyFile: scratch / "id", knownHostsFile: scratch / "known_hosts")
            let url = "ssh://root@127.0.0.1:\(server.port)\(scratch / "remote.git")"
            return (try Remote(name: "r", url: url, credentials: credentials), server)
        }
    }
}
