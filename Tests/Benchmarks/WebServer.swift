import Glibc

/// `git http-backend` behind lighttpd on loopback, serving a folder's repositories under `/git/`.
final class WebServer {
    let port: Int
    private let process: pid_t

    init(root: ScratchFolder) throws {
        port = try Self.freePort()
        let text = """
            server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
            server.document-root = "\(root.path)"
            server.port = \(port)
            server.bind = "127.0.0.1"
            server.max-keep-alive-requests = 1000000
            server.max-keep-alive-idle = 600
            alias.url = ("/git" => "/usr/lib/git-core/git-http-backend")
            cgi.assign = ("" => "")
            setenv.set-environment = (
                "GIT_PROJECT_ROOT" => "\(root.path)", "GIT_HTTP_EXPORT_ALL" => "1", "HOME" => "\(root.path)")
            setenv.add-environment = ("REMOTE_USER" => "benchmarks")

            """
        try Files.write(text.utf8, to: root.file("lighttpd.conf"))
        try Files.write("[safe]\n\tdirectory = *\n[http]\n\treceivepack = true\n".utf8, to: root.file(".gitconfig"))
        // Ends by itself, should this process be killed.
        process = try Program.start(["timeout", "6h", "lighttpd", "-D", "-f", root.file("lighttpd.conf")])
        for _ in 0..<2_000 {
            if Self.connects(to: port) { return }
            usleep(5_000)
        }
        throw Program.Failure(description: "lighttpd does not listen")
    }

    deinit {
        // `timeout` leads a group of its own, in which lighttpd and its children are.
        kill(-process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        return address
    }

    static func connects(to port: Int) -> Bool {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = address(port)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func freePort() throws -> Int {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        guard isBound else { throw Program.Failure(description: "no port is free") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
