import Foundation
import Git
import Testing

@Suite struct HTTPSTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.repository(commits: [["a": "1"]])
    }

    /// A key and a certificate that it signed itself, as `<name>.pem` and `<name>.crt`.
    private func makeCertificate(_ name: String, for host: String = "localhost") throws {
        try scratch.run([
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)", "-keyout",
            scratch / "\(name).key", "-out", scratch / "\(name).crt",
        ])
        let parts = try ["key", "crt"].map { try String(contentsOfFile: scratch / "\(name).\($0)", encoding: .utf8) }
        try scratch.write(parts.joined(), to: "\(name).pem")
    }

    private func remote(_ server: Server, trusting file: String? = nil) throws -> Remote {
        let url = "https://localhost:\(server.port)/git/remote.git"
        return try Remote(name: "r", url: url, credentials: Credentials(caFile: file))
    }

    private func refusal(_ remote: Remote, _ transport: Transport) async -> GitError? {
        await failure { _ = try await transport.tips(remote, branches: ["main"]) }
    }

    @Test func aCertificateIsBelievedThroughItsAuthorityAlone() async throws {
        try makeCertificate("server")
        try makeCertificate("other")
        let server = try Server.http(scratch, certificate: scratch / "server.pem")
        let transport = transport()
        let error = await refusal(try remote(server), transport)
        #expect(error?.kind == .unreachable, "\(String(describing: error))")
        #expect(error?.message.contains("certificate of localhost is not trusted") == true)
        #expect(error?.advice?.contains("--ca-file") == true)
        let good = try remote(server, trusting: scratch / "server.crt")
        let mirror = try scratch.mirror()
        #expect(try await transport.fetch(good, branches: ["main"], into: mirror.path).tip(of: "main") == scratch.tip())
        var edit = TreeEdit()
        edit.set("status", to: [1])
        let id = try await mirror.commit(edit, on: nil, message: "one", author: signature)
        let update = RefUpdate("refs/heads/s", to: id, expecting: nil)
        #expect(try await transport.push(good, updates: [update], from: mirror.path) == ["refs/heads/s": .accepted])
        for file in [scratch / "other.crt", nil] {
            let error = await refusal(try remote(server, trusting: file), transport)
            #expect(error?.message.contains("not trusted") == true, "\(String(describing: error))")
        }
        #expect(await transport.spawned == 1)
    }

    @Test func aCertificateOfAnotherHostIsRefused() async throws {
        try makeCertificate("server", for: "elsewhere.example.org")
        let server = try Server.http(scratch, certificate: scratch / "server.pem")
        let error = await refusal(try remote(server, trusting: scratch / "server.crt"), transport())
        #expect(error?.message.contains("not trusted") == true, "\(String(describing: error))")
    }

    @Test func aFileThatHoldsNoAuthorityIsNamed() async throws {
        try scratch.write("nonsense", to: "nonsense.crt")
        for name in ["nonsense.crt", "absent.crt"] {
            let remote = try Remote(
                name: "r",
                url: "https://localhost:1/x.git",
                credentials: Credentials(caFile: scratch / name)
            )
            let error = await refusal(remote, transport())
            #expect(error?.kind == .invalid)
            #expect(error?.message.contains(name) == true, "\(String(describing: error))")
        }
    }
}
