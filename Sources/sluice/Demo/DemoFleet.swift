import Core
import Foundation
import Manifests

/// The manifests that the demo begins with, and the one change that it makes.
struct DemoFleet {
    /// By path in the repository.
    private(set) var files: [String: String]
    private let catalog: Catalog

    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    /// Reads every manifest of a folder; without one, those of the checkout that this program stands in, and without
    /// that a small fleet of its own.
    init(folder: String?) throws {
        files = [:]
        if let folder {
            files = Self.read(folder)
            guard !files.isEmpty else { throw Unusable(description: "\(folder): there are no manifests") }
        } else if let found = Self.checkout() {
            files = Self.read(found)
        }
        if files.isEmpty { files = Self.standIn }
        var catalog = Catalog()
        _ = catalog.update(
            files.map { ($0.key, ManifestDecoder.decode(bytes: Array($0.value.utf8), path: $0.key)) })
        if let finding = catalog.findings.first(where: { $0.severity == .error }) {
            throw Unusable(description: "\(finding)")
        }
        self.catalog = catalog
    }

    var applications: [ApplicationName] { catalog.applicationNames }

    /// The application that is released, and its ladder.
    func target(_ name: ApplicationName) throws -> (application: Application, strategy: Strategy, path: String) {
        guard let entry = catalog.declared(name) else {
            throw Unusable(description: "the manifests declare no application \(name)")
        }
        return (entry.application, entry.strategy, entry.path)
    }

    /// The next minor version: `4.2.0`, then `4.3.0`.
    static func next(_ version: String) -> String {
        var parts = version.split(separator: ".").map(String.init)
        guard parts.count >= 2, let minor = Int(parts[1]) else { return version + ".1" }
        parts[1] = String(minor + 1)
        for index in parts.indices.dropFirst(2) { parts[index] = "0" }
        return parts.joined(separator: ".")
    }

    /// A manifest with another version of one application, and every other byte as it was.
    func release(_ name: ApplicationName, _ version: String) throws -> (path: String, text: String) {
        let (_, _, path) = try target(name)
        let edit = ManifestEdit(.application, name, ["spec", "version"], .set(.text(version)))
        do throws(ManifestEditError) {
            let edited = try edit.applied(to: Array((files[path] ?? "").utf8), path: path)
            return (path, String(decoding: edited, as: UTF8.self))
        } catch {
            throw Unusable(description: "\(path): \(error)")
        }
    }

    private static func read(_ folder: String) -> [String: String] {
        var files: [String: String] = [:]
        for name in (try? FleetReader.files(in: folder)) ?? [] {
            files[name] = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        }
        return files
    }

    private static func checkout() -> String? {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var places = [URL(filePath: FileManager.default.currentDirectoryPath)]
        var up = URL(filePath: program).deletingLastPathComponent()
        while up.path != "/" {
            places.append(up)
            up.deleteLastPathComponent()
        }
        return places.map { $0.appending(path: "Manifests").path }.first { path in
            FileManager.default.fileExists(atPath: path) && !read(path).isEmpty
        }
    }

    private static let standIn = [
        "search.yaml": """
        apiVersion: sluice.dev/v1
        kind: Application
        metadata:
          name: search
        spec:
          version: "4.2.0"
          components:
            - name: query-api
              kind: service
              replicas: 20
              run: {simulated: {startTime: 20s, capacity: 50}}
            - name: suggest-api
              kind: service
              replicas: 8
              run: {simulated: {startTime: 10s, capacity: 150}}
          rollout:
            strategy: canary-lite
        """,
        "checkout.yaml": """
        apiVersion: sluice.dev/v1
        kind: Application
        metadata:
          name: checkout
        spec:
          version: "2.0.1"
          components:
            - name: api
              kind: service
              replicas: 6
              run: {simulated: {startTime: 5s, capacity: 50}}
        """,
        "strategies.yaml": """
        apiVersion: sluice.dev/v1
        kind: Strategy
        metadata:
          name: canary-lite
        spec:
          stages:
            - {name: canary, weight: 1, hold: 2m, gates: [smoke, error-rate]}
            - {name: early, weight: 10, hold: 5m, gates: [error-rate]}
            - {name: half, weight: 50, hold: 5m, gates: [error-rate]}
            - {name: full, weight: 100, hold: 10m}
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata:
          name: smoke
        spec:
          smokeTest:
            requests:
              - {path: /health, expectStatus: 200}
        ---
        apiVersion: sluice.dev/v1
        kind: Gate
        metadata:
          name: error-rate
        spec:
          analysis: {metric: errorRate, max: 1%, interval: 30s, count: 3}
        """,
    ]
}
