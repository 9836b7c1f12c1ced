package import Core
import Foundation
package import Git
package import Reconciler
package import Repository
package import Synchronization

/// A bare repository that plays the remote, and adapters that read and write it through children of the real program.
package final class GitBench: Sendable {
    package let folder: String
    package let path: String
    package let repository: Mirror
    /// What the adapters told.
    package let notices = Mutex<[String]>([])

    package init() throws {
        folder = NSTemporaryDirectory() + "/sluice-adapters-\(UUID().uuidString)"
        path = folder + "/remote.git"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        repository = try Mirror(at: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    package static func application(
        _ name: String, _ version: String, replicas: Int = 2, activation: String = "active"
    ) -> String {
        """
        apiVersion: sluice.dev/v1
        kind: Application
        metadata: {name: \(name)}
        spec:
          version: "\(version)"
          activation: \(activation)
          components:
            - {name: api, kind: service, replicas: \(replicas), run: {simulated: {}}}
        """
    }

    @discardableResult
    package func commit(_ files: [String: String?], on base: ObjectID? = nil) async throws -> ObjectID {
        var edit = TreeEdit()
        for (path, text) in files {
            if let text { edit.set(path, to: Array(text.utf8)) } else { edit.remove(path) }
        }
        let tip = try await repository.tip(of: "main")
        let id = try await repository.commit(
            edit, on: base ?? tip, message: "c",
            author: Signature(name: "T", email: "t@example.org", time: 1_700_000_000))
        try await repository.set("refs/heads/main", to: id)
        return id
    }

    /// The `sluice` that was built beside these tests.
    package var transport: Transport {
        var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            folder = URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return Transport(executable: folder.appendingPathComponent("sluice").path)
    }

    package func statuses(_ name: String, _ tenancy: Tenancy? = nil) throws -> GitStatusStore {
        GitStatusStore(
            mirror: try Mirror(at: "\(folder)/status-\(name)"), transport: transport,
            remote: try Remote(name: "status", url: path), environment: "default",
            time: ClockTime<ContinuousClock>.wall(), tenancy: tenancy, notice: { [weak self] in self?.hear($0) })
    }

    /// - Returns: how it ended.
    package static func shell(_ script: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private func hear(_ notice: String) { notices.withLock { $0.append(notice) } }

    /// Leaves of a mirror's objects what a file system may after the power went.
    package func emptyObjects(of name: String) throws {
        let folder = "\(folder)/\(name)/objects"
        for file in try FileManager.default.subpathsOfDirectory(atPath: folder)
        where file.utf8.count == 41 || file.hasSuffix(".pack") {
            try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
            try Data().write(to: URL(filePath: "\(folder)/\(file)"))
        }
    }

    /// The remote is reached by its path, or at `url`.
    package func manifests(
        _ name: String, recorded: [Status] = [], neighbour: GitStatusStore? = nil, url: String? = nil, path: String = ""
    ) throws -> GitManifestSource {
        GitManifestSource(
            mirror: try Mirror(at: "\(folder)/manifests-\(name)"), transport: transport,
            remote: try Remote(name: "manifests", url: url ?? self.path), branch: "main", path: path,
            environment: "default", neighbour: neighbour, recorded: { recorded },
            notice: { [weak self] in self?.hear($0) })
    }

    package func requests(_ name: String, check: SignatureCheck? = nil, told: Told = Told()) throws -> GitRequestSource
    {
        GitRequestSource(
            mirror: try Mirror(at: "\(folder)/requests-\(name)"), transport: transport,
            remote: try Remote(name: "requests", url: path), environment: "default",
            time: ClockTime<ContinuousClock>.wall(), check: check, notice: { told.add($0) })
    }

    package func changed(_ source: GitManifestSource) async throws -> FleetChange {
        let outcome = await source.fetch()
        guard case .changed(let change) = outcome else {
            struct Unexpected: Error { var outcome: FetchOutcome }
            throw Unexpected(outcome: outcome)
        }
        return change
    }
}

/// What an adapter had to say.
package final class Told: Sendable {
    private let state = Mutex<[String]>([])

    package init() {}

    package var sentences: [String] { state.withLock { $0 } }

    package func add(_ sentence: String) { state.withLock { $0.append(sentence) } }
}
