import Foundation
import Git
import Glibc
import TestSupport
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

    @Test func aTransferThatIsKilledTakesItsSshAlong() async throws {
        let server = try HostileServer { HostileServer.hang($0) }
        try scratch.write("", to: "known_hosts")
        let remote = try Remote(
            name: "r",
            url: "ssh://root@127.0.0.1:\(server.port)/x.git",
            credentials: Credentials(keyFile: scratch / "id", knownHostsFile: scratch / "known_hosts")
        )
        try scratch.run(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", scratch / "id"])
        let transport = transport(deadline: .milliseconds(600))
        let error = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
        #expect(error?.kind == .timedOut)
        let mark = scratch / "known_hosts"
        try await eventually("no ssh of this test runs") {
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
            return !processes.contains {
                let words = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
                return String(decoding: words, as: UTF8.self).contains(mark)
            }
        }
    }

    /// What stands in a file of known hosts, by what it says.
    enum Hosts: String, CaseIterable {
        case onlyRSA, onlyECDSA, rsaFirst, severalHosts, list, hashed, wildcard, withoutPort, endsWithCR, brokenLines
        case oldKeyBesideNew, withoutLastLineFeed, afterANegation
        case revoked, authorityOnly, negated, changed, changedAndHashed, folder, missing

        var isBelieved: Bool {
            ![.revoked, .authorityOnly, .negated, .changed, .changedAndHashed, .folder, .missing].contains(self)
        }
    }

    private func text(_ hosts: Hosts, port: Int) throws -> String {
        func key(_ name: String) throws -> String {
            let words = try String(contentsOfFile: scratch / "\(name).pub", encoding: .utf8).split(separator: " ")
            return words.prefix(2).joined(separator: " ")
        }
        let name = "[127.0.0.1]:\(port)"
        let (ed25519, rsa, ecdsa, other) = (
            try key("host"), try key("host_rsa"), try key("host_ecdsa"), try key("other")
        )
        return switch hosts {
        case .onlyRSA: "\(name) \(rsa)\n"
        case .onlyECDSA: "\(name) \(ecdsa)\n"
        case .rsaFirst: "\(name) \(rsa)\n\(name) \(ed25519)\n"
        case .severalHosts: "a.example \(rsa)\n\(name) \(ecdsa)\nb.example \(ed25519)\n"
        case .list: "a.example,\(name),b.example \(ed25519)\n"
        case .hashed: "\(name) \(rsa)\n"
        case .wildcard: "[127.0.*]:* \(ed25519)\n"
        case .withoutPort: "127.0.0.1 \(ed25519)\n"
        case .endsWithCR: "\(name) \(ed25519)\r\n"
        case .brokenLines: "# a comment\n\n \nbroken\n\(name) ssh-rsa !!!\n\(name) \(rsa) a word about it\n"
        case .oldKeyBesideNew: "\(name) \(other)\n\(name) \(ed25519)\n"
        case .withoutLastLineFeed: "\(name) \(ed25519)"
        case .afterANegation: "!a.example,\(name) \(ed25519)\n"
        case .revoked: "\(name) \(ed25519)\n@revoked * \(ed25519)\n"
        case .authorityOnly: "@cert-authority \(name) \(ed25519)\n"
        case .negated: "[127.0.*]:*,!\(name) \(ed25519)\n"
        case .changed, .changedAndHashed: "\(name) \(other)\n"
        case .folder, .missing: ""
        }
    }

    @Test(arguments: Hosts.allCases)
    func knownHostsMeanWhatTheyMeanToOpenSSH(hosts: Hosts) async throws {
        let server = try Server.ssh(scratch)
        let file = scratch / "hosts"
        switch hosts {
        case .folder: try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        case .missing: break
        default: try scratch.write(try text(hosts, port: server.port), to: "hosts")
        }
        if [.hashed, .changedAndHashed].contains(hosts) {
            try scratch.run(["/usr/bin/ssh-keygen", "-q", "-H", "-f", file])
        }
        let remote = try Remote(
            name: "r", url: "ssh://root@127.0.0.1:\(server.port)\(scratch / "remote.git")",
            credentials: Credentials(keyFile: scratch / "id", knownHostsFile: file))
        let transport = transport()
        guard hosts.isBelieved else {
            let error = await failure { _ = try await transport.tips(remote, branches: ["main"]) }
            #expect(error?.kind == .hostKey, "\(String(describing: error))")
            let word = ["revoked": "revoked", "changed": "has changed", "changedAndHashed": "has changed"][
                hosts.rawValue]
            #expect(error?.message.contains(word ?? "not") == true, "\(String(describing: error))")
            #expect(error?.message.contains("SHA256:") == true && error?.message.contains(file) == true)
            return
        }
        let mirror = try scratch.mirror()
        #expect(
            try await transport.fetch(remote, branches: ["main"], into: mirror.path).tip(of: "main") == scratch.tip())
    }

    /// With permissions that ssh would refuse of a file, and lines that end as on Windows.
    @Test(arguments: ["id", "id_rsa"])
    func aKeyCountsHoweverItsFileIsKept(key: String) async throws {
        let server = try Server.ssh(scratch)
        let text = try String(contentsOfFile: scratch / key, encoding: .utf8)
        try scratch.write(text.replacing("\n", with: "\r\n"), to: key)
        chmod(scratch / key, 0o644)
        #expect(try await transport().tips(try remote(server, key: key), branches: ["main"]).count == 1)
    }

    @Test func aKnownHostsFileMayBeNamedFromTheCurrentFolder() async throws {
        let server = try Server.ssh(scratch)
        let credentials = Credentials(keyFile: scratch / "id", knownHostsFile: "known_hosts")
        let remote = try Remote(
            name: "r", url: "ssh://root@127.0.0.1:\(server.port)\(scratch / "remote.git")", credentials: credentials)
        let transport = transport("-C", scratch.path)
        #expect(try await transport.tips(remote, branches: ["main"]).count == 1)
    }

    @Test func anAddressThatSshWouldTakeForAnOptionIsRefused() {
        for address in ["ssh://-oProxyCommand=x/y", "-oProxyCommand=x:y", "ssh://-lx@host/y"] {
            #expect(throws: GitError.self) { try Remote(name: "r", url: address) }
        }
    }
}
