import Foundation
import Git
import Glibc
import Synchronization
import Testing

/// A server that wants to be left alone is heard at whatever step of whatever exchange it says so.
@Suite struct RetryAfterTests {
    /// Answers requests whose first line holds `step` with what wants to be left alone, and others as a repository with
    /// this listing.
    private static func server(_ step: String, _ answer: String, listing: String) throws -> HostileServer {
        try HostileServer { client in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            // A body may follow on its own, and closing on it would take the answer back.
            defer {
                shutdown(client, Int32(SHUT_WR))
                HostileServer.hang(client)
            }
            let request = String(decoding: buffer[..<count], as: UTF8.self)
            let first = request.prefix { $0 != "\r\n" }
            if first.contains(step) {
                HostileServer.put(client, "\(answer)Content-Length: 0\r\nConnection: close\r\n\r\n")
                return
            }
            let service = first.contains("receive-pack") ? "git-receive-pack" : "git-upload-pack"
            let title = "# service=\(service)\n"
            let body = String(format: "%04x", title.utf8.count + 4) + title + "0000" + listing + "0000"
            HostileServer.put(
                client,
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-\(service)-advertisement\r\n"
                    + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
        }
    }

    private static func line(_ id: String, _ name: String) -> String {
        let text = "\(id) \(name)\0report-status ofs-delta\n"
        return String(format: "%04x", text.utf8.count + 4) + text
    }

    private static let busy = "HTTP/1.1 503 Busy\r\nServer: x\r\nretry-after:  77 \r\n"

    @Test(arguments: ["/info/refs", "POST /x.git/git-upload-pack"])
    func ofAFetch(_ step: String) async throws {
        let scratch = try Scratch()
        let listing = Self.line(String(repeating: "a", count: 40), "refs/heads/main")
        let server = try Self.server(step, Self.busy, listing: listing)
        let remote = try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/x.git")
        let mirror = try scratch.mirror()
        let error = await failure {
            _ = try await transport().fetch(remote, branches: ["main"], into: mirror.path)
        }
        #expect(error?.kind == .unreachable && error?.retryAfter == 77, "\(String(describing: error))")
    }

    @Test func byAllWhoAskItWhateverTheyAsk() async throws {
        let scratch = try Scratch()
        let asked = Mutex(0)
        let server = try HostileServer {
            asked.withLock { $0 += 1 }
            HostileServer.answer($0, "HTTP/1.1 429 Slow\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n")
        }
        let resting = RestingServers()
        let mirror = try scratch.mirror()
        for name in ["a", "b", "a"] {
            let remote = try Remote(name: name, url: "http://127.0.0.1:\(server.port)/\(name).git")
            let transport = Transport(executable: sluice, resting: resting)
            let polled = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
            let fetched = await failure {
                _ = try await transport.fetch(remote, branches: ["x"], into: mirror.path)
            }
            for error in [polled, fetched] {
                #expect(error?.kind == .unreachable && (2...3600).contains(error?.retryAfter ?? 0))
            }
        }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test(arguments: ["/info/refs?service=git-receive-pack", "POST /x.git/git-receive-pack"])
    func ofAPush(_ step: String) async throws {
        let scratch = try Scratch()
        let listing = Self.line(String(repeating: "0", count: 40), "capabilities^{}")
        let answer = step.hasPrefix("POST") ? Self.busy : "HTTP/1.1 429 Slow down\r\nRetry-After: 77\r\n"
        let server = try Self.server(step, answer, listing: listing)
        let remote = try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/x.git")
        let mirror = try scratch.mirror()
        var edit = TreeEdit()
        edit.set("a", to: Array("1".utf8))
        let id = try await mirror.commit(edit, on: nil, message: "m", author: signature)
        let error = await failure {
            let update = RefUpdate("refs/heads/sluice/x", to: id, expecting: nil)
            _ = try await transport().push(remote, updates: [update], from: mirror.path)
        }
        #expect(error?.kind == .unreachable && error?.retryAfter == 77, "\(String(describing: error))")
    }

    @Test(arguments: ["HTTP/1.1 503 Busy\r\n", "HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n"])
    func oneThatDoesNotSayForHowLongIsAskedAgainAsUsual(_ answer: String) async throws {
        let scratch = try Scratch()
        let listing = Self.line(String(repeating: "a", count: 40), "refs/heads/main")
        let server = try Self.server("POST", answer, listing: listing)
        let remote = try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/x.git")
        let mirror = try scratch.mirror()
        let error = await failure {
            _ = try await transport().fetch(remote, branches: ["main"], into: mirror.path)
        }
        #expect(error?.kind == .unreachable && error?.retryAfter == nil, "\(String(describing: error))")
    }
}
