import CGit2
import FoundationEssentials
import Glibc

/// An open bare repository, used by one thread at a time.
struct Repository: ~Copyable {
    /// The deepest folder that is walked; a tree below it is refused.
    static let depthLimit = TreeBounds.depth

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
    /// What is no repository any more is thrown away for an empty one, and `damage` says why. A directory that holds
    /// anything else is left alone and reported as `.corrupt`.
    static func openOrCreate(_ path: String, damage: inout String?) throws(GitError) -> Repository {
        _ = Library.ready
        let names = Directory.names(path)
        if names.isEmpty { return try create(path) }
        let reason: String
        do {
            let repository = try Repository(opening: path)
            if git_repository_is_bare(repository.pointer) == 1 { return repository }
            reason = "it has a work tree"
        } catch {
            if names.contains("objects"), bareNames.isSuperset(of: names) {
                damage = error.message
                return try startOver(path)
            }
            reason = error.message
        }
        throw GitError(
            .corrupt,
            "\(path) is not a usable mirror: \(reason)",
            advice: "give another directory, or delete this one: all that a mirror holds can be fetched again"
        )
    }

    /// What a bare repository has at its top.
    private static let bareNames: Set = [
        "HEAD", "ORIG_HEAD", "branches", "config", "description", "hooks", "info", "objects", "packed-refs", "refs",
        "FETCH_HEAD", "logs", "shallow",
    ]

    /// Makes it aside and moves it to its place: whoever opens it at the same time finds nothing or all of it, and of
    /// several that make it one is used by all.
    private static func create(_ path: String) throws(GitError) -> Repository {
        let aside = path + newMark + "\(getpid())-\(UInt64.random(in: .min ... .max))"
        do throws(GitError) {
            let created = try Handle("creating \(path)", free: git_repository_free) {
                var options = git_repository_init_options()
                git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
                options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
                return git_repository_init_ext(&$0, aside, &options)
            }
            _ = created.pointer
            guard rename(aside, path) == 0 || errno == ENOTEMPTY || errno == EEXIST else {
                throw .system("creating \(path)")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: aside)
            throw error
        }
        // Somebody else's is there.
        try? FileManager.default.removeItem(atPath: aside)
        return try Repository(opening: path)
    }

    /// What is being made has this in its name.
    private static let newMark = ".new-"

    /// Removes what whoever was killed while making the repository left beside its place; nobody may be making it.
    static func sweepUnfinished(_ path: String) {
        let place = URL(fileURLWithPath: path)
        let (folder, mark) = (place.deletingLastPathComponent().path, place.lastPathComponent + newMark)
        for name in Directory.names(folder) where name.hasPrefix(mark) {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    /// Throws away what is at `path` and makes an empty repository there.
    ///
    /// It is moved aside first, so that being killed in between leaves no half of it.
    static func startOver(_ path: String) throws(GitError) -> Repository {
        let aside = path + ".damaged"
        try? FileManager.default.removeItem(atPath: aside)
        guard rename(path, aside) == 0 else { throw .system("moving \(path) aside") }
        let repository = try create(path)
        try? FileManager.default.removeItem(atPath: aside)
        return repository
    }
}

/// How many objects a repository has read.
package struct ReadCounters: Hashable, Sendable {
    /// Tree objects parsed.
    package var trees = 0
    /// Blob contents read.
    package var blobs = 0
}
