import Core
import Foundation
import Git

/// The repository and environment that a verb is about, from its arguments, the variables `SLUICE_REPOSITORY` and
/// `SLUICE_ENVIRONMENT`, or the clone that one stands in.
struct Place {
    let repository: String
    let environment: String
    /// What is to be told to git, and in advice, about getting in.
    let access: CredentialOptions

    init(_ options: RepositoryOptions) throws {
        let variables = ProcessInfo.processInfo.environment
        func variable(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        let given = options.repository ?? variable("SLUICE_REPOSITORY")
        guard let repository = given ?? Clone.around()?.remote else {
            throw Failure(
                "which repository?",
                advice: "give --repository, set SLUICE_REPOSITORY, or stand in a clone of it")
        }
        self.repository = repository
        environment =
            options.environment ?? variable("SLUICE_ENVIRONMENT") ?? (given == nil ? Clone.environment() : nil)
            ?? "default"
        access = options.access
    }

    /// The remote, with its credentials.
    func remote() throws(GitError) -> Remote {
        try Remote(name: "origin", url: repository, credentials: access.credentials)
    }

    /// The repository as it may be printed.
    var shown: String { Remote.printed(repository) }

    // MARK: Advice

    /// What a verb has to be told to mean the same place, as words of a shell: it begins with a space.
    var hint: String {
        var words = ["--repository", address]
        if environment != "default" { words += ["--environment", environment] }
        let options = [
            ("--user", access.user), ("--token-file", access.tokenFile), ("--ssh-key", access.sshKey),
            ("--known-hosts", access.knownHosts), ("--ca-file", access.caFile),
        ]
        for (name, value) in options {
            if let value { words += [name, value] }
        }
        return words.map { " " + Self.quoted($0) }.joined()
    }

    /// The address without a password or a query; a path as it is from anywhere.
    private var address: String {
        guard let remote = try? remote() else { return Remote.printed(repository) }
        guard FileManager.default.fileExists(atPath: remote.url) else {
            // A user is part of the address; a password is not to be told.
            return repository.contains("@") && !repository.contains("://") ? Remote.printed(repository) : remote.url
        }
        return URL(fileURLWithPath: remote.url).standardizedFileURL.path
    }

    /// A verb with what it needs: `sluice abort shop --repository …`.
    func command(_ words: String?...) -> String {
        "sluice" + words.compactMap { $0 }.map { " " + Self.quoted($0) }.joined() + hint
    }

    /// A sentence in which verbs stand with what they need; `names` are those of applications that it may be about.
    func completing(_ sentence: String, _ names: Set<ApplicationName>) -> String {
        let verb = #/sluice (?:approve|promote|retry|abort|pause|resume|rollback|status) (--all|[a-z0-9-]+)/#
        let gate = #/ --gate [A-Za-z0-9.-]*[A-Za-z0-9]/#
        var (result, rest) = ("", sentence[...])
        while let found = rest.firstMatch(of: verb) {
            result += rest[..<found.range.upperBound]
            rest = rest[found.range.upperBound...]
            guard found.1 == "--all" || names.contains(String(found.1)) else { continue }
            if let gate = rest.prefixMatch(of: gate) {
                result += gate.0
                rest = rest[gate.range.upperBound...]
            }
            if !rest.hasPrefix(" --repository") { result += hint }
        }
        return result + rest
    }

    /// A word as a shell takes it, whatever is in it.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./:@%+,=".utf8.contains(byte)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}

/// The clone that somebody stands in, as git knows it.
enum Clone {
    /// Where the clone came from; the clone itself where it came from nowhere, or is bare.
    static func around(_ folder: String? = nil) -> (folder: String, remote: String)? {
        guard
            let top = git(["rev-parse", "--show-toplevel"], in: folder)
                ?? git(["rev-parse", "--absolute-git-dir"], in: folder)
        else { return nil }
        let upstream = git(["config", "--get", "branch.\(branch(in: folder) ?? "").remote"], in: folder)
        let names = [upstream, "origin"].compactMap { $0 } + (git(["remote"], in: folder).map { [$0] } ?? [])
        for name in names where name != "." && !name.contains("\n") {
            guard let address = git(["remote", "get-url", name], in: folder) else { continue }
            let isPath = !address.contains(":") && !address.hasPrefix("/")
            return (top, isPath ? top + "/" + address : address)
        }
        return (top, top)
    }

    /// What `git config sluice.environment` says there.
    static func environment(in folder: String? = nil) -> String? {
        git(["config", "--get", "sluice.environment"], in: folder)
    }

    private static func branch(in folder: String?) -> String? {
        git(["symbolic-ref", "--short", "--quiet", "HEAD"], in: folder)
    }

    /// What git answers, on one line; nil where it says no.
    static func git(_ arguments: [String], in folder: String? = nil) -> String? {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + (folder.map { ["-C", $0] } ?? []) + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return process.terminationStatus == 0 && !value.isEmpty ? value : nil
    }
}
