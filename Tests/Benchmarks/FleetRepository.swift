/// A bare git repository of a fleet, made by `git fast-import`: one manifest for each application, about a hundred to a
/// folder and 700 bytes each, and the few strategies, gates and topics that they share.
struct FleetRepository {
    static let strategies = ["canary", "careful", "fast", "direct"]

    let path: String
    let applications: Int
    /// Bytes of all manifests.
    private(set) var size = 0
    /// Seconds since 1970 of the newest commit; commits made in the same order have the same ids.
    private var time = 1_767_225_600

    /// Makes the repository at a path where there is nothing.
    init(at path: String, applications: Int) throws {
        self.path = path
        self.applications = applications
        try Program.run(["git", "init", "-q", "--bare", "-b", "main", path])
        var files = Self.shared
        for index in 0..<applications { files.append((Self.path(of: index), Self.manifest(index, version: 1))) }
        size = files.reduce(0) { $0 + $1.1.utf8.count }
        try commit(files, message: "A fleet of \(applications)", isFirst: true)
        // Servers pack what they serve, with the tables that make serving fast.
        try Program.run(["git", "-C", path, "repack", "-q", "-a", "-d", "-b"])
    }

    static func name(_ index: Int) -> String {
        let digits = String(index)
        return "app-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    static func path(of index: Int) -> String { "fleet/\(index / 100)/\(name(index)).yaml" }

    /// Commits another version of one application.
    mutating func release(_ index: Int, version: Int) throws {
        let message = "\(Self.name(index)): 1.\(version).0"
        try commit([(Self.path(of: index), Self.manifest(index, version: version))], message: message)
    }

    private mutating func commit(_ files: [(String, String)], message: String, isFirst: Bool = false) throws {
        time += 1
        var stream: [UInt8] = []
        stream.reserveCapacity(files.count * 800)
        func line(_ text: String) { stream.append(contentsOf: (text + "\n").utf8) }
        func data(_ text: String) {
            line("data \(text.utf8.count)")
            line(text)
        }
        line("commit refs/heads/main")
        line("committer Fleet <fleet@example.com> \(time) +0000")
        data(message)
        if !isFirst { line("from refs/heads/main^0") }
        for (path, text) in files {
            line("M 100644 inline \(path)")
            data(text)
        }
        let input = path + ".stream"
        try Files.write(stream, to: input)
        try Program.run(["git", "-C", path, "fast-import", "--quiet"], input: input)
        try Program.run(["rm", input])
    }

    static func manifest(_ index: Int, version: Int) -> String {
        let name = name(index)
        return """
            apiVersion: sluice.dev/v1
            kind: Application
            metadata:
              name: \(name)
            spec:
              version: "1.\(version).0"
              activation: active
              sides: [flip, flop]
              components:
                - name: api
                  kind: service
                  replicas: \(2 + index % 40)        # full capacity
                  run: {simulated: {startTime: \(5 + index % 20)s, capacity: 50}}
                - name: worker
                  kind: consumer
                  replicas: \(1 + index % 6)
                  run: {simulated: {startTime: 5s}}
                  subscriptions:
                    - {topic: listings, subscription: \(name)-worker}
              contract:
                accepts: {listings: [v1, v2]}
                publishes: {clicks: [v1]}
              rollout:
                strategy: \(strategies[index % strategies.count])

            """
    }

    /// Paths and texts of what the applications share.
    static var shared: [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        for (index, name) in strategies.enumerated() {
            files.append(
                (
                    "strategies/\(name).yaml",
                    """
                    apiVersion: sluice.dev/v1
                    kind: Strategy
                    metadata:
                      name: \(name)
                    spec:
                      prescale: 25%
                      surge: 25%
                      stages:
                        - {name: canary, weight: \(1 + index), hold: 2m, gates: [error-rate]}
                        - {name: half, weight: 50, hold: 5m, gates: [error-rate]}
                        - {name: full, weight: 100, hold: 10m}
                      progressDeadline: 20m
                      onFailure: rollback
                      retention: {for: 24h, capacity: 25%}

                    """
                ))
        }
        files.append(
            (
                "gates/error-rate.yaml",
                """
                apiVersion: sluice.dev/v1
                kind: Gate
                metadata:
                  name: error-rate
                spec:
                  analysis: {metric: errorRate, max: 1%, interval: 30s, count: 3}

                """
            ))
        for (name, schemas) in [("listings", "[v1, v2]"), ("clicks", "[v1]")] {
            let head = "apiVersion: sluice.dev/v1\nkind: Topic\nmetadata:\n  name: \(name)\n"
            files.append(("topics/\(name).yaml", head + "spec:\n  partitions: 8\n  schemas: \(schemas)\n"))
        }
        return files
    }
}
