import Foundation
import Git
import Glibc
import Synchronization
import Testing

/// Credentials go to the remote's own host and nowhere else.
@Suite struct RedirectTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.repository(commits: [["a": "1"]])
    }

    /// Whether `heard` is ever asked anything.
    private final class Listener: Sendable {
        let count = Mutex(0)
    }

    @Test(arguments: [false, true], [false, true])
    func aRedirectIsNotFollowed(isSecure: Bool, fetches: Bool) async throws {
        let listener = Listener()
        let other = try HostileServer { client in
            listener.count.withLock { $0 += 1 }
            HostileServer.answer(
                client, "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
        }
        if isSecure {
            try scratch.run(
                [
                    "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", scratch / "key", "-out",
                    scratch / "certificate",
                ])
            let both = try ["key", "certificate"].map { try String(contentsOfFile: scratch / $0, encoding: .utf8) }
            try scratch.write(both.joined(), to: "both")
        }
        let server = try Server.http(
            scratch, certificate: isSecure ? scratch / "both" : nil,
            redirecting: "http://bot:tok3n@127.0.0.1:\(other.port)")
        let remote = try Remote(
            name: "r", url: "\(isSecure ? "https" : "http")://bot:tok3n@localhost:\(server.port)/git/remote.git",
            credentials: Credentials(caFile: isSecure ? scratch / "certificate" : nil))
        let mirror = try scratch.mirror()
        var edit = TreeEdit()
        edit.set("a", to: [])
        let commit = try await mirror.commit(edit, on: nil, message: "m", author: signature)
        let error = await failure {
            if fetches {
                _ = try await transport().fetch(remote, branches: ["main"], into: mirror.path)
            } else {
                _ = try await transport().push(
                    remote, updates: [RefUpdate("refs/heads/x", to: commit, expecting: nil)], from: mirror.path)
            }
        }
        #expect(error?.kind == .notFound, "\(String(describing: error))")
        #expect(error?.description.contains("use the address") == true, "\(String(describing: error))")
        #expect(error?.description.contains("tok3n") == false)
        #expect(listener.count.withLock { $0 } == 0)
    }

    /// A server that answers the poll itself and sends only what fetches to another host.
    @Test func whatAPollWasToldHoldsForTheFetchToo() async throws {
        let listener = Listener()
        let other = try HostileServer { client in
            listener.count.withLock { $0 += 1 }
            HostileServer.answer(client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        let id = String(repeating: "1", count: 40)
        let body = "001e# service=git-upload-pack\n0000" + "0047\(id) refs/heads/main\0ofs-delta\n" + "0000"
        let server = try HostileServer { client in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(client, &buffer, buffer.count, 0)
            let isPoll = String(decoding: buffer[..<max(0, count)], as: UTF8.self).contains("git/sluice")
            HostileServer.put(
                client,
                isPoll
                    ? "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
                    : "HTTP/1.1 302 Found\r\nLocation: http://localhost:\(other.port)/x/info/refs?service=git-upload-pack\r\n"
                        + "Content-Length: 0\r\n\r\n")
        }
        let remote = try Remote(name: "r", url: "http://bot:tok3n@127.0.0.1:\(server.port)/x.git")
        let mirror = try scratch.mirror()
        let error = await failure { _ = try await transport().fetch(remote, branches: ["main"], into: mirror.path) }
        #expect(error?.message.contains("redirect") == true, "\(String(describing: error))")
        #expect(listener.count.withLock { $0 } == 0)
    }
}
