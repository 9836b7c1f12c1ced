import CGit2
import FoundationEssentials
import Glibc

/// Where a transfer puts what it receives until that is known to be whole.
///
/// A server that sends half of what it should costs the transfer, and never the mirror.
struct IncomingObjects: ~Copyable {
    /// Objects of a transfer that are all looked at; of more, the newest files and the line of commits are.
    private static let limit = 200_000

    private let folder: String
    /// The mirror, with what comes in beside it.
    let view: Repository

    init(for mirror: borrowing Repository, repaired: RepairedCommits?) throws(GitError) {
        let folder = Self.folder(of: mirror.path)
        try? FileManager.default.removeItem(atPath: folder)
        guard mkdir(folder, 0o777) == 0, mkdir(folder + "/pack", 0o777) == 0 else { throw .system("making \(folder)") }
        let view = try Repository(opening: mirror.path, receivingIn: folder, repaired: repaired)
        self.folder = folder
        self.view = view
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// For the transfer that is under way, and swept away after one that was killed.
    static func folder(of mirror: String) -> String { mirror + "objects/incoming" }

    /// Makes what was received part of the mirror, if all that the tips need is there.
    func accept(_ tips: [ObjectID], from remote: Remote, into mirror: borrowing Repository) throws(GitError) {
        try GitError.check(git_odb_refresh(view.odb.pointer), "reading what was received")
        do throws(GitError) {
            try check(tips, beside: mirror)
        } catch {
            guard error.kind == .corrupt || error.kind == .notFound else { throw error }
            throw GitError(
                .protocolViolation, "\(remote) sent an incomplete pack: \(error.message)",
                advice: "nothing of it is kept and it is asked again; where it is a shallow clone itself: "
                    + "git fetch --unshallow there")
        }
        let (from, to) = (folder + "/pack/", mirror.path + "objects/pack/")
        mkdir(to, 0o777)
        let files = Directory.names(from).filter { $0.hasPrefix("pack-") }
        // A pack counts once it has its index.
        for file in files.filter({ !$0.hasSuffix(".idx") }) + files.filter({ $0.hasSuffix(".idx") }) {
            try Directory.sync(from + file)
            guard rename(from + file, to + file) == 0 else { throw .system("moving \(file) into \(to)") }
        }
        try Directory.sync(to)
        try GitError.check(git_odb_refresh(mirror.odb.pointer), "rereading the objects")
    }

    /// What the mirror has is whole; what is new must lead there, or to what came with it.
    private func check(_ tips: [ObjectID], beside mirror: borrowing Repository) throws(GitError) {
        var seen: Set<ObjectID> = []
        var trees: [ObjectID] = []
        var next = tips
        for tip in tips {
            let commit = try view.commitObject(tip)
            try check(tree: commit.tree, depth: 0, beside: mirror, seen: &seen)
        }
        let boundary = view.boundary
        while let id = next.popLast() {
            guard seen.insert(id).inserted, !mirror.contains(id) else { continue }
            let commit = try view.commitObject(id)
            trees.append(commit.tree)
            if !boundary.contains(id) { next += commit.parents }
        }
        for tree in trees {
            if seen.count > Self.limit { return }
            try check(tree: tree, depth: 0, beside: mirror, seen: &seen)
        }
    }

    private func check(
        tree id: ObjectID, depth: Int, beside mirror: borrowing Repository, seen: inout Set<ObjectID>
    ) throws(GitError) {
        guard depth <= Repository.depthLimit, seen.insert(id).inserted, !mirror.contains(id) else { return }
        let tree = try view.lookUpTree(id)
        for index in 0..<git_tree_entrycount(tree.pointer) {
            guard let entry = git_tree_entry_byindex(tree.pointer, index) else { continue }
            let child = ObjectID(git_tree_entry_id(entry).pointee)
            switch git_tree_entry_type(entry) {
            case GIT_OBJECT_TREE: try check(tree: child, depth: depth + 1, beside: mirror, seen: &seen)
            case GIT_OBJECT_BLOB where seen.insert(child).inserted:
                guard view.contains(child) else { throw GitError(.corrupt, "object \(child.short) is missing") }
            default: break
            }
        }
        _ = tree.pointer
    }
}

extension Repository {
    /// Opens a repository that writes into `folder`, reads that and its own objects, and stand-ins for malformed commits.
    /// Without a folder it writes nothing of its own.
    init(opening path: String, receivingIn folder: String?, repaired: RepairedCommits?) throws(GitError) {
        _ = Library.ready
        let handle = try Handle("opening \(Redaction.clean(path))", free: git_repository_free) {
            git_repository_open_ext(&$0, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil)
        }
        let pointer = handle.pointer
        let odb = try Handle("opening the objects of \(path)", free: git_odb_free) {
            git_odb_open(&$0, folder ?? path + "objects")
        }
        if folder != nil {
            let code = git_odb_add_disk_alternate(odb.pointer, path + "objects")
            try GitError.check(code, "opening the objects of \(path)")
        }
        if let repaired { try repaired.add(to: odb.pointer) }
        try GitError.check(git_repository_set_odb(pointer, odb.pointer), "opening the objects of \(path)")
        self.handle = handle
        self.odb = odb
        self.path = path
    }
}
