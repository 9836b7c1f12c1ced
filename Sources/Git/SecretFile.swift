import Glibc

/// Whether what is kept secret is kept from others.
package enum SecretFile {
    /// What is wrong with who may read a file that holds a secret; nil where nothing is, or where there is none.
    package static func complaint(_ path: String, holding what: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else {
            return nil
        }
        // A group of its own may be how the secret is handed over (a mounted secret); the world is nobody's group.
        guard status.st_mode & 0o007 != 0 || status.st_uid == geteuid() else { return nil }
        return "the \(what) \(path) can be read by others on this machine: chmod 600 '\(path)'"
    }
}
