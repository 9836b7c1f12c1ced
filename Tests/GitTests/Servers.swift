import Foundation
import Glibc
import TestSupport
import Testing

/// A real server on loopback. It ends with this object, and with the test process however that ends.
final class Server: Sendable {
    let port: Int
    private let process: pid_t

    /// It is there once `isReady` says so; nil asks whether it listens on its port.
    init(
        port: Int,
        _ words: [String],
        environment: [String: String] = [:],
        isReady: (() throws -> Bool)? = nil
    ) throws {
        self.port = port
        let spawned = Spawned()
        let variables = ["PATH": "/usr/sbin:/usr/bin:/bin"].merging(environment) { $1 }.map { "\($0)=\($1)" }
        // The thread stays until the server ends: a parent-death signal comes when the *thread* that spawned ends.
        Thread.detachNewThread {
            spawned.run(["/usr/bin/setpriv", "--pdeathsig", "KILL"] + words, variables)
        }
        process = spawned.wait()
        try #require(process > 0)
        try eventuallyStanding("\(words[0]) listens") { try isReady?() ?? Self.isListening(Self.address(port)) }
    }

    deinit {
        // Its own group: CGI programs and sessions go with it.
        kill(-process, SIGKILL)
    }

    static func address(_ port: Int, host: UInt32 = 0x7f00_0001) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(host).bigEndian
        return address
    }

    private static func isListening(_ address: sockaddr_in) -> Bool {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = address
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func listen(port: Int = 0) throws -> (file: Int32, port: Int) {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && Glibc.listen(file, 64) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        try #require(code)
        return (file, Int(in_port_t(bigEndian: address.sin_port)))
    }

    static func freePort() throws -> Int {
        let (file, port) = try listen()
        close(file)
        return port
    }

    /// `git http-backend` behind lighttpd; with a password where `user` is given, and over TLS where `certificate`
    /// names a file of a key and its certificate. Where `target` is given, everything is answered with a redirect there.
    static func http(
        _ scratch: Scratch,
        user: (name: String, password: String)? = nil,
        certificate: String? = nil,
        redirecting target: String? = nil
    ) throws -> Server {
        let port = try freePort()
        var text = """
            server.modules = ("mod_alias", "mod_cgi", "mod_setenv", "mod_auth", "mod_authn_file")
            server.document-root = "\(scratch.path)"
            server.port = \(port)
            server.bind = "127.0.0.1"
            server.max-keep-alive-requests = 100000
            alias.url = ("/git" => "/usr/lib/git-core/git-http-backend")
            cgi.assign = ("" => "")
            setenv.set-environment = (
                "GIT_PROJECT_ROOT" => "\(scratch.path)", "GIT_HTTP_EXPORT_ALL" => "1", "HOME" => "\(scratch.path)")

            """
        if let target {
            text += """
                server.modules += ("mod_redirect")
                url.redirect = ("^/git/(.*)" => "\(target)/$1")

                """
        }
        if let certificate {
            text += """
                server.modules += ("mod_openssl")
                ssl.engine = "enable"
                ssl.pemfile = "\(certificate)"

                """
        }
        if let user {
            try scratch.write("\(user.name):\(user.password)\n", to: "users")
            text += """
                auth.backend = "plain"
                auth.backend.plain.userfile = "\(scratch / "users")"
                auth.require = ("/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))

                """
        } else {
            text += "setenv.add-environment = (\"REMOTE_USER\" => \"t\")\n"
        }
        try scratch.write(text, to: "lighttpd-\(port).conf")
        try scratch.write("[safe]\n\tdirectory = *\n", to: ".gitconfig")
        return try Server(port: port, ["/usr/sbin/lighttpd", "-D", "-f", scratch / "lighttpd-\(port).conf"])
    }

    static func gitDaemon(_ scratch: Scratch) throws -> Server {
        let port = try freePort()
        return try Server(
            port: port,
            [
                "/usr/lib/git-core/git-daemon", "--export-all", "--enable=receive-pack", "--listen=127.0.0.1",
                "--port=\(port)", "--base-path=\(scratch.path)", "--reuseaddr",
            ],
            environment: ["HOME": scratch.path]
        )
    }

    /// OpenSSH with host keys of three kinds of its own; writes `known_hosts`, and the user's keys `id` and `id_rsa` beside it.
    ///
    /// On loopback, at a port of its own; or at ssh's own port, of an address of its own.
    static func ssh(_ scratch: Scratch, atStandardPortOf address: String? = nil) throws -> Server {
        let port = try address == nil ? freePort() : 22
        let host = address ?? "127.0.0.1"
        for (name, type) in [
            ("host", "ed25519"), ("host_rsa", "rsa"), ("host_ecdsa", "ecdsa"), ("id", "ed25519"), ("id_rsa", "rsa"),
            ("other", "ed25519"),
        ] {
            try scratch.run([
                "/usr/bin/ssh-keygen", "-q", "-t", type, "-b", type == "rsa" ? "2048" : "256", "-N", "", "-f",
                scratch / name,
            ])
        }
        mkdir("/run/sshd", 0o755)
        let name = address ?? "[127.0.0.1]:\(port)"
        let mine = try String(contentsOfFile: scratch / "id.pub", encoding: .utf8)
        let rsa = try String(contentsOfFile: scratch / "id_rsa.pub", encoding: .utf8)
        try scratch.write(mine + rsa, to: "authorized")
        let key = try String(contentsOfFile: scratch / "host.pub", encoding: .utf8)
        let other = try String(contentsOfFile: scratch / "other.pub", encoding: .utf8)
        try scratch.write("\(name) \(key)", to: "known_hosts")
        try scratch.write("\(name) \(other)", to: "known_hosts_changed")
        try scratch.write("", to: "known_hosts_empty")
        try scratch.write(
            """
            Port \(port)
            ListenAddress \(host)
            HostKey \(scratch / "host")
            HostKey \(scratch / "host_rsa")
            HostKey \(scratch / "host_ecdsa")
            AuthorizedKeysFile \(scratch / "authorized")
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin yes

            """,
            to: "sshd.conf"
        )
        return try Server(port: port, ["/usr/sbin/sshd", "-D", "-f", scratch / "sshd.conf"]) {
            var number = in_addr()
            inet_pton(AF_INET, host, &number)
            return isListening(Server.address(port, host: UInt32(bigEndian: number.s_addr)))
        }
    }

    /// An ssh agent that holds nothing yet, and its socket.
    static func sshAgent(_ scratch: Scratch) throws -> (server: Server, socket: String) {
        let socket = scratch / "agent"
        let server = try Server(port: 0, ["/usr/bin/ssh-agent", "-D", "-a", socket]) { access(socket, F_OK) == 0 }
        return (server, socket)
    }
}

/// Hands a process id from the thread that spawns it.
private final class Spawned: @unchecked Sendable {
    private let ready = DispatchSemaphore(value: 0)
    private var process: pid_t = -1

    func wait() -> pid_t {
        ready.wait()
        return process
    }

    func run(_ words: [String], _ variables: [String]) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for file: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, file, "/dev/null", O_RDWR, 0) }
        var arguments = words.map { strdup($0) } + [nil]
        var environment = variables.map { strdup($0) } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var spawned: pid_t = -1
        let code = posix_spawn(&spawned, words[0], &actions, &attributes, &arguments, &environment)
        process = code == 0 ? spawned : -1
        ready.signal()
        guard code == 0 else { return }
        var status: Int32 = 0
        while waitpid(spawned, &status, 0) < 0 && errno == EINTR {}
    }
}

/// A little server that does harm: each connection is handed to `serve` on a thread of its own.
final class HostileServer: Sendable {
    let port: Int
    private let file: Int32

    init(_ serve: @escaping @Sendable (Int32) -> Void) throws {
        let (file, port) = try Server.listen()
        (self.file, self.port) = (file, port)
        Thread.detachNewThread {
            while true {
                let client = accept(file, nil, nil)
                if client < 0 { return }
                Thread.detachNewThread {
                    serve(client)
                    close(client)
                }
            }
        }
    }

    deinit { shutdown(file, Int32(SHUT_RDWR)) }

    /// Reads a request and answers it with these bytes.
    static func answer(_ client: Int32, _ text: String) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        _ = recv(client, &buffer, buffer.count, 0)
        put(client, text)
    }

    @discardableResult
    static func put(_ client: Int32, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Waits until the other side goes away.
    static func hang(_ client: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while recv(client, &buffer, buffer.count, 0) > 0 {}
    }
}
