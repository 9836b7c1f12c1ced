import CGit2
import FoundationEssentials
import Glibc

/// The known hosts of ssh. libgit2 compares keys; this says which file, and what is wrong.
enum KnownHosts {
    /// Read before the child gives libgit2 another.
    private static let userHome = getenv("HOME").map { String(cString: $0) } ?? "/root"

    /// The file that holds for a remote.
    static func file(_ remote: Remote) -> String {
        remote.credentials.knownHostsFile
            ?? userHome + "/.ssh/known_hosts"
    }

    /// A home folder, since libgit2 knows no other way to be given a file.
    ///
    /// It stands during a request only. A child that is killed in the middle of one leaves it to its parent, which
    /// therefore chooses the path.
    struct Home {
        let path: String

        /// A path under the temporary folder at which nobody has made anything.
        static func freshPath() -> String {
            let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
            return "\(parent)/sluice-ssh-\(String(UInt64.random(in: .min ... .max), radix: 16))"
        }

        /// Makes it for a remote's known hosts.
        func make(for remote: Remote) throws(GitError) {
            guard mkdir(path, 0o700) == 0, mkdir(path + "/.ssh", 0o700) == 0,
                symlink(KnownHosts.file(remote), path + "/.ssh/known_hosts") == 0
            else {
                let error = GitError.system("making the folder \(path)")
                remove()
                throw error
            }
        }

        /// Removes it where it was made.
        func remove() {
            unlink(path + "/.ssh/known_hosts")
            rmdir(path + "/.ssh")
            rmdir(path)
        }
    }

    /// Why a host is not believed, and what to do.
    static func refusal(of remote: Remote, key: git_cert_hostkey) -> GitError {
        let file = file(remote)
        let print = withUnsafeBytes(of: key.hash_sha256) { Data($0).base64EncodedString() }.prefix { $0 != "=" }
        let port = remote.port.map { "-p \($0) " } ?? ""
        let name = remote.port == nil || remote.port == 22 ? remote.host : "[\(remote.host)]:\(remote.port ?? 22)"
        let lines = File.read(file, limit: 16 << 20).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let isKnown = lines.split(whereSeparator: \.isNewline).contains { line in
            line.split(separator: " ").first?.split(separator: ",").contains { $0 == name } ?? false
        }
        if isKnown {
            return GitError(
                .hostKey,
                "the host key of \(name) has changed (now SHA256:\(print)); somebody may be listening in",
                advice: "if the change is known to be right: ssh-keygen -R '\(name)' -f \(file), then add the new key"
            )
        }
        return GitError(
            .hostKey,
            "the host key of \(name) (SHA256:\(print)) is not in \(file)",
            advice: "check the fingerprint, then: ssh-keyscan \(port)\(remote.host) >> \(file)"
        )
    }
}
