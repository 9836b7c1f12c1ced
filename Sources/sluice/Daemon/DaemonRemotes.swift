import ArgumentParser
import Git

/// Where a daemon reads and writes, and how it gets in.
struct DaemonRemotes: ParsableArguments {
    @Option(
        name: .long,
        help: "The manifest repository: a path, file://, ssh://, user@host:path, http:// or https://.")
    var repository: String

    @Option(name: .long, help: "The repository of the status branch, where it is another one.")
    var statusRepository: String?

    @Option(name: .long, help: "The environment; its status branch is sluice/status/<environment>.")
    var environment = "default"

    @OptionGroup var access: CredentialOptions

    func validate() throws {
        let isLabel = environment.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        guard isLabel, !environment.isEmpty, environment.utf8.count <= 63, environment.first != "-",
            environment.last != "-"
        else { throw ValidationError("--environment takes lower-case letters, digits and hyphens") }
        _ = try remote("manifests", repository)
        if let statusRepository { _ = try remote("status", statusRepository) }
    }

    func remote(_ name: String, _ url: String) throws -> Remote {
        do {
            return try Remote(name: name, url: url, credentials: access.credentials)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func manifests() throws -> Remote { try remote("manifests", repository) }
    func status() throws -> Remote { try remote("status", statusRepository ?? repository) }
}
