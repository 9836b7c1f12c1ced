import CGit2
import Glibc

extension Repository {
    /// Opens the repository that holds `path`, bare or with a work tree, looking upwards as `git` does.
    init(holding path: String) throws(GitError) {
        _ = Library.ready
        let handle = try Handle("opening the repository at \(Redaction.clean(path))", free: git_repository_free) {
            git_repository_open_ext(&$0, path, 0, nil)
        }
        let pointer = handle.pointer
        let odb = try Handle("opening the objects of \(path)", free: git_odb_free) { git_repository_odb(&$0, pointer) }
        self.handle = handle
        self.odb = odb
        self.path = git_repository_path(pointer).map { String(cString: $0) } ?? path
    }

    var isBare: Bool { git_repository_is_bare(pointer) == 1 }

    /// Where `path` lies in the work tree: `""` for its root and for a bare repository, else without a slash at its end.
    func folder(of path: String) -> String {
        guard let workTree = git_repository_workdir(pointer).map({ String(cString: $0) }),
            let resolved = realpath(path, nil)
        else { return "" }
        defer { free(resolved) }
        let inside = String(cString: resolved) + "/"
        guard inside.hasPrefix(workTree) else { return "" }
        return String(inside.dropFirst(workTree.count).dropLast())
    }
}
