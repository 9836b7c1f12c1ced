import Foundation
import Git
import Glibc
import Testing

/// A real server on loopback for the repositories of a folder, which runs their hooks. It ends with this object.
final class GitDaemon: Sendable {
    let port: Int
    private let process: Process

    init(serving folder: String) throws {
        port = try Self.freePort()
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = [
            "--pdeathsig", "KILL", "/usr/lib/git-core/git-daemon", "--listen=127.0.0.1", "--port=\(port)",
            "--base-path=\(folder)", "--export-all", "--enable=receive-pack", "--reuseaddr", folder,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { process.terminate() }

    func url(_ name: String) -> String { "git://127.0.0.1:\(port)/\(name)" }

    /// Returns when it answers.
    func answers(_ transport: Transport, _ name: String) async throws {
        let remote = try Remote(name: "asked", url: url(name))
        let end = ContinuousClock.now + .seconds(20)
        while (try? await transport.tips(remote, branches: ["main"])) == nil {
            try #require(ContinuousClock.now < end, "git daemon answers")
        }
    }

    private static func freePort() throws -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        try #require(code)
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
