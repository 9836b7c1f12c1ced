import Foundation
import Glibc
import TestSupport
import Testing

/// Debian's Prometheus on a free port of loopback, for as long as the body runs.
enum RealPrometheus {
    static func run(scraping port: Int, _ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "sluice-prometheus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = """
            global: {scrape_interval: 100ms, scrape_timeout: 100ms}
            scrape_configs:
              - {job_name: test, static_configs: [{targets: ["127.0.0.1:\(port)"]}]}

            """
        try Data(configuration.utf8).write(to: URL(filePath: folder + "/prometheus.yml"))
        let address = "127.0.0.1:\(try freePort())"
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // It ends when this process's end of the pipe closes, however this process ends.
        let script = """
            /usr/bin/prometheus --config.file="$1/prometheus.yml" --storage.tsdb.path="$1/data" \
            --web.listen-address="$2" >/dev/null 2>&1 </dev/null & server=$!
            read -r _; kill -KILL $server
            """
        process.arguments = ["-c", script, "sh", folder, address]
        let end = Pipe()
        process.standardInput = end
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { try? end.fileHandleForWriting.close() }
        try await body("http://\(address)")
    }

    private static func freePort() throws -> Int {
        try LoopbackServer(status: "200 OK").port
    }
}
