import Glibc

/// What the agent's endpoint answers in a second, beside nginx and Envoy with the same answer, by one thread each.
struct ElevationPolls {
    let rounds: Int

    private static let path = "/sidecar/v1/elevation/active"

    /// A server under test.
    private final class Server {
        let port: Int
        let process: pid_t
        var rates: [Double] = []
        var tails: [Double] = []

        init(port: Int, _ words: [String]) throws {
            self.port = port
            process = try Program.start(words)
            for _ in 0..<2_000 {
                if WebServer.connects(to: port) { return }
                usleep(5_000)
            }
            throw Program.Failure(description: "\(words[0]) does not listen")
        }

        deinit {
            kill(process, SIGTERM)
            var status: Int32 = 0
            waitpid(process, &status, 0)
        }

        /// One run of wrk.
        func load(seconds: Int) throws {
            let url = "http://127.0.0.1:\(port)\(ElevationPolls.path)"
            let text = try Program.read(["wrk", "-t1", "-c64", "-d\(seconds)s", "--latency", url])
            guard !text.contains("Non-2xx"), !text.contains("Socket errors") else {
                throw Program.Failure(description: "wrk met errors: \(text)")
            }
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 2 else { continue }
                if words[0] == "Requests/sec:", let rate = Double(words[1]) { rates.append(rate) }
                if words[0] == "99%", let time = Self.milliseconds(words[1]) { tails.append(time) }
            }
        }

        private static func milliseconds(_ text: Substring) -> Double? {
            for (unit, factor) in [("us", 0.001), ("ms", 1), ("s", 1_000)] where text.hasSuffix(unit) {
                return Double(text.dropLast(unit.count)).map { $0 * factor }
            }
            return nil
        }

        /// A line of what the system counts of its memory, in megabytes.
        func memory(_ key: String) throws -> Double {
            let text = String(decoding: try Files.read("/proc/\(process)/status"), as: UTF8.self)
            for line in text.split(separator: "\n") where line.hasPrefix(key + ":") {
                let words = line.split(whereSeparator: \.isWhitespace)
                if words.count > 1, let size = Double(words[1]) { return size * 1_024 / 1e6 }
            }
            throw Program.Failure(description: "no \(key) is known of process \(process)")
        }
    }

    func measure(_ report: inout Report) throws {
        let scratch = try ScratchFolder()
        let servers = [
            ("the agent", try agent(scratch)), ("nginx", try nginx(scratch)), ("Envoy", try envoy(scratch)),
        ]
        for (_, server) in servers { try server.load(seconds: 1) }
        for (_, server) in servers { (server.rates, server.tails) = ([], []) }
        for _ in 0..<rounds { for (_, server) in servers { try server.load(seconds: 2) } }
        let (ours, nginx, envoy) = (servers[0].1, servers[1].1, servers[2].1)
        for (name, server) in servers {
            let dash = name == "the agent" ? "" : "— "
            report.add("\(dash)polls answered in a second, \(name)", 1, server.rates, unit: "/s")
            report.add("\(dash)99 of 100 polls within, \(name)", 1, server.tails, unit: "ms")
            let aim: Figure.Aim? = name == "the agent" ? .below(25) : nil
            report.add("\(dash)resident memory, \(name)", 1, [try server.memory("VmRSS")], unit: "MB", aim: aim)
            report.add("\(dash)of it not shared with a file, \(name)", 1, [try server.memory("RssAnon")], unit: "MB")
        }
        report.add(rate: "polls in a second ÷ nginx's", 1, ours.rates, to: nginx.rates, atLeast: 0.6)
        report.add(rate: "polls in a second ÷ Envoy's", 1, ours.rates, to: envoy.rates, atLeast: 1)
        report.add(ratio: "99 of 100 polls within ÷ Envoy's", 1, ours.tails, to: envoy.tails, aim: 1)
    }

    /// Where this program was built to.
    private func built() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else { throw Program.Failure(description: "no /proc") }
        defer { free(path) }
        let text = String(cString: path)
        return String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)])
    }

    private func agent(_ scratch: ScratchFolder) throws -> Server {
        let port = try WebServer.freePort()
        try Program.run(["mkdir", scratch.file("instances")])
        let release = "\"application\":\"search\",\"component\":\"indexer\",\"side\":\"flop\",\"version\":\"1\""
        try Files.write(
            "{\"instance\":\"one\",\(release),\"listen\":\"127.0.0.1:\(port)\"}".utf8,
            to: scratch.file("instances/one.json"))
        try Files.write(
            "{\"full\":true,\"states\":[{\"instance\":\"one\",\(release),\"active\":true,\"weight\":10,\"since\":\"\",\"epoch\":1,\"sequence\":1}]}"
                .utf8,
            to: scratch.file("elevations.json"))
        return try Server(
            port: port,
            [
                "\(try built())/sluice", "agent", "--instances", scratch.file("instances"), "--state",
                scratch.file("agent"), "--machine", "m1", "--elevations", scratch.file("elevations.json"),
            ])
    }

    private func nginx(_ scratch: ScratchFolder) throws -> Server {
        let port = try WebServer.freePort()
        let text = """
            daemon off; master_process off; worker_processes 1; error_log /dev/null; pid \(scratch.file("nginx.pid"));
            events { worker_connections 512; }
            http {
                access_log off; keepalive_requests 1000000000;
                server {
                    listen 127.0.0.1:\(port);
                    location = \(Self.path) { default_type application/json; return 200 '{"active":true}'; }
                }
            }

            """
        try Files.write(text.utf8, to: scratch.file("nginx.conf"))
        return try Server(port: port, ["nginx", "-p", scratch.path, "-c", scratch.file("nginx.conf")])
    }

    private func envoy(_ scratch: ScratchFolder) throws -> Server {
        let port = try WebServer.freePort()
        let types = "type.googleapis.com/envoy.extensions.filters"
        let text = """
            {"static_resources": {"listeners": [{
              "name": "polls", "address": {"socket_address": {"address": "127.0.0.1", "port_value": \(port)}},
              "filter_chains": [{"filters": [{"name": "http", "typed_config": {
                "@type": "\(types).network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "polls",
                "http_filters": [{"name": "router", "typed_config": {"@type": "\(types).http.router.v3.Router"}}],
                "route_config": {"virtual_hosts": [{"name": "polls", "domains": ["*"], "routes": [{
                  "match": {"path": "\(Self.path)"},
                  "direct_response": {"status": 200, "body": {"inline_string": "{\\"active\\":true}"}}}]}]}}}]}]}]}}

            """
        try Files.write(text.utf8, to: scratch.file("envoy.json"))
        return try Server(
            port: port,
            [
                "\(try built())/../../tools/envoy", "--config-path", scratch.file("envoy.json"), "--concurrency", "1",
                "--disable-hot-restart", "--log-level", "off",
            ])
    }
}
