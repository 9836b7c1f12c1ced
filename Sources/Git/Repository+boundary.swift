import CGit2
import Glibc

extension Repository {
    /// The commits at which a shallow clone ends: they name parents that were never fetched. Empty of a whole repository.
    ///
    /// Read anew each time: another process may fetch the rest.
    var boundary: Set<ObjectID> {
        guard let bytes = File.read(path + "shallow", limit: 64 << 20) else { return [] }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return Set(lines.compactMap { ObjectID(hex: $0) })
    }

    /// The parents of a commit that can be gone on to.
    ///
    /// - Throws: ``GitError/Kind/shallow`` at the end of a shallow clone, `.corrupt` where a parent is missing from a
    ///   repository that says that it is whole.
    func parents(of id: ObjectID) throws(GitError) -> [ObjectID] {
        let parents = try commitObject(id).parents
        guard let missing = parents.first(where: { !contains($0) }) else { return parents }
        guard boundary.contains(id) else {
            throw GitError(.corrupt, "commit \(missing.short), a parent of \(id.short), is missing")
        }
        throw .shallow(path, at: id)
    }

    /// The first parent; nil of a root, and at the end of a shallow clone, where `boundary` tells the two apart.
    func firstParent(of id: ObjectID) throws(GitError) -> ObjectID? {
        guard let parent = try commitObject(id).parents.first else { return nil }
        if contains(parent) { return parent }
        if boundary.contains(id) { return nil }
        throw GitError(.corrupt, "commit \(parent.short), a parent of \(id.short), is missing")
    }

    /// Says of the repository at `path`, a mirror, that it ends where another one ends.
    func setBoundary(_ ids: Set<ObjectID>) throws(GitError) {
        guard ids != boundary else { return }
        guard !ids.isEmpty else {
            unlink(path + "shallow")
            return
        }
        let text = ids.sorted().map { "\($0)\n" }.joined()
        let file = open(path + "shallow.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .system("writing \(path)shallow") }
        let bytes = Array(text.utf8)
        let count = write(file, bytes, bytes.count)
        let isWritten = count == bytes.count && fsync(file) == 0
        close(file)
        guard isWritten, rename(path + "shallow.new", path + "shallow") == 0 else {
            throw .system("writing \(path)shallow")
        }
    }
}

extension GitError {
    static func shallow(_ path: String, at id: ObjectID) -> GitError {
        GitError(
            .shallow, "history ends at \(id.short): the repository is a shallow clone (\(path))",
            advice: "fetch the rest where it was cloned: git fetch --unshallow")
    }
}
