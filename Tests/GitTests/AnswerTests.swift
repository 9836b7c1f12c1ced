import Git
import Glibc
import Synchronization
import Testing

/// Answers over plain http, where one ends and the next begins.
@Suite struct AnswerTests {
    private static let good = String(repeating: "a", count: 40)
    private static let forged = String(repeating: "b", count: 40)

    private static func listing(_ id: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"
            + "001e# service=git-upload-pack\n0000003f\(id) refs/heads/main\0x\n0000"
    }

    private func remote(_ server: HostileServer) throws -> Remote {
        try Remote(name: "r", url: "http://127.0.0.1:\(server.port)/x.git")
    }

    @Test func interimAnswersArePassedOver() async throws {
        let server = try HostileServer {
            HostileServer.answer(
                $0,
                String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 3)
                    + "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + Self.listing(Self.good))
        }
        let remote = try remote(server)
        #expect(try await transport().tips(remote, branches: ["main"])["main"]?.description == Self.good)
    }

    @Test(arguments: ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n", "X: y\r\n"])
    func whatNeverComesToItsBodyIsNoAnswer(_ part: String) async throws {
        let server = try HostileServer { client in
            HostileServer.answer(client, "HTTP/1.1 \(part.hasPrefix("X") ? "200" : "100") OK\r\n")
            while HostileServer.put(client, part) {}
        }
        let remote = try remote(server)
        let error = await failure { _ = try await transport().tips(remote, branches: ["main"]) }
        #expect(error?.kind == .protocolViolation, "\(String(describing: error))")
    }

    @Test(arguments: ["5\r\nContent-Length: 6", "-1", "99999999999999999999", "0x10", "12 34"])
    func aLengthThatIsNoneIsRefused(_ length: String) async throws {
        let server = try HostileServer {
            HostileServer.answer($0, "HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\nhello!")
        }
        let remote = try remote(server)
        let error = await failure { _ = try await transport().tips(remote, branches: ["main"]) }
        #expect(error?.kind == .protocolViolation, "\(String(describing: error))")
    }

    @Test func whatAServerSendsUnaskedAnswersNothing() async throws {
        let connections = Mutex(0)
        let server = try HostileServer { client in
            let number = connections.withLock { count in
                count += 1
                return count
            }
            HostileServer.answer(client, Self.listing(Self.good) + (number == 1 ? Self.listing(Self.forged) : ""))
            HostileServer.hang(client)
        }
        let remote = try remote(server)
        let transport = transport()
        for _ in 0..<2 {
            #expect(try await transport.tips(remote, branches: ["main"])["main"]?.description == Self.good)
        }
        #expect(connections.withLock { $0 } == 2)
    }
}
