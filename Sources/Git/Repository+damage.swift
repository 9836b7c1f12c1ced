import CGit2
import Glibc

extension Repository {
    /// What is damaged here, in a few words; nil where nothing is.
    ///
    /// Looks for what a machine leaves behind that lost its power: references, loose objects and packs that are empty or
    /// cut off, and commits and files that the references need and that cannot be read. It reads the newest commit of
    /// each reference whole, so it is for when there is a suspicion.
    borrowing func damage() -> String? {
        do throws(GitError) {
            try checkPacks()
            try checkLooseObjects()
            let boundary = boundary
            var seen = Set<ObjectID>()
            for tip in try tips() {
                try check(tree: try commitObject(tip).tree, depth: 0, seen: &seen)
                var pending = [tip]
                while let id = pending.popLast() {
                    if seen.insert(id).inserted, !boundary.contains(id) { pending += try parents(of: id) }
                }
            }
            return nil
        } catch {
            return error.message
        }
    }

    /// The commits that references name.
    borrowing func tips() throws(GitError) -> [ObjectID] {
        var tips: [ObjectID] = []
        for name in try referenceNames() {
            if let tip = try target(of: name) { tips.append(tip) }
        }
        return tips
    }

    /// All references, in full.
    borrowing func referenceNames() throws(GitError) -> [String] {
        var names = git_strarray()
        try GitError.check(git_reference_list(&names, pointer), "listing references")
        defer { git_strarray_dispose(&names) }
        return (0..<names.count).compactMap { names.strings[$0].map { String(cString: $0) } }
    }

    /// A pack ends with its checksum, and its index repeats it.
    private borrowing func checkPacks() throws(GitError) {
        let folder = path + "objects/pack"
        for file in Directory.names(folder) where file.hasSuffix(".idx") {
            let pack = file.dropLast(4) + ".pack"
            let index = Directory.end(of: "\(folder)/\(file)", count: 40).prefix(20)
            guard index.count == 20, index.elementsEqual(Directory.end(of: "\(folder)/\(pack)", count: 20)) else {
                throw GitError(.corrupt, "\(pack) and its index do not belong together")
            }
        }
    }

    private borrowing func checkLooseObjects() throws(GitError) {
        let objects = path + "objects"
        for folder in Directory.names(objects) where folder.utf8.count == 2 {
            for name in Directory.names("\(objects)/\(folder)") {
                if let id = ObjectID(hex: folder + name) { try read(id) }
            }
        }
    }

    private borrowing func check(tree id: ObjectID, depth: Int, seen: inout Set<ObjectID>) throws(GitError) {
        guard depth <= Self.depthLimit, seen.insert(id).inserted else { return }
        let tree = try lookUpTree(id)
        for index in 0..<git_tree_entrycount(tree.pointer) {
            guard let entry = git_tree_entry_byindex(tree.pointer, index) else { continue }
            let child = ObjectID(git_tree_entry_id(entry).pointee)
            switch git_tree_entry_type(entry) {
            case GIT_OBJECT_TREE: try check(tree: child, depth: depth + 1, seen: &seen)
            case GIT_OBJECT_BLOB where seen.insert(child).inserted: try read(child)
            default: break
            }
        }
        _ = tree.pointer
    }

    /// libgit2 compares what it reads with the id.
    private borrowing func read(_ id: ObjectID) throws(GitError) {
        var oid = id.oid
        let odb = odb.pointer
        let object = try Handle("reading object \(id.short)", free: git_odb_object_free) {
            git_odb_read(&$0, odb, &oid)
        }
        _ = object.pointer
    }
}

extension GitError {
    /// Of two that were at work, who is to blame: `.corrupt` is said of a mirror alone, which can be fetched again.
    func blaming(_ remote: Remote, or mirror: borrowing Repository) -> GitError {
        guard kind == .corrupt || kind == .notFound else { return self }
        if let damage = mirror.damage() { return GitError(.corrupt, damage) }
        return blaming(remote)
    }

    func blaming(_ remote: Remote) -> GitError {
        kind == .corrupt ? GitError(.protocolViolation, "\(remote) is damaged, or what it sent: \(message)") : self
    }

    /// The same of an object that others refer to: where it is missing, the repository is damaged.
    var ofNeededObject: GitError { kind == .notFound ? GitError(.corrupt, message) : self }
}
