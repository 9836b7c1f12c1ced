import CGit2
import Glibc

/// libgit2, initialised once for the process with limits that keep its memory bounded for years.
enum Library {
    /// Touched by everything that is about to call libgit2.
    static let ready: Bool = {
        git_libgit2_init()
        configure()
        return true
    }()

    /// Reads the environment anew. Nothing of libgit2's may be open.
    static func restart() {
        _ = ready
        git_libgit2_shutdown()
        git_libgit2_init()
        configure()
    }

    /// Believes the authorities whose certificates (PEM) a file holds.
    static func trust(_ file: String) throws(GitError) {
        _ = ready
        guard access(file, R_OK) == 0 else {
            throw GitError(.invalid, "the certificates in \(file) cannot be read")
        }
        let code = sluice_git_opts_certificates(file)
        guard code >= 0 else {
            let error = GitError(code: code, doing: "reading it")
            throw GitError(.invalid, "\(file) holds no certificates in PEM form (\(error.message))")
        }
    }

    /// Limits are process-wide and survive until `git_libgit2_shutdown`.
    static func configure() {
        // Windows onto packs: 4 MiB each, 256 MiB mapped and 64 open packs at most.
        _ = sluice_git_opts_size(Int32(GIT_OPT_SET_MWINDOW_SIZE.rawValue), 4 << 20)
        _ = sluice_git_opts_size(Int32(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT.rawValue), 256 << 20)
        _ = sluice_git_opts_size(Int32(GIT_OPT_SET_MWINDOW_FILE_LIMIT.rawValue), 64)
        // Parsed commits and trees: 16 MiB; blobs are not cached by libgit2 at all.
        _ = sluice_git_opts_ssize(Int32(GIT_OPT_SET_CACHE_MAX_SIZE.rawValue), 16 << 20)
        // A mirror that belongs to another user is the operator's affair, not an attack on a work tree.
        _ = sluice_git_opts_int(Int32(GIT_OPT_SET_OWNER_VALIDATION.rawValue), 0)
        // 100,000 refusals a day of a .keep file look-up buy nothing here.
        _ = sluice_git_opts_int(Int32(GIT_OPT_DISABLE_PACK_KEEP_FILE_CHECKS.rawValue), 1)
        AllocationLimit.install()
        // No settings of a person or a machine may change what the daemon does.
        for level in [GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_PROGRAMDATA] {
            _ = sluice_git_opts_search_path(level.rawValue, "/nonexistent")
        }
    }
}
