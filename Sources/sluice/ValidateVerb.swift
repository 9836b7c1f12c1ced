import ArgumentParser
import Core
import Git
import Manifests

/// Says everything that is wrong with a fleet's manifests.
struct ValidateVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Find what is wrong with the manifests in a folder or a repository.",
        discussion: """
            Every finding is one line, `file:line:column: error: message [code]`; on a terminal the line that it is \
            about stands below it.

            Exit codes: 0 nothing wrong (warnings are allowed), 1 there are errors, 2 the manifests cannot be read.
            """
    )

    @Argument(help: "A folder, a file, or a git repository.")
    var path: String

    @Option(help: "Read this revision of the repository at PATH instead of the files on the disk.")
    var revision: String?

    @OptionGroup var options: OutputOptions

    func run() async throws {
        try await answering {
            let fleet = try await read()
            switch options.output {
            case .text: print(fleet)
            case .json: Terminal.print(StatusCoding.json(Report(fleet)))
            }
            if fleet.errors > 0 { throw ExitCode.no }
        }
    }

    private func read() async throws -> Fleet {
        if let revision {
            let mirror = try Mirror(reading: path)
            return try await read(try await mirror.resolve(revision), of: mirror)
        }
        if let mirror = try? Mirror(reading: path), await mirror.isBare {
            return try await read(try await mirror.resolve("HEAD"), of: mirror)
        }
        return await FleetReader.judgeWhole(try FleetReader.workingTree(path), at: path)
    }

    private func read(_ commit: ObjectID, of mirror: Mirror) async throws -> Fleet {
        await FleetReader.judgeWhole(try await FleetReader.revision(commit, of: mirror), in: commit, of: mirror)
    }

    private func print(_ fleet: Fleet) {
        for finding in fleet.findings {
            let source = Terminal.isTerminal ? fleet.sources[finding.path] : nil
            let text = source.map { finding.rendered(source: $0) } ?? finding.description
            let lines = text.split(separator: "\n").map { Terminal.clean(String($0)) }
            let first = lines.first ?? ""
            Terminal.print(finding.severity == .error ? Terminal.red(first) : Terminal.yellow(first))
            for line in lines.dropFirst() { Terminal.print(Terminal.dim(line)) }
        }
        Terminal.print(Self.summary(fleet))
    }

    static func summary(_ fleet: Fleet) -> String {
        var parts = Kind.allCases.compactMap { kind in
            fleet.counts[kind].map {
                counted($0, kind.rawValue, kind == .strategy ? "Strategies" : kind.rawValue + "s")
            }
        }
        if parts.isEmpty { parts = ["no Sluice documents"] }
        if fleet.skipped > 0 { parts.append(counted(fleet.skipped, "other document", "other documents") + " skipped") }
        if fleet.others > 0 { parts.append(counted(fleet.others, "other file", "other files") + " passed over") }
        let verdict = [
            counted(fleet.errors, "error", "errors"), counted(fleet.warnings, "warning", "warnings"),
        ].joined(separator: ", ")
        return
            "\(counted(fleet.files, "file", "files")) in \(fleet.label): \(parts.joined(separator: ", ")); \(verdict)"
    }

    static func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
}

extension ValidateVerb {
    /// The JSON result.
    struct Report: Encodable {
        struct Entry: Encodable {
            var path: String
            var line: Int
            var column: Int
            var severity: String
            var code: String
            var message: String
            var suggestion: String?
        }

        var revision: String?
        var valid: Bool
        var errors: Int
        var warnings: Int
        var files: Int
        var documents: [String: Int]
        var skipped: Int
        var others: Int
        var findings: [Entry]

        init(_ fleet: Fleet) {
            revision = fleet.revision
            valid = fleet.errors == 0
            errors = fleet.errors
            warnings = fleet.warnings
            files = fleet.files
            documents = Dictionary(uniqueKeysWithValues: fleet.counts.map { ($0.key.rawValue, $0.value) })
            skipped = fleet.skipped
            others = fleet.others
            findings = fleet.findings.map {
                Entry(
                    path: $0.path, line: $0.line, column: $0.column, severity: $0.severity.rawValue,
                    code: $0.code.rawValue, message: $0.message, suggestion: $0.suggestion)
            }
        }
    }
}
