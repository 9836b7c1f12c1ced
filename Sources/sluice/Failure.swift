import ArgumentParser
import Basics
import Git

/// Why a verb could not give an answer: what, where, and what to do about it.
struct Failure: Error, CustomStringConvertible {
    var message: String
    var advice: String?

    init(_ message: String, advice: String? = nil) {
        self.message = message
        self.advice = advice
    }

    init(_ error: GitError) {
        self.init(error.message, advice: error.advice)
    }

    var description: String { told(message, advice) }
}

/// Why a verb's answer is no, and what to do instead.
struct Refusal: Error, CustomStringConvertible {
    var message: String
    var advice: String?

    init(_ message: String, advice: String? = nil) {
        self.message = message
        self.advice = advice
    }

    var description: String { told(message, advice) }
}

/// What is wrong on one line, for some of it was written elsewhere, and what to do about it on the next.
private func told(_ message: String, _ advice: String?) -> String {
    Terminal.clean(message) + (advice.map { "\n  \(PlainText.lines($0))" } ?? "")
}

/// What every verb's exit code means.
extension ExitCode {
    /// The verb ran, and its answer is no.
    static let no = ExitCode(1)
    /// The verb could not answer: a wrong argument, something unreadable or unreachable.
    static let cannotAnswer = ExitCode(2)
}

extension AsyncParsableCommand {
    /// Runs a verb's body; what stops it is told on standard error, with exit code 2, or 1 for a refusal.
    func answering(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let refusal as Refusal {
            Terminal.complain("sluice: \(refusal)")
            throw ExitCode.no
        } catch let failure as Failure {
            Terminal.complain("sluice: \(failure)")
            throw ExitCode.cannotAnswer
        } catch let error as GitError {
            Terminal.complain("sluice: \(Failure(error))")
            throw ExitCode.cannotAnswer
        }
    }
}
