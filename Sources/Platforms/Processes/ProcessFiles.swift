import Foundation
import Glibc
import Signal

/// The directory that is the truth about what runs: a file for each application, a file for each process, what agents
/// are told of instances, and output.
struct ProcessFiles: Sendable {
    /// Absolute; what marks the processes that belong here.
    let directory: String

    init(_ directory: String) throws {
        let url = URL(filePath: directory, directoryHint: .isDirectory)
        for folder in ["applications", "replicas", "instances", "logs"] {
            try FileManager.default.createDirectory(
                at: url.appending(path: folder), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        var path = url.resolvingSymlinksInPath().path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.directory = path
    }

    /// Where registrations of instances are, for the machine's agent.
    var instances: String { "\(directory)/instances" }

    /// Where a deployment's output is.
    func logs(of deployment: String) -> String { "\(directory)/logs/\(deployment)" }

    func log(of replica: ReplicaRecord) -> String {
        "\(logs(of: replica.deployment))/\(replica.component)-\(replica.ordinal).log"
    }

    // MARK: Records

    func loadApplications() throws -> [ApplicationRecord] { try load("applications") }

    func save(_ application: ApplicationRecord) throws {
        // Neither name has a plus in it.
        let name = application.key.replacingOccurrences(of: "/", with: "+")
        try save(application, to: "\(directory)/applications/\(name).json", isDurable: true)
    }

    /// Removes the record of an application as it was before environments were told apart.
    func removeUnplaced(_ name: String) { unlink("\(directory)/applications/\(name).json") }

    func loadReplicas() throws -> [ReplicaRecord] { try load("replicas") }

    /// Its process ends with the machine's power; half a file must not be what is left of it.
    func save(_ replica: ReplicaRecord) throws {
        try save(replica, to: "\(directory)/replicas/\(replica.instance).json", isDurable: true)
    }

    func remove(_ replica: ReplicaRecord) { unlink("\(directory)/replicas/\(replica.instance).json") }

    private func load<Record: Decodable>(_ folder: String) throws -> [Record] {
        let folder = "\(directory)/\(folder)"
        return try SmallFile.names(in: folder).filter { $0.hasSuffix(".json") }.compactMap { name in
            guard let bytes = try SmallFile.bytes("\(folder)/\(name)", limit: 64 << 20) else {
                guard access("\(folder)/\(name)", F_OK) == 0 else { return nil }
                throw SmallFileError("\(folder)/\(name)", "read")
            }
            do {
                return try JSONDecoder().decode(Record.self, from: Data(bytes))
            } catch {
                throw ProcessFilesError(
                    description: "\(folder)/\(name): not a record (\(error)); what it stands for cannot be told")
            }
        }
    }

    private func save(_ record: some Encodable, to path: String, isDurable: Bool) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try SmallFile.replace(path, Array(try encoder.encode(record)), isDurable: isDurable)
    }

    // MARK: Registrations

    /// What a machine's agent is told of an instance.
    private struct Registration: Encodable {
        var instance: String
        var application: String
        var component: String
        var side: String
        var version: String
        var listen: String
    }

    func register(
        _ replica: ReplicaRecord, of application: String, side: String, version: String, port: Int
    ) throws {
        try save(
            Registration(
                instance: replica.instance, application: application, component: replica.component, side: side,
                version: version, listen: "127.0.0.1:\(port)"),
            to: "\(instances)/\(replica.instance).json", isDurable: false)
    }

    func unregister(_ instance: String) { unlink("\(instances)/\(instance).json") }

    /// Removes registrations of instances that are not among these.
    func unregister(besides known: Set<String>) throws {
        for name in try SmallFile.names(in: instances) where name.hasSuffix(".json") {
            let instance = String(name.dropLast(5))
            if !known.contains(instance) { unregister(instance) }
        }
    }

    // MARK: Output

    /// Makes the place for a deployment's output.
    func makeLogs(of deployment: String) { mkdir(logs(of: deployment), 0o700) }

    /// Removes the output of deployments that are not among these.
    func removeLogs(besides known: Set<String>) {
        for name in (try? SmallFile.names(in: "\(directory)/logs")) ?? [] where !known.contains(name) {
            try? FileManager.default.removeItem(atPath: logs(of: name))
        }
    }
}

/// Why a record could not be read: one sentence that names the file.
package struct ProcessFilesError: Error, CustomStringConvertible {
    package var description: String
}
