import Foundation
import Git
import Glibc
import TestSupport
import Testing

@Suite struct HostileServerTests {
    private static let advertisement =
        "001e# service=git-upload-pack\n0000"
        + "0059" + String(repeating: "a", count: 40) + " HEAD\0multi_ack ofs-delta side-band-64k agent=x   \n"

    private func remote(_ port: Int) throws -> Remote {
        try Remote(name: "r", url: "http://user:hunter2@127.0.0.1:\(port)/x.git")
    }

    @Test func aServerThatHangsCostsTheDeadlineAndANewChild() async throws {
        let server = try HostileServer { HostileServer.hang($0) }
        let scratch = try Scratch()
        let transport = transport(deadline: .milliseconds(300))
        let error = await failure { _ = try await transport.tips(try remote(server.port), branches: ["main"]) }
        #expect(error?.kind == .timedOut)
        try scratch.repository(commits: [["a": "1"]])
        let good = try Remote(name: "g", url: scratch / "remote.git")
        #expect(try await transport.tips(good, branches: ["main"]).count == 1)
        #expect(await transport.spawned == 2)
    }

    @Test func aServerThatDribblesCostsTheDeadline() async throws {
        let server = try HostileServer { client in
            HostileServer.answer(client, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while HostileServer.put(client, "0") { dawdle(milliseconds: 20) }
        }
        let transport = transport(deadline: .milliseconds(400))
        let error = await failure { _ = try await transport.tips(try remote(server.port), branches: ["main"]) }
        #expect(error?.kind == .timedOut)
    }

    @Test func aServerThatResetsIsUnreachable() async throws {
        let server = try HostileServer { client in
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        let error = await failure { _ = try await transport().tips(try remote(server.port), branches: ["main"]) }
        #expect(error?.kind == .unreachable)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        ("401 Unauthorized", GitError.Kind.authentication), ("403 Forbidden", .authentication),
        ("404 Not Found", .notFound), ("500 Oops", .protocolViolation), ("200 OK", .protocolViolation),
    ])
    func anAnswerThatIsNoRepositoryHasItsKind(status: String, kind: GitError.Kind) async throws {
        let server = try HostileServer {
            HostileServer.answer($0, "HTTP/1.1 \(status)\r\nContent-Length: 6\r\n\r\nhello!")
        }
        let error = await failure { _ = try await transport().tips(try remote(server.port), branches: ["main"]) }
        #expect(error?.kind == kind, "\(String(describing: error))")
    }

    @Test func nobodyListeningIsUnreachable() async throws {
        let port = try Server.freePort()
        let error = await failure { _ = try await transport().tips(try remote(port), branches: ["main"]) }
        #expect(error?.kind == .unreachable)
    }

    @Test func aCorruptPackIsReportedAndLeavesTheMirrorWhole() async throws {
        let line = String(repeating: "a", count: 40) + " refs/heads/main\0ofs-delta agent=x\n"
        let packet = String(format: "%04x", line.utf8.count + 4) + line
        let service = "001e# service=git-upload-pack\n0000" + packet + "0000"
        let server = try HostileServer { client in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                let request = String(decoding: buffer[..<count], as: UTF8.self)
                let body =
                    request.hasPrefix("GET")
                    ? service : "0008NAK\nPACK\0\0\0\u{2}\0\0\0\u{3}garbage garbage garbage garbage"
                let type = request.hasPrefix("GET") ? "advertisement" : "result"
                HostileServer.put(
                    client,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-\(type)\r\n"
                        + "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
                )
                if request.hasPrefix("GET") { return }
                return
            }
        }
        let scratch = try Scratch()
        let mirror = try scratch.mirror()
        let error = await failure {
            _ = try await transport(deadline: .seconds(3)).fetch(
                try remote(server.port),
                branches: ["main"],
                into: mirror.path
            )
        }
        let kinds: [GitError.Kind?] = [.corrupt, .protocolViolation]
        #expect(kinds.contains(error?.kind), "\(String(describing: error))")
        #expect(try await mirror.tip(of: "main", on: "r") == nil)
        try scratch.git("-C", "mirror", "fsck")
    }

    @Test func anEndlessAnswerMeetsTheMemoryLimit() async throws {
        let server = try HostileServer { client in
            HostileServer.answer(client, "HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n")
            let chunk = String(repeating: "0032" + String(repeating: "a", count: 40) + " r/x\n", count: 1_000)
            while HostileServer.put(client, chunk) {}
        }
        let transport = transport(deadline: .seconds(20), memory: 48 << 20)
        let error = await failure { _ = try await transport.tips(try remote(server.port), branches: ["main"]) }
        let kinds: [GitError.Kind?] = [.memory, .childDied]
        #expect(kinds.contains(error?.kind), "\(String(describing: error))")
    }

    @Test func cancellingATaskEndsItsTransfer() async throws {
        let server = try HostileServer { HostileServer.hang($0) }
        let remote = try remote(server.port)
        let transport = transport(deadline: .seconds(30))
        let task = Task { await failure { _ = try await transport.tips(remote, branches: ["main"]) } }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
    }

    /// What a server leaves out of what it sends.
    enum Lack: CaseIterable {
        case folders, file, parent
    }

    @Test(arguments: Lack.allCases, [false, true])
    func anIncompletePackIsNotTakenAndCostsNothingThatIsThere(lack: Lack, hasMirror: Bool) async throws {
        let scratch = try Scratch()
        try scratch.repository(commits: [["a": "1"]])
        let good = try Remote(name: "r", url: scratch / "remote.git")
        let mirror = try scratch.mirror()
        let transport = transport()
        if hasMirror { _ = try await transport.fetch(good, branches: ["main"], into: mirror.path) }
        let first = try scratch.tip()
        try scratch.add([["b/c": "2"], ["b/c": "3"]])
        let tip = try scratch.tip()
        let all = try scratch.git("-C", "remote.git", "rev-list", "--objects", "main").split(separator: "\n").map {
            String($0.prefix(40))
        }
        let left =
            switch lack {
            case .folders: try scratch.git("-C", "remote.git", "rev-parse", "main^{tree}", "main:b")
            case .file: try scratch.git("-C", "remote.git", "rev-parse", "main~1:b/c")
            case .parent: try scratch.git("-C", "remote.git", "rev-parse", "main~1")
            }
        let sent = all.filter { !left.contains($0) }.joined(separator: "\n")
        try scratch.git("-C", "remote.git", "pack-objects", "-q", scratch / "part", input: sent + "\n")
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: scratch.path).first { $0.hasSuffix(".pack") })
        let pack = try Data(contentsOf: URL(fileURLWithPath: scratch / name))
        let listing = "001e# service=git-upload-pack\n00000047\(tip) refs/heads/main\0ofs-delta\n0000"
        let server = try HostileServer { client in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(client, &buffer, buffer.count, 0)
            let isListing = String(decoding: buffer[..<max(0, count)], as: UTF8.self).hasPrefix("GET")
            let body = isListing ? Data(listing.utf8) : Data("0008NAK\n".utf8) + pack
            let type = isListing ? "advertisement" : "result"
            HostileServer.put(
                client,
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-\(type)\r\n"
                    + "Content-Length: \(body.count)\r\nConnection: close\r\n\r\n")
            body.withUnsafeBytes { _ = send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
        let remote = try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/x.git")
        // However often.
        for _ in 0..<3 {
            let error = await failure {
                _ = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
            }
            #expect(error?.kind == .protocolViolation, "\(String(describing: error))")
            #expect(error?.message.contains("incomplete pack") == true, "\(String(describing: error))")
            #expect(await !mirror.contains(tip))
        }
        #expect(try await mirror.tip(of: "main", on: "r") == (hasMirror ? first : nil))
        #expect(try await transport.fetch(good, branches: ["main"], into: mirror.path).tip(of: "main") == tip)
        try scratch.git("-C", "mirror", "fsck", "--strict")
    }
}
