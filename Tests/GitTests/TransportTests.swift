import Foundation
import Git
import Glibc
import Testing

@Suite struct TransportTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Each way to reach a repository, for what must hold on all of them.
    enum Way: CaseIterable {
        case path, file, http, daemon, ssh
    }

    private func reach(_ way: Way, _ name: String = "remote.git") throws -> (Remote, Server?) {
        switch way {
        case .path: return (try Remote(name: "r", url: scratch / name), nil)
        case .file: return (try Remote(name: "r", url: "file://" + (scratch / name)), nil)
        case .http:
            let server = try Server.http(scratch)
            return (try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/git/\(name)"), server)
        case .daemon:
            let server = try Server.gitDaemon(scratch)
            return (try Remote(name: "r", url: "git://127.0.0.1:\(server.port)/\(name)"), server)
        case .ssh:
            let server = try Server.ssh(scratch)
            let credentials = Credentials(keyFile: scratch / "id", knownHostsFile: scratch / "known_hosts")
            let url = "ssh://root@127.0.0.1:\(server.port)\(scratch / name)"
            return (try Remote(name: "r", url: url, credentials: credentials), server)
        }
    }

    private func commit(_ mirror: Mirror, _ text: String, on base: ObjectID?) async throws -> ObjectID {
        var edit = TreeEdit()
        edit.set("status", to: Array(text.utf8))
        return try await mirror.commit(edit, on: base, message: text, author: signature)
    }

    @Test(arguments: Way.allCases)
    func aFetchFollowsTheRemoteThroughItsWholeLife(way: Way) async throws {
        try scratch.repository(commits: [])
        let (remote, server) = try reach(way)
        defer { withExtendedLifetime(server) {} }
        let mirror = try scratch.mirror()
        let transport = transport()
        let main = ["main"]
        #expect(try await transport.fetch(remote, branches: main, into: mirror.path).tip(of: "main") == nil, "empty")
        try scratch.add([["a": "1"], ["b/c": "2"]])
        let first = try scratch.tip()
        #expect(try await transport.tips(remote, branches: ["main", "absent"]) == ["main": first])
        let one = try await transport.fetch(remote, branches: ["main", "absent"], into: mirror.path)
        #expect(one.tip(of: "main") == first)
        #expect(one.tip(of: "absent") == nil)
        #expect(try await mirror.changes(from: nil, to: first).map(\.path) == ["a", "b/c"])
        #expect(try await mirror.tip(of: "main", on: "r") == first)
        try scratch.add([["a": "3"]])
        let second = try await transport.fetch(remote, branches: main, into: mirror.path).branches["main"]
        #expect(second?.old == first)
        #expect(second?.forced == false)
        #expect(try await mirror.changes(from: first, to: #require(second?.new)).map(\.path) == ["a"])
        try scratch.git("-C", "remote.git", "update-ref", "-d", "refs/heads/main")
        try scratch.add([["z": "rewritten"]])
        #expect(try await transport.fetch(remote, branches: main, into: mirror.path).branches["main"]?.forced == true)
        try scratch.git("-C", "remote.git", "update-ref", "-d", "refs/heads/main")
        #expect(try await transport.fetch(remote, branches: main, into: mirror.path).tip(of: "main") == nil, "deleted")
        #expect(try await mirror.tip(of: "main", on: "r") == nil)
        try scratch.git("-C", "mirror", "fsck")
        #expect(await transport.spawned == 1)
    }

    @Test(arguments: Way.allCases)
    func aPushIsACompareAndSwap(way: Way) async throws {
        try scratch.repository(commits: [["a": "1"]])
        let (remote, server) = try reach(way)
        defer { withExtendedLifetime(server) {} }
        let mirror = try scratch.mirror()
        let transport = transport()
        let name = "refs/heads/sluice/status/default"
        let first = try await commit(mirror, "one", on: nil)
        let create = RefUpdate(name, to: first, expecting: nil)
        #expect(try await transport.push(remote, updates: [create], from: mirror.path) == [name: .accepted])
        #expect(try scratch.tip("remote.git", name) == first)
        #expect(try await transport.push(remote, updates: [create], from: mirror.path) == [name: .accepted], "again")
        let second = try await commit(mirror, "two", on: first)
        let third = try await commit(mirror, "three", on: first)
        let move = RefUpdate(name, to: second, expecting: first)
        #expect(try await transport.push(remote, updates: [move], from: mirror.path) == [name: .accepted])
        let late = RefUpdate(name, to: third, expecting: first)
        #expect(try await transport.push(remote, updates: [late], from: mirror.path) == [name: .lost(actual: second)])
        let anew = RefUpdate(name, to: third, expecting: nil)
        #expect(try await transport.push(remote, updates: [anew], from: mirror.path) == [name: .lost(actual: second)])
        let forced = RefUpdate(name, to: third, expecting: second)
        let outcome = try await transport.push(remote, updates: [forced], from: mirror.path)[name]
        guard case .rejected = outcome else {
            Issue.record("a rewrite was \(String(describing: outcome))")
            return
        }
        #expect(try scratch.tip("remote.git", name) == second)
        try scratch.git("-C", "remote.git", "fsck", "--strict")
    }

    @Test(arguments: Way.allCases)
    func aMissingRepositoryIsNotFound(way: Way) async throws {
        let (remote, server) = try reach(way, "nowhere.git")
        defer { withExtendedLifetime(server) {} }
        let transport = transport()
        let error = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
        #expect(error?.kind == .notFound, "\(String(describing: error))")
    }

    @Test func aServersRefusalIsReportedWithItsReason() async throws {
        try scratch.repository(commits: [["a": "1"]])
        try scratch.write("#!/bin/sh\nexit 1\n", to: "remote.git/hooks/update")
        chmod(scratch / "remote.git/hooks/update", 0o755)
        let (remote, server) = try reach(.http)
        defer { withExtendedLifetime(server) {} }
        let mirror = try scratch.mirror()
        let id = try await commit(mirror, "one", on: nil)
        let update = RefUpdate("refs/heads/s", to: id, expecting: nil)
        let outcome = try await transport().push(remote, updates: [update], from: mirror.path)
        let reason = "hook declined: error: hook declined to update refs/heads/s"
        #expect(outcome == ["refs/heads/s": .rejected(reason: reason)])
    }

    @Test func aCheckedOutBranchIsNotPushedTo() async throws {
        try scratch.git("init", "-q", "-b", "main", "work")
        try scratch.git("-C", "work", "commit", "-q", "--allow-empty", "-m", "x")
        let tip = try scratch.tip("work")
        let remote = try Remote(name: "r", url: scratch / "work")
        let mirror = try scratch.mirror()
        let transport = transport()
        _ = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
        let update = RefUpdate("refs/heads/main", to: try await commit(mirror, "one", on: tip), expecting: tip)
        let outcome = try await transport.push(remote, updates: [update], from: mirror.path)["refs/heads/main"]
        guard case .rejected(let reason) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(reason.contains("checked out"))
    }

    @Test func aTokenComesFromAFileAndNeverAppearsInAnError() async throws {
        try scratch.repository(commits: [["a": "1"]])
        let server = try Server.http(scratch, user: ("bot", "s3cret"))
        try scratch.write("s3cret\n", to: "token")
        let url = "http://127.0.0.1:\(server.port)/git/remote.git"
        let mirror = try scratch.mirror()
        let transport = transport()
        let good = try Remote(
            name: "r",
            url: url,
            credentials: Credentials(user: "bot", tokenFile: scratch / "token")
        )
        #expect(try await transport.fetch(good, branches: ["main"], into: mirror.path).tip(of: "main") != nil)
        let update = RefUpdate("refs/heads/s", to: try await commit(mirror, "one", on: nil), expecting: nil)
        #expect(try await transport.push(good, updates: [update], from: mirror.path) == ["refs/heads/s": .accepted])
        let embedded = try Remote(name: "r", url: url.replacingOccurrences(of: "://", with: "://bot:s3cret@"))
        #expect(try await transport.tips(embedded, branches: ["main"]).count == 1)
        #expect(!"\(embedded) \(embedded.url)".contains("s3cret"))
        for remote in [
            try Remote(name: "r", url: url.replacingOccurrences(of: "://", with: "://bot:wr0ng@")),
            try Remote(name: "r", url: url),
        ] {
            let poll = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
            let push = await failure { _ = try await transport.push(remote, updates: [update], from: mirror.path) }
            for error in [poll, push] {
                #expect(error?.kind == .authentication, "\(String(describing: error))")
                #expect(error?.description.contains("wr0ng") == false)
            }
        }
    }

    @Test func anUnknownAndAChangedHostKeyAreRefusedWithWhatToDo() async throws {
        try scratch.repository(commits: [["a": "1"]])
        let server = try Server.ssh(scratch)
        let url = "ssh://root@127.0.0.1:\(server.port)\(scratch / "remote.git")"
        let transport = transport()
        for (file, word) in [("known_hosts_empty", "is not in"), ("known_hosts_changed", "has changed")] {
            let credentials = Credentials(keyFile: scratch / "id", knownHostsFile: scratch / file)
            let remote = try Remote(name: "r", url: url, credentials: credentials)
            let error = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
            #expect(error?.kind == .hostKey, "\(String(describing: error))")
            #expect(error?.message.contains(word) == true, "\(String(describing: error))")
            #expect(error?.advice?.contains("ssh-key") == true)
        }
        let credentials = Credentials(keyFile: scratch / "other", knownHostsFile: scratch / "known_hosts")
        let remote = try Remote(name: "r", url: url, credentials: credentials)
        let error = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
        #expect(error?.kind == .authentication, "\(String(describing: error))")
    }
}
