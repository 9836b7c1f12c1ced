import CGit2
import Glibc

/// When a mirror is packed.
package struct MaintenanceLimits: Hashable, Sendable {
    /// Loose objects that are left alone.
    package var looseObjects: Int
    /// Small packs that are left alone.
    package var packs: Int
    /// Objects that a merged pack may have. A pack of half as many is not small, and is never merged again: what
    /// maintenance costs at once has this bound, however long the history.
    package var mergedObjects: Int

    package init(looseObjects: Int, packs: Int, mergedObjects: Int = 60_000) {
        self.looseObjects = looseObjects
        self.packs = packs
        self.mergedObjects = mergedObjects
    }

    /// 2,000 loose objects, 10 small packs.
    package static let standard = MaintenanceLimits(looseObjects: 2_000, packs: 10)
}

/// What maintenance did.
package struct MaintenanceReport: Hashable, Sendable {
    /// Loose objects that are in a pack now.
    package var packedObjects = 0
    /// Packs that were merged into one.
    package var mergedPacks = 0
}

extension Repository {
    /// Packs what is loose and merges small packs. Crash-safe: a pack and its index are written, synced and renamed into
    /// place before anything that they replace is removed.
    mutating func maintain(_ limits: MaintenanceLimits) throws(GitError) -> MaintenanceReport {
        var report = MaintenanceReport()
        let objects = path + "objects"
        // Ids are spread evenly, so one of the 256 folders tells about how many there are.
        let sampled = Directory.names(objects + "/17").count
        if sampled * 256 > limits.looseObjects { try packLoose(&report, objects: objects) }
        try mergePacks(&report, objects: objects, limits: limits)
        if report != MaintenanceReport() { try GitError.check(git_odb_refresh(odb.pointer), "rereading the objects") }
        return report
    }

    private func packLoose(_ report: inout MaintenanceReport, objects: String) throws(GitError) {
        var loose: [(id: ObjectID, file: String)] = []
        for folder in Directory.names(objects) where folder.utf8.count == 2 {
            for name in Directory.names("\(objects)/\(folder)") {
                if let id = ObjectID(hex: folder + name) { loose.append((id, "\(objects)/\(folder)/\(name)")) }
            }
        }
        guard !loose.isEmpty else { return }
        try writePack(of: loose.map(\.id), into: objects + "/pack")
        for (_, file) in loose { unlink(file) }
        report.packedObjects = loose.count
    }

    /// Merges small packs so that their sizes grow geometrically: each object is repacked a logarithmic number of times.
    private func mergePacks(
        _ report: inout MaintenanceReport,
        objects: String,
        limits: MaintenanceLimits
    ) throws(GitError) {
        let folder = objects + "/pack"
        var packs: [(name: String, count: Int)] = []
        for name in Directory.names(folder) {
            // What a transfer that was killed leaves behind.
            if name.hasPrefix("pack_git2_") { unlink("\(folder)/\(name)") }
            guard name.hasSuffix(".pack"), let count = PackIndex.count(at: "\(folder)/\(name.dropLast(5)).idx"),
                count <= limits.mergedObjects / 2
            else { continue }
            packs.append((String(name.dropLast(5)), count))
        }
        guard packs.count > limits.packs else { return }
        packs.sort { ($0.count, $0.name) < ($1.count, $1.name) }
        var merged: [(name: String, count: Int)] = []
        var total = 0
        for pack in packs {
            // A pack larger than all smaller ones together stays as it is, once enough others go.
            if pack.count > 2 * total, merged.count > limits.packs / 2 { break }
            if total + pack.count > limits.mergedObjects { break }
            merged.append(pack)
            total += pack.count
        }
        var ids = Set<ObjectID>()
        for pack in merged { try ids.formUnion(PackIndex.ids(at: "\(folder)/\(pack.name).idx")) }
        let name = try writePack(of: ids.sorted(), into: folder)
        for pack in merged where pack.name != "pack-" + name {
            for suffix in [".idx", ".pack", ".rev"] { unlink("\(folder)/\(pack.name)\(suffix)") }
        }
        report.mergedPacks = merged.count
    }

    /// Writes objects of this repository as a pack, synced, and returns its name without prefix or suffix.
    ///
    /// The folder is the `objects/pack` of this repository or of another.
    @discardableResult
    func writePack(of ids: [ObjectID], into folder: String) throws(GitError) -> String {
        let pointer = pointer
        let builder = try Handle("packing objects", free: git_packbuilder_free) { git_packbuilder_new(&$0, pointer) }
        git_packbuilder_set_threads(builder.pointer, 1)
        for (id, name) in packOrder(of: Set(ids)) {
            var oid = id.oid
            try GitError.check(git_packbuilder_insert(builder.pointer, &oid, name), "packing \(id.short)")
        }
        mkdir(folder, 0o777)
        try GitError.check(git_packbuilder_write(builder.pointer, folder, 0o444, nil, nil), "writing a pack")
        guard let text = git_packbuilder_name(builder.pointer) else {
            throw GitError(.io, "writing a pack: it has no name")
        }
        let name = String(cString: text)
        for suffix in [".pack", ".idx"] { try Directory.sync("\(folder)/pack-\(name)\(suffix)") }
        try Directory.sync(folder)
        return name
    }

    /// The objects with the names that trees give them, newest commit first.
    ///
    /// The packer compares each object with the few inserted before it that have its name and size. Versions of one file
    /// or folder are nearly alike from one commit to the next and have little in common thousands of commits apart, so
    /// this order decides how large a pack becomes.
    private func packOrder(of ids: Set<ObjectID>) -> [(id: ObjectID, name: String)] {
        var commits: [(time: Int64, tree: ObjectID, id: ObjectID)] = []
        var trees: [ObjectID] = []
        for id in ids.sorted() {
            var oid = id.oid
            var size = 0
            var kind = GIT_OBJECT_ANY
            guard git_odb_read_header(&size, &kind, odb.pointer, &oid) == 0 else { continue }
            if kind == GIT_OBJECT_TREE { trees.append(id) }
            guard kind == GIT_OBJECT_COMMIT, let commit = try? commitObject(id) else { continue }
            commits.append((commit.committer?.time ?? 0, commit.tree, id))
        }
        commits.sort { ($0.time, $0.id) > ($1.time, $1.id) }
        var order: [(id: ObjectID, name: String)] = []
        order.reserveCapacity(ids.count)
        var rest = ids
        for commit in commits {
            if rest.remove(commit.id) != nil { order.append((commit.id, "")) }
            append(commit.tree, named: "", depth: 0, from: &rest, to: &order)
        }
        // Trees of commits that are packed elsewhere.
        for tree in trees { append(tree, named: "", depth: 0, from: &rest, to: &order) }
        for id in rest.sorted() { order.append((id, "")) }
        return order
    }

    /// Appends a tree, if it is among the rest, and what is in it.
    private func append(
        _ tree: ObjectID,
        named name: String,
        depth: Int,
        from rest: inout Set<ObjectID>,
        to order: inout [(id: ObjectID, name: String)]
    ) {
        guard depth <= Self.depthLimit, rest.remove(tree) != nil else { return }
        order.append((tree, name))
        guard let handle = try? lookUpTree(tree) else { return }
        for index in 0..<git_tree_entrycount(handle.pointer) {
            guard let entry = git_tree_entry_byindex(handle.pointer, index) else { continue }
            let child = ObjectID(git_tree_entry_id(entry).pointee)
            guard rest.contains(child), let text = git_tree_entry_name(entry) else { continue }
            let childName = String(cString: text)
            if git_tree_entry_type(entry) == GIT_OBJECT_TREE {
                append(child, named: childName, depth: depth + 1, from: &rest, to: &order)
            } else {
                rest.remove(child)
                order.append((child, childName))
            }
        }
        _ = handle.pointer
    }

    /// Points a reference at a commit, whatever it named before.
    func set(_ reference: String, to id: ObjectID) throws(GitError) {
        var oid = id.oid
        var attempt = 0
        while true {
            var made: OpaquePointer?
            let code = git_reference_create(&made, pointer, reference, &oid, 1, "sluice")
            git_reference_free(made)
            attempt += 1
            // Verbs of one machine share a mirror; each holds the reference for a moment.
            guard code == GIT_ELOCKED.rawValue, attempt < 100 else {
                try GitError.check(code, "setting \(reference)")
                return
            }
            usleep(UInt32.random(in: 10_000...30_000))
        }
    }

    /// Removes a reference; none there is no error.
    func remove(_ reference: String) throws(GitError) {
        let code = git_reference_remove(pointer, reference)
        if code != GIT_ENOTFOUND.rawValue { try GitError.check(code, "removing \(reference)") }
    }
}

/// The few file system calls that maintenance needs.
enum Directory {
    /// What is in a folder; nothing where it cannot be read.
    static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// The last bytes of a file; fewer where it has no more.
    static func end(of path: String, count: Int) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(file, &bytes, count, off_t(max(0, size(path) - count)))
        return Array(bytes.prefix(max(0, got)))
    }

    /// A file's bytes; zero where there is none.
    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether there is a regular file, and no link to one.
    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether it is a file, or a link to one, that this process may read.
    static func isReadable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR && access(path, R_OK) == 0
    }

    /// Waits until a file or folder is on the disk.
    static func sync(_ path: String) throws(GitError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system("opening \(path)") }
        defer { close(file) }
        guard fsync(file) == 0 else { throw .system("syncing \(path)") }
    }
}
