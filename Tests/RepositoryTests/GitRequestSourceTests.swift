import Core
import Foundation
import Git
import Manifests
import Reconciler
import Repository
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct GitRequestSourceTests {
    static let attempt = Attempt(digest: Digest(of: "a".utf8), introduced: String(repeating: "ab", count: 20))
    static let branch = GitRequestSource.branch(of: "default")

    static func pause(_ name: ApplicationName, _ reason: String? = nil) -> Request {
        Request(
            id: Request.path(.pause, of: name, attempt), verb: .pause, application: name, attempt: attempt,
            reason: reason, by: "")
    }

    static func person(_ name: String) -> Signature { Signature(name: name, email: "\(name)@x", time: 1_700_000_000) }

    /// As anybody with git would.
    @discardableResult
    static func push(_ bench: GitBench, _ files: [String: String?], by name: String) async throws -> ObjectID {
        var edit = TreeEdit()
        for (path, text) in files {
            if let text { edit.set(path, to: Array(text.utf8)) } else { edit.remove(path) }
        }
        let id = try await bench.repository.commit(
            edit, on: try await bench.repository.tip(of: branch), message: "c", author: person(name))
        try await bench.repository.set("refs/heads/\(branch)", to: id)
        return id
    }

    static func standing(_ outcome: RequestsOutcome) throws -> [Request] {
        guard case .standing(let requests) = outcome else {
            struct Unexpected: Error { var outcome: RequestsOutcome }
            throw Unexpected(outcome: outcome)
        }
        return requests
    }

    @Test func `no branch is no requests, and whoever commits one is who asks`() async throws {
        let bench = try GitBench()
        let source = try bench.requests("daemon")
        #expect(await source.read() == .standing([]))
        #expect(await source.read() == .unchanged)
        let asked = try await bench.requests("ada").ask(by: Self.person("Ada")) { standing in
            #expect(standing.isEmpty)
            return RequestChange(written: [Self.pause("shop", "harm")], summary: "pause shop")
        }
        #expect(asked != nil)
        var expected = Self.pause("shop", "harm")
        expected.by = "Ada <Ada@x>"
        #expect(try Self.standing(await source.read()) == [expected])
        #expect(await source.read() == .unchanged)
        // Somebody else says it anew: it is theirs now, and nobody else's request changes hands.
        let text = RequestCoding.yaml(Self.pause("shop", "still"))
        try await Self.push(bench, ["shop/other.yaml": RequestCoding.yaml(Self.pause("shop"))], by: "Ben")
        try await Self.push(bench, [expected.id: text], by: "Cleo")
        let seen = try Self.standing(await source.read())
        #expect(seen.map(\.by) == ["Ben <Ben@x>", "Cleo <Cleo@x>"])
        #expect(try Self.standing(await bench.requests("fresh").read()) == seen)
    }

    @Test func `a branch that is deleted ends nothing that was asked, and is put back`() async throws {
        let bench = try GitBench()
        let told = Told()
        let source = try bench.requests("daemon", told: told)
        let tip = try await Self.push(
            bench, [Self.pause("shop").id: RequestCoding.yaml(Self.pause("shop"))], by: "Ada")
        #expect(try Self.standing(await source.read()).count == 1)
        try FileManager.default.removeItem(atPath: bench.path + "/refs/heads/\(Self.branch)")
        #expect(await source.read() == .unchanged)
        #expect(try await bench.repository.tip(of: Self.branch) == tip)
        #expect(told.sentences.count == 1 && told.sentences[0].contains("was deleted from"), "\(told.sentences)")
        #expect(await source.read() == .unchanged)
        try await Self.push(bench, [Self.pause("shop").id: nil], by: "Ada")
        #expect(try Self.standing(await source.read()).isEmpty)
        try FileManager.default.removeItem(atPath: bench.path + "/refs/heads/\(Self.branch)")
        #expect(try Self.standing(await source.read()).isEmpty, "nothing stood on it")
    }

    @Test func `a branch that was rewritten is read anew`() async throws {
        let bench = try GitBench()
        let source = try bench.requests("daemon")
        let text = RequestCoding.yaml(Self.pause("shop"))
        let id = Self.pause("shop").id
        try await Self.push(bench, [id: text], by: "Ada")
        #expect(try Self.standing(await source.read()).map(\.by) == ["Ada <Ada@x>"])
        var edit = TreeEdit()
        edit.set(id, to: Array(text.utf8))
        let other = try await bench.repository.commit(edit, on: nil, message: "c", author: Self.person("Eve"))
        try await bench.repository.set("refs/heads/\(Self.branch)", to: other)
        #expect(try Self.standing(await source.read()).map(\.by) == ["Eve <Eve@x>"])
    }

    @Test func `what is no request is told once and passed over`() async throws {
        let bench = try GitBench()
        let told = Told()
        let source = try bench.requests("daemon", told: told)
        try await Self.push(
            bench,
            [
                "shop/typo.yaml": "verb: puase", "shop/binary.yaml": "\u{0}\u{1}", "README.md": "hello",
                "shop/large.yaml": String(repeating: "#", count: 70_000),
                Self.pause("shop").id: RequestCoding.yaml(Self.pause("shop")),
            ], by: "Ada")
        #expect(try Self.standing(await source.read()).map(\.id) == [Self.pause("shop").id])
        #expect(told.sentences.count == 3, "\(told.sentences)")
        #expect(told.sentences.contains { $0.hasPrefix("shop/typo.yaml: no request, passed over: \"puase\" is not") })
        try await Self.push(bench, ["pause.yaml": "verb: pause\n"], by: "Ada")
        #expect(try Self.standing(await source.read()).count == 2)
        #expect(told.sentences.count == 3, "\(told.sentences)")
    }

    @Test func `a flood of what is no request is one line`() async throws {
        let bench = try GitBench()
        let told = Told()
        var files: [String: String?] = [Self.pause("shop").id: RequestCoding.yaml(Self.pause("shop"))]
        for number in 0..<2_000 { files["a/\(number).yaml"] = "verb: puase" }
        try await Self.push(bench, files, by: "Eve")
        let source = try bench.requests("daemon", told: told)
        #expect(try Self.standing(await source.read()).map(\.application) == ["shop"])
        #expect(told.sentences.count == 1, "\(told.sentences.count)")
        #expect(told.sentences.first?.hasSuffix("; and 1999 more like it, passed over too") == true)
    }

    @Test(arguments: [true, false])
    func `no tree that cannot be walked hides the pause of the fleet`(_ isPaused: Bool) async throws {
        let bench = try GitBench()
        let told = Told()
        let source = try bench.requests("daemon", told: told)
        try await Self.push(bench, [Self.pause("shop").id: RequestCoding.yaml(Self.pause("shop"))], by: "Ada")
        #expect(try Self.standing(await source.read()).map(\.application) == ["shop"])
        try await Self.push(bench, [isPaused ? "pause.yaml" : "README.md": "verb: pause\n"], by: "Ben")
        try bench.spoil(Self.branch, mirror: "requests-daemon")
        let outcome = await source.read()
        guard isPaused else {
            guard case .failed = outcome else {
                Issue.record("what is asked is not known, and \(outcome) was said")
                return
            }
            return
        }
        let standing = try Self.standing(outcome)
        #expect(Set(standing.map(\.application)) == [nil, "shop"])
        #expect(standing.first { $0.application == nil }?.by == "Ben <Ben@x>")
        #expect(told.sentences.count == 1)
        #expect(told.sentences.first?.contains("only pause.yaml can be read") == true, "\(told.sentences)")
        // Set right, all of it is read again.
        let sound = try await bench.repository.tip(of: "sound")
        try await bench.repository.set("refs/heads/\(Self.branch)", to: try #require(sound))
        try await Self.push(bench, [Self.pause("till").id: RequestCoding.yaml(Self.pause("till"))], by: "Cleo")
        #expect(Set(try Self.standing(await source.read()).map(\.application)) == [nil, "shop", "till"])
    }

    @Test func `there are only so many, and the pause of the fleet is always among them`() async throws {
        let bench = try GitBench()
        let told = Told()
        var files: [String: String?] = ["pause.yaml": "verb: pause\n"]
        for number in 0..<GitRequestSource.limit { files["a/\(number).yaml"] = RequestCoding.yaml(Self.pause("a")) }
        try await Self.push(bench, files, by: "Ada")
        let source = try bench.requests("daemon", told: told)
        let requests = try Self.standing(await source.read())
        #expect(requests.count == GitRequestSource.limit)
        #expect(requests.contains { $0.application == nil })
        #expect(told.sentences.count == 1)
        // One that there was no room for is still whose it was when its turn comes.
        let last = try #require(Set(files.keys).subtracting(requests.map(\.id)).first)
        try await Self.push(bench, ["a/0.yaml": nil], by: "Ben")
        let later = try Self.standing(await source.read())
        #expect(later.first { $0.id == last }?.by == "Ada <Ada@x>")
    }

    @Test func `what has ended is removed, and nothing that was asked since`() async throws {
        let bench = try GitBench()
        let source = try bench.requests("daemon")
        let names = ["a", "b", "c"]
        var files: [String: String?] = [:]
        for name in names { files[Self.pause(name).id] = RequestCoding.yaml(Self.pause(name)) }
        try await Self.push(bench, files, by: "Ada")
        let read = try Self.standing(await source.read())
        // Meanwhile one is asked anew, and another one appears.
        try await Self.push(
            bench,
            [
                Self.pause("b").id: RequestCoding.yaml(Self.pause("b", "again")),
                Self.pause("d").id: RequestCoding.yaml(Self.pause("d")),
            ], by: "Ben")
        await source.collect(read)
        let left = try Self.standing(await source.read())
        #expect(left.map(\.application) == ["b", "d"])
        #expect(left.first?.reason == "again")
        let tip = try #require(try await bench.repository.tip(of: Self.branch))
        let commit = try await bench.repository.commit(tip)
        #expect(commit.summary == "2 requests have ended")
        #expect(commit.message.contains("a: pause of \(Self.attempt.digest.short) by Ada <Ada@x> has ended"))
        #expect(commit.trailers.map(\.value) == ["a", "c"])
        await source.collect(left)
        #expect(try Self.standing(await source.read()).isEmpty)
        #expect(try await bench.repository.tip(of: Self.branch) != tip, "the branch stays, with nothing on it")
    }

    @Test func `several who ask and collect at once lose nothing`() async throws {
        let bench = try GitBench()
        try await Self.push(bench, [Self.pause("old").id: RequestCoding.yaml(Self.pause("old"))], by: "Ada")
        let daemon = try bench.requests("daemon")
        let spent = try Self.standing(await daemon.read())
        let people = try ["a", "b", "c"].map { ($0, try bench.requests("of-\($0)")) }
        try await withThrowingTaskGroup { group in
            for (name, source) in people {
                group.addTask {
                    _ = try await source.ask(by: Self.person(name)) { _ in
                        RequestChange(written: [Self.pause(name)], summary: "pause \(name)")
                    }
                }
            }
            group.addTask { await daemon.collect(spent) }
            try await group.waitForAll()
        }
        #expect(try Self.standing(await daemon.read()).map(\.application) == ["a", "b", "c"])
    }

    @Test func `a remote that is away is a failure, and what stood is reported again after it`() async throws {
        let bench = try GitBench()
        let source = try bench.requests("daemon")
        try await Self.push(bench, ["pause.yaml": "verb: pause\n"], by: "Ada")
        #expect(try Self.standing(await source.read()).count == 1)
        let hidden = bench.folder + "/hidden"
        try FileManager.default.moveItem(atPath: bench.path, toPath: hidden)
        guard case .failed(let failure) = await source.read() else {
            Issue.record("there is nothing to read")
            return
        }
        #expect(failure.kind == .notFound)
        await source.collect([Self.pause("a")])
        try FileManager.default.moveItem(atPath: hidden, toPath: bench.path)
        #expect(await source.read() == .unchanged)
    }

    @Test func `who looks at the same moment shares a round trip, and each sees their branch`() async throws {
        let bench = try GitBench()
        let head = try await bench.commit(["a.yaml": GitBench.application("a", "1.0")])
        let tip = try await Self.push(bench, ["pause.yaml": "verb: pause\n"], by: "Ada")
        let poll = SharedPoll(bench.transport, try Remote(name: "shared", url: bench.path))
        let callers = 24
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<callers {
                let (branch, expected) = [("main", head), (Self.branch, tip), ("absent", nil)][number % 3]
                group.addTask {
                    let found = try await poll.tip(of: branch)
                    #expect(found == expected)
                }
            }
            try await group.waitForAll()
        }
        #expect(await poll.looks < callers)
        // A look begins after it was asked for.
        let later = try await Self.push(bench, ["pause.yaml": nil], by: "Ada")
        #expect(try await poll.tip(of: Self.branch) == later)
    }

    @Test func `a signature counts where the file lists its key for the author`() async throws {
        let bench = try GitBench()
        func run(_ words: String...) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = words
            process.currentDirectoryURL = URL(fileURLWithPath: bench.folder)
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0, "\(words)")
        }
        try run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
        try run("git", "init", "-q", "-b", Self.branch, "clone")
        for (name, signs) in [("ada", true), ("ben", true), ("cleo", false)] {
            let request = Self.pause(name)
            let file = bench.folder + "/clone/" + request.id
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try RequestCoding.yaml(request).write(toFile: file, atomically: true, encoding: .utf8)
            try run("git", "-C", "clone", "add", ".")
            try run(
                "env", "-u", "GIT_AUTHOR_NAME", "-u", "GIT_AUTHOR_EMAIL", "git", "-C", "clone", "-c",
                "user.name=\(name)", "-c", "user.email=\(name)@x", "-c", "gpg.format=ssh", "-c",
                "user.signingkey=\(bench.folder)/key", "commit", "-q", signs ? "-S" : "--no-gpg-sign", "-m", "c")
        }
        try run("git", "-C", "clone", "push", "-q", bench.path, "HEAD:refs/heads/\(Self.branch)")
        let key = try String(contentsOfFile: bench.folder + "/key.pub", encoding: .utf8)
        let signers = bench.folder + "/signers"
        // Ben signs with a key that is not his.
        try "ada@x \(key)".write(toFile: signers, atomically: true, encoding: .utf8)
        let check = SignatureCheck(allowedSigners: signers)
        let requests = try Self.standing(await bench.requests("checks", check: check).read())
        #expect(requests.map(\.by) == ["ada <ada@x>", "ben <ben@x>", "cleo <cleo@x>"])
        #expect(requests.map(\.isVerified) == [true, false, false])
        #expect(try Self.standing(await bench.requests("trusts").read()).allSatisfy { !$0.isVerified })
        let told = Told()
        let lame = SignatureCheck(allowedSigners: signers, program: bench.folder + "/no-such-program")
        #expect(
            try Self.standing(await bench.requests("lame", check: lame, told: told).read())
                .allSatisfy { !$0.isVerified })
        #expect(told.sentences.contains { $0.contains("counts as unverified") })
    }
}

extension GitBench {
    /// Commits on a branch a tree in which a folder is none: its entry names a file. What the branch was is kept as
    /// `sound`. A mirror has it all, since nobody packs such a thing.
    fileprivate func spoil(_ branch: String, mirror: String) throws {
        let mirror = "\(folder)/\(mirror)"
        try git(mirror, "fetch", "-q", path, branch)
        let sound = try text(git(path, "rev-parse", branch))
        try git(path, "update-ref", "refs/heads/sound", sound)
        let file = "\(folder)/raw"
        for place in [path, mirror] {
            try Data("no folder".utf8).write(to: URL(filePath: file))
            let blob = try text(git(place, "hash-object", "-w", file))
            var tree = try git(place, "cat-file", "tree", "\(sound)^{tree}")
            tree += Data("40000 zz\0".utf8)
            tree += stride(from: 0, to: 40, by: 2).compactMap { UInt8(blob.dropFirst($0).prefix(2), radix: 16) }
            try tree.write(to: URL(filePath: file))
            let id = try text(git(place, "hash-object", "-t", "tree", "-w", "--literally", file))
            let commit =
                "tree \(id)\nparent \(sound)\nauthor Eve <Eve@x> 1700000001 +0000\n"
                + "committer Eve <Eve@x> 1700000001 +0000\n\nHide\n"
            try Data(commit.utf8).write(to: URL(filePath: file))
            let tip = try text(git(place, "hash-object", "-t", "commit", "-w", file))
            if place == path { try git(path, "update-ref", "refs/heads/\(branch)", tip) }
        }
    }

    private func text(_ data: Data) -> String {
        String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @discardableResult
    private func git(_ folder: String, _ arguments: String...) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git", "--git-dir", folder] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data
    }
}
