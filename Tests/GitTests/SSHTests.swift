import Foundation
import Git
import Glibc
import Testing

@Suite struct SSHTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.repository(commits: [["a": "1"]])
    }

    private func remote(_ server: Server, key: String? = nil) throws -> Remote {
        try Remote(
            name: "r",
            url: "ssh://root@127.0.0.1:\(server.port)\(scratch / "remote.git")",
            credentials: Credentials(keyFile: key.map { scratch / $0 }, knownHostsFile: scratch / "known_hosts")
        )
    }

    /// A transport whose child has another environment.
    private func transport(_ words: String..., deadline: Duration = .seconds(20)) -> Transport {
        Transport(
            executable: "/usr/bin/env",
            arguments: words + [sluice, "transport"],
            limits: Transport.Limits(deadline: deadline)
        )
    }

    @Test func anAgentOpensWhatItHasTheKeyOf() async throws {
        let server = try Server.ssh(scratch)
        let (agent, socket) = try Server.sshAgent(scratch)
        defer { withExtendedLifetime(agent) {} }
        let transport = transport("SSH_AUTH_SOCK=\(socket)")
        let remote = try remote(server)
        let empty = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
        #expect(empty?.kind == .authentication, "\(String(describing: empty))")
        try scratch.run(["/usr/bin/env", "SSH_AUTH_SOCK=\(socket)", "/usr/bin/ssh-add", "-q", scratch / "id"])
        let mirror = try scratch.mirror()
        let found = try await transport.fetch(remote, branches: ["main"], into: mirror.path)
        #expect(try found.tip(of: "main") == scratch.tip())
    }

    @Test func withoutAKeyAndAnAgentTheMessageSaysSo() async throws {
        let server = try Server.ssh(scratch)
        let transport = transport("-u", "SSH_AUTH_SOCK")
        let error = await failure { _ = try await transport.tips(try remote(server), branches: ["main"]) }
        #expect(error?.kind == .authentication)
        #expect(error?.message.contains("no ssh agent runs") == true, "\(String(describing: error))")
    }

    @Test(arguments: [["-t", "ed25519"], ["-t", "rsa", "-b", "2048", "-m", "PEM"]])
    func aKeyWithAPassphraseIsOneClearMessage(kind: [String]) async throws {
        let server = try Server.ssh(scratch)
        try scratch.run(["/usr/bin/ssh-keygen", "-q", "-N", "secret", "-f", scratch / "locked"] + kind)
        let remote = try remote(server, key: "locked")
        let error = await failure { _ = try await transport().tips(remote, branches: ["main"]) }
        #expect(error?.kind == .authentication)
        #expect(error?.message.contains("has a passphrase") == true, "\(String(describing: error))")
        #expect(error?.advice?.contains("ssh-add") == true)
    }

    @Test func whatIsNoKeyIsOneClearMessage() async throws {
        let server = try Server.ssh(scratch)
        try scratch.write("nonsense", to: "nonsense")
        let error = await failure {
            _ = try await transport().tips(try remote(server, key: "nonsense"), branches: ["main"])
        }
        #expect(error?.kind == .authentication, "\(String(describing: error))")
        #expect(error?.message.contains("nonsense") == true, "\(String(describing: error))")
    }

    /// Such an address cannot name a port, so the server needs ssh's own, at a loopback address of this test's own.
    @Test(.enabled(if: geteuid() == 0, "only root may listen on port 22"), arguments: [false, true])
    func anAddressLikeThatOfScpReachesAPath(isRelative: Bool) async throws {
        let address = "127.22.\(UInt8.random(in: 1...250)).\(UInt8.random(in: 1...250))"
        let server = try Server.ssh(scratch, atStandardPortOf: address)
        defer { withExtendedLifetime(server) {} }
        let home = String(cString: getpwuid(geteuid()).pointee.pw_dir)
        let up = String(repeating: "../", count: home.split(separator: "/").count)
        let path = scratch / "remote.git"
        let remote = try Remote(
            name: "r",
            url: "root@\(address):" + (isRelative ? up + path.dropFirst() : path),
            credentials: Credentials(keyFile: scratch / "id", knownHostsFile: scratch / "known_hosts")
        )
        #expect(try await transport().tips(remote, branches: ["main"]) == ["main": scratch.tip()])
    }

    @Test func aTransferThatIsKilledLeavesNothingInTheTemporaryFolder() async throws {
        let server = try HostileServer { HostileServer.hang($0) }
        try scratch.write("", to: "known_hosts")
        let remote = try Remote(
            name: "r",
            url: "ssh://root@127.0.0.1:\(server.port)/x.git",
            credentials: Credentials(keyFile: scratch / "id", knownHostsFile: scratch / "known_hosts")
        )
        let transport = transport(deadline: .milliseconds(600))
        let error = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
        #expect(error?.kind == .timedOut)
        let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            let link = "\(folder)/\(name)/.ssh/known_hosts"
            let file =
                name.hasPrefix("sluice-ssh-") ? try? FileManager.default.destinationOfSymbolicLink(atPath: link) : nil
            return file == scratch / "known_hosts"
        }
        #expect(left.isEmpty)
    }
}
