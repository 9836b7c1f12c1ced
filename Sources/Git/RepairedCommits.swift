import CGit2
import Glibc

/// Lends libgit2 readable stand-ins for malformed commits, where it walks history by itself: to negotiate what is fetched
/// or pushed.
///
/// A stand-in has the tree and the parents of what it stands in for, and its id. It is written nowhere.
final class RepairedCommits {
    /// Commits that are looked at for flaws, at most.
    private static let limit = 100_000

    private let contents: [ObjectID: [UInt8]]

    /// - Returns: nil where no commit in the histories of the references, and of `more`, is malformed.
    init?(in repository: borrowing Repository, and more: [ObjectID] = []) {
        var contents: [ObjectID: [UInt8]] = [:]
        var seen: Set<ObjectID> = []
        var next = more + ((try? repository.tips()) ?? [])
        while let id = next.popLast(), seen.count < Self.limit {
            guard seen.insert(id).inserted, let commit = try? repository.commitObject(id) else { continue }
            if commit.flaw != nil { contents[id] = commit.repaired }
            next += commit.parents
        }
        guard !contents.isEmpty else { return nil }
        self.contents = contents
    }

    /// Runs `body` while libgit2 believes that a stand-in is what its id says.
    func whileBelieved<Value>(_ body: () throws(GitError) -> Value) throws(GitError) -> Value {
        _ = sluice_git_opts_int(Int32(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION.rawValue), 0)
        defer { _ = sluice_git_opts_int(Int32(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION.rawValue), 1) }
        return try body()
    }

    /// Has a repository look here first.
    func add(to odb: OpaquePointer) throws(GitError) {
        let new = UnsafeMutablePointer<sluice_odb_backend>.allocate(capacity: 1)
        new.initialize(to: sluice_odb_backend())
        new.pointee.parent.version = UInt32(GIT_ODB_BACKEND_VERSION)
        new.pointee.parent.read = { data, size, kind, backend, id in
            guard let data, let size, let kind, let bytes = RepairedCommits.content(backend, id),
                let copy = git_odb_backend_data_alloc(backend, bytes.count)
            else { return GIT_ENOTFOUND.rawValue }
            copy.copyMemory(from: bytes, byteCount: bytes.count)
            (data.pointee, size.pointee, kind.pointee) = (copy, bytes.count, GIT_OBJECT_COMMIT)
            return 0
        }
        new.pointee.parent.read_header = { size, kind, backend, id in
            guard let size, let kind, let bytes = RepairedCommits.content(backend, id) else {
                return GIT_ENOTFOUND.rawValue
            }
            (size.pointee, kind.pointee) = (bytes.count, GIT_OBJECT_COMMIT)
            return 0
        }
        new.pointee.parent.exists = { RepairedCommits.content($0, $1) == nil ? 0 : 1 }
        new.pointee.parent.free = { backend in
            guard let backend else { return }
            let own = UnsafeMutableRawPointer(backend).assumingMemoryBound(to: sluice_odb_backend.self)
            if let table = own.pointee.table { Unmanaged<RepairedCommits>.fromOpaque(table).release() }
            own.deallocate()
        }
        new.pointee.table = Unmanaged.passRetained(self).toOpaque()
        let backend = UnsafeMutableRawPointer(new).assumingMemoryBound(to: git_odb_backend.self)
        try GitError.check(git_odb_add_backend(odb, backend, 1_000), "reading around malformed commits")
    }

    private static func content(
        _ backend: UnsafeMutablePointer<git_odb_backend>?, _ id: UnsafePointer<git_oid>?
    ) -> [UInt8]? {
        guard let backend, let id else { return nil }
        let own = UnsafeMutableRawPointer(backend).assumingMemoryBound(to: sluice_odb_backend.self)
        guard let table = own.pointee.table else { return nil }
        return Unmanaged<RepairedCommits>.fromOpaque(table).takeUnretainedValue().contents[ObjectID(id.pointee)]
    }
}

extension CommitObject {
    /// The same place in history, said in a way that every reader takes.
    fileprivate var repaired: [UInt8] {
        let time = max(0, committer?.time ?? author?.time ?? 0)
        let lines =
            ["tree \(tree)"] + parents.map { "parent \($0)" }
            + ["author unknown <unknown> \(time) +0000", "committer unknown <unknown> \(time) +0000", "", ""]
        return Array(lines.joined(separator: "\n").utf8)
    }
}
