import CGit2
import Glibc

/// An open bare repository, used by one thread at a time.
struct Repository: ~Copyable {
    /// The deepest folder that is walked; a tree below it is refused.
    static let depthLimit = 64

    let handle: Handle
    let odb: Handle
    let path: String
    /// Objects read since opening, for benchmarks and tests.
    var counters = ReadCounters()

    var pointer: OpaquePointer { handle.pointer }

    /// Opens an existing repository, bare or not.
    init(opening path: String) throws(GitError) {
        _ = Library.ready
        let handle = try Handle("opening \(Redaction.clean(path))", free: git_repository_free) {
            git_repository_open_ext(&$0, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
        }
        let pointer = handle.pointer
        let odb = try Handle("opening the objects of \(path)", free: git_odb_free) { git_repository_odb(&$0, pointer) }
        self.handle = handle
        self.odb = odb
        self.path = git_repository_path(pointer).map { String(cString: $0) } ?? path
    }

    /// Opens the bare repository at `path`, or makes one where there is nothing or an empty directory.
    ///
    /// A directory that holds anything else is left alone and reported as `.corrupt`.
    static func openOrCreate(_ path: String) throws(GitError) -> Repository {
        _ = Library.ready
        if try !isEmptyOrAbsent(path) {
            return try openMirror(path)
        }
        do {
            let created = try Handle("creating \(path)", free: git_repository_free) {
                var options = git_repository_init_options()
                git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
                options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
                return git_repository_init_ext(&$0, path, &options)
            }
            _ = created.pointer
        }
        return try Repository(opening: path)
    }

    private static func openMirror(_ path: String) throws(GitError) -> Repository {
        let reason: String
        do {
            let repository = try Repository(opening: path)
            if git_repository_is_bare(repository.pointer) == 1 { return repository }
            reason = "it has a work tree"
        } catch {
            reason = error.message
        }
        throw GitError(
            .corrupt,
            "\(path) is not a usable mirror: \(reason)",
            advice: "give another directory, or delete this one: all that a mirror holds can be fetched again"
        )
    }

    private static func isEmptyOrAbsent(_ path: String) throws(GitError) -> Bool {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return true }
            throw .system("opening \(path)")
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { return false }
        }
        return true
    }
}

/// How many objects a repository has read.
package struct ReadCounters: Hashable, Sendable {
    /// Tree objects parsed.
    package var trees = 0
    /// Blob contents read.
    package var blobs = 0
}
