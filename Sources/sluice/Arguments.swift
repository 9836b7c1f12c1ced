import ArgumentParser
import Core
import Foundation
import Git
import Glibc
import Logging
import Platforms
import Repository

/// How this command line reads its words, and answers.
enum Arguments {
    static func span(_ text: String) throws -> Span {
        guard let span = Span(text), span >= .milliseconds(100) else {
            throw ValidationError("'\(text)' is not a time such as 10s, 2m or 500ms")
        }
        return span
    }

    /// The folder of the manifests in a repository, as git has it: nothing for the root.
    static func folder(_ text: String) throws -> String {
        guard let path = ManifestFolder.normal(text) else {
            throw ValidationError(
                "--path takes the folder of the manifests as it is in the repository, such as production or teams/web; "
                    + "'\(Terminal.clean(text))' is empty, absolute, leads outside, or has a name that is not read")
        }
        return path
    }

    /// Of an address whose scheme is known: a number that is no port reaches nobody, and would be tried for ever.
    static func check(port option: String, _ address: String) throws {
        let authority = address.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        let host = authority.split(separator: "@").last ?? ""
        guard !host.isEmpty else { throw ValidationError("\(option) names no host") }
        guard let colon = host.lastIndex(of: ":"), host.last != "]" else { return }
        guard let port = Int(host[host.index(after: colon)...]), (1...65_535).contains(port) else {
            throw ValidationError("\(option): ports go from 1 to 65535")
        }
    }

    /// A name as git takes one for a branch; `--branch` takes no revision.
    static func checkBranch(_ text: String, _ option: String = "--branch") throws {
        guard BranchName.isUsable(text) else {
            throw ValidationError(
                "\(option) takes a name as a branch has one, such as main or team/web; '\(Terminal.clean(text))' is none"
            )
        }
    }

    static func check(scale: Double) throws {
        guard SimulatorWire.scales.contains(scale) else {
            throw ValidationError("--time-scale lies in 0.001…100000")
        }
    }

    static func logger(_ verbose: Bool) -> Logger {
        var logger = Logger(label: "sluice") { PlainLogHandler(StreamLogHandler.standardError(label: $0)) }
        logger.logLevel = verbose ? .debug : .warning
        return logger
    }

    /// Many open files, as far as the system lets this process have them: agents, instances and connections have one each.
    static func allowManyFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65_536))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Says why on standard error.
    static func exit(_ code: Int32, _ message: String) -> ExitCode {
        Terminal.complain("sluice: \(Terminal.clean(message))")
        return ExitCode(code)
    }
}
