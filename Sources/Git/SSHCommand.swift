import Glibc

/// How ssh is called for a remote, and what its complaints mean.
enum SSHCommand {
    /// The known hosts that hold for a remote.
    static func knownHosts(_ remote: Remote) -> String {
        let file = remote.credentials.knownHostsFile ?? "~/.ssh/known_hosts"
        guard file.hasPrefix("~/") else { return absolute(file) }
        let home = getenv("HOME").map { String(cString: $0) } ?? "/root"
        return home + file.dropFirst(1)
    }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    /// No settings of a person or a machine, no questions, and no key but those that were named.
    static func words(for remote: Remote, key: String?, service: String) -> [String] {
        // A percent sign begins a token, and a space a second file, unless told otherwise.
        let hosts = knownHosts(remote).replacing("%", with: "%%").replacing("\"", with: "\\\"")
        var words = [
            "ssh", "-v", "-F", "none", "-T", "-a", "-x", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
            "-o", "UserKnownHostsFile=\"\(hosts)\"", "-o", "GlobalKnownHostsFile=none", "-o", "UpdateHostKeys=no",
            "-o", "ClearAllForwardings=yes", "-o", "ConnectTimeout=30", "-o", "ServerAliveInterval=15", "-o",
            "PreferredAuthentications=publickey", "-l", remote.login,
        ]
        if let key {
            words += ["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", key]
        } else {
            words += ["-o", "IdentityFile=none"]
        }
        if let port = remote.port { words += ["-p", "\(port)"] }
        return words + ["--", host(remote), "\(service) '\(path(remote).replacing("'", with: "'\\''"))'"]
    }

    private static func host(_ remote: Remote) -> String {
        guard remote.host.hasPrefix("["), remote.host.hasSuffix("]") else { return remote.host }
        return String(remote.host.dropFirst().dropLast())
    }

    /// As the server is to take it: `host:path` is relative to the home folder, `ssh://host/~other/path` to another's.
    private static func path(_ remote: Remote) -> String {
        guard remote.url.hasPrefix("ssh://") else {
            return remote.path.hasPrefix("/~/") ? String(remote.path.dropFirst(3)) : remote.path
        }
        let path = Remote.decode(remote.path[...])
        return path.hasPrefix("/~") ? String(path.dropFirst()) : path
    }

    /// The private key in memory, where ssh minds neither who may read the file that it came from nor how its lines end.
    ///
    /// - Returns: nil where the agent is to be asked.
    static func key(of remote: Remote) throws(GitError) -> MemoryFile? {
        guard let file = remote.credentials.keyFile else {
            guard getenv("SSH_AUTH_SOCK") != nil else {
                throw GitError(
                    .authentication, "\(remote) wants a key; none is given, and no ssh agent runs",
                    advice: "give one with --ssh-key, or start the daemon where SSH_AUTH_SOCK is set")
            }
            return nil
        }
        guard let bytes = File.read(file, limit: 1 << 20) else {
            throw GitError(.authentication, "the key file \(file) cannot be read")
        }
        guard KeyFile.isPrivate(bytes) else {
            throw GitError(.authentication, "the key file \(file) holds no private key")
        }
        guard !KeyFile.hasPassphrase(bytes) else {
            throw GitError(
                .authentication, "the key file \(file) has a passphrase, which nobody is there to type",
                advice: "give a key without one, or add it to the agent (ssh-add \(file)) and leave --ssh-key out")
        }
        var lines = bytes.filter { $0 != UInt8(ascii: "\r") }
        if lines.last != UInt8(ascii: "\n") { lines.append(UInt8(ascii: "\n")) }
        return try MemoryFile(lines)
    }

    /// What ssh, or the server behind it, complained of.
    static func failure(of remote: Remote, _ complaint: [UInt8]) -> GitError {
        let lines = String(decoding: complaint, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        let words = ServerWords.line(lines.filter(isTelling).joined(separator: "\n").utf8)
        let text = lines.joined(separator: "\n")
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if says("Host key verification failed", "REMOTE HOST IDENTIFICATION", "is marked as revoked") {
            return hostKey(of: remote, lines)
        }
        if says("no matching host key type", "no matching key exchange") {
            return GitError(.hostKey, "\(remote.host) has no kind of host key that ssh accepts: \(words)")
        }
        if says("Permission denied (", "Too many authentication failures", "error in libcrypto", "invalid format") {
            let key = remote.credentials.keyFile.map { "the key \($0)" } ?? "every key of the ssh agent"
            return GitError(
                .authentication, "\(remote) refuses \(key) for the user \(remote.login): \(words)",
                advice: "check that its public half is among those of \(remote.login) there")
        }
        if says("not appear to be a git repository", "not found", "No such file", "does not exist") {
            return GitError(.notFound, "there is no repository at \(remote): \(words)")
        }
        if words.isEmpty { return GitError(.unreachable, "\(remote) closed the connection without a word") }
        return GitError(.unreachable, "connecting to \(remote): \(words)")
    }

    /// Without what `-v` adds, and the frames of warnings.
    private static func isTelling(_ line: String) -> Bool {
        !line.hasPrefix("debug1:") && !line.hasPrefix("OpenSSH_") && !line.hasPrefix("@@@")
            && !line.hasPrefix("Warning: Permanently") && !line.hasPrefix("Authenticated to ")
            && !line.hasPrefix("Transferred: ") && !line.hasPrefix("Bytes per second")
            && !line.hasPrefix("fatal: Could not read from remote")
    }

    /// Why a host is not believed, and what to do.
    private static func hostKey(of remote: Remote, _ lines: [String]) -> GitError {
        let file = knownHosts(remote)
        let host = host(remote)
        let name = remote.port == nil || remote.port == 22 ? host : "[\(host)]:\(remote.port ?? 22)"
        let mark = "Server host key: "
        let told = lines.last { $0.contains(mark) }
        let key = told?.firstRange(of: mark).flatMap { told?[$0.upperBound...] }
        let print = key.map { Redaction.clean(String($0)) } ?? "of a kind that ssh does not name"
        if lines.contains(where: { $0.contains("revoked") || $0.contains("REVOKED") }) {
            return GitError(
                .hostKey,
                "the host key of \(name) (\(print)) is marked as revoked in \(file); somebody may be listening in")
        }
        if lines.contains(where: { $0.contains("IDENTIFICATION HAS CHANGED") }) {
            let line = lines.last { $0.hasPrefix("Offending ") }?.split(separator: ":").last.map { ", line \($0)" }
            return GitError(
                .hostKey,
                "the host key of \(name) has changed (now \(print)) from what \(file)\(line ?? "") has; "
                    + "somebody may be listening in",
                advice: "if the change is known to be right: ssh-keygen -R '\(name)' -f \(file), then add the new key")
        }
        let port = remote.port.map { "-p \($0) " } ?? ""
        guard Directory.isReadable(file) else {
            return GitError(
                .hostKey, "the host key of \(name) (\(print)) is not known: \(file) cannot be read as a file",
                advice: "check the fingerprint, then: ssh-keyscan \(port)\(host) >> \(file)")
        }
        return GitError(
            .hostKey, "the host key of \(name) (\(print)) is not in \(file)",
            advice: "check the fingerprint, then: ssh-keyscan \(port)\(host) >> \(file)")
    }
}
