import Foundation
import Git

/// The person who runs a verb, as git knows them.
struct GitPerson {
    var name: String
    var email: String

    /// From `GIT_AUTHOR_NAME` and `GIT_AUTHOR_EMAIL`, else from git's settings. Nothing is made up.
    static func current() throws(Failure) -> GitPerson {
        guard let name = word("GIT_AUTHOR_NAME", "user.name"), let email = word("GIT_AUTHOR_EMAIL", "user.email") else {
            throw Failure(
                "git does not know who you are, and a request is a commit of yours",
                advice: "git config --global user.name \"Your Name\"; git config --global user.email you@example.org")
        }
        return GitPerson(name: name, email: email)
    }

    private static func word(_ variable: String, _ setting: String) -> String? {
        if let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty { return value }
        return Clone.git(["config", "--get", setting])
    }

    /// Signs a commit now.
    var signature: Signature {
        Signature(name: name, email: email, time: Int64(Date().timeIntervalSince1970))
    }
}

extension GitPerson: CustomStringConvertible {
    /// As the requests branch tells of an author.
    var description: String { "\(name) <\(email)>" }
}
