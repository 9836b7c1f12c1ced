import Git
import Glibc
import Manifests
import Repository

/// Walks a folder on the disk as the daemon walks one in git: what is found, passed over or refused here is so there.
struct FolderWalk {
    /// Something that is no folder that can be looked into.
    struct Entry {
        /// Relative to the folder that is walked.
        var path: String
        /// Nil: a regular file, to be read.
        var stand: ManifestFile?
    }

    let root: String
    let filter: TreeFilter
    private(set) var entries: [Entry] = []
    private var count = 0

    init(_ root: String, _ filter: TreeFilter) {
        self.root = root
        self.filter = filter
    }

    /// - Throws: where the root cannot be read, or there is more than anybody walks.
    mutating func run() throws(Failure) {
        var pending = [(path: "", depth: 0)]
        while let folder = pending.popLast() {
            guard folder.depth <= TreeBounds.depth else {
                entries.append(
                    Entry(path: folder.path, stand: ManifestFile(standingFor: .tooDeep, at: folder.path)))
                continue
            }
            guard let names = try names(in: folder.path) else { continue }
            let prefix = folder.path.isEmpty ? "" : folder.path + "/"
            for name in names where name != Array(".git".utf8) {
                if try visit(name, prefix) { pending.append((prefix + EntryName(name).shown, folder.depth + 1)) }
            }
        }
        entries.sort { $0.path < $1.path }
    }

    /// - Returns: whether it is a folder to look into.
    private mutating func visit(_ bytes: [UInt8], _ prefix: String) throws(Failure) -> Bool {
        let name = EntryName(bytes)
        let path = prefix + name.shown
        var information = stat()
        let place = Array((root + "/" + prefix).utf8) + bytes + [0]
        let isThere = place.withUnsafeBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { lstat($0, &information) == 0 } ?? false
        }
        guard isThere else {
            // It may have gone since; nothing else is passed over in silence.
            if errno != ENOENT { entries.append(Entry(path: path, stand: Self.unreadable(path, .hidden))) }
            return false
        }
        let kind = information.st_mode & S_IFMT
        guard kind == S_IFDIR || kind == S_IFLNK || kind == S_IFREG && filter.lists(bytes) else { return false }
        let relative = String(decoding: Array(prefix.utf8) + bytes, as: UTF8.self)
        if kind == S_IFDIR ? filter.ignored.ignores(folder: relative) : filter.ignored.ignores(file: relative) {
            return false
        }
        guard case .usable = name else {
            let matters = kind == S_IFDIR || filter.lists(bytes)
            if matters { entries.append(Entry(path: path, stand: ManifestFile(standingFor: .badName, at: path))) }
            return false
        }
        switch kind {
        case S_IFDIR: return true
        case S_IFLNK: entries.append(Entry(path: path, stand: ManifestFile(standingFor: .symbolicLink, at: path)))
        default: entries.append(Entry(path: path))
        }
        return false
    }

    /// The names in a folder below the root, as the system has them; nil for one that is no more, or cannot be read,
    /// which is then an entry.
    private mutating func names(in folder: String) throws(Failure) -> [[UInt8]]? {
        let path = folder.isEmpty ? root : root + "/" + folder
        guard let handle = opendir(path) else {
            if folder.isEmpty { throw FleetReader.unreadable(path) }
            if errno != ENOENT { entries.append(Entry(path: folder, stand: Self.unreadable(folder, .hidden))) }
            return nil
        }
        defer { closedir(handle) }
        var names: [[UInt8]] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            count += 1
            guard count <= filter.limit else {
                throw Failure(
                    "\(Terminal.clean(root)) has more than \(filter.limit) entries",
                    advice: "give the folder of the manifests, or name the others in \(ManifestFolder.ignoreFile)")
            }
            names.append(name)
        }
        return names
    }

    /// What stands for something that the system does not let be read, by what it said last.
    static func unreadable(_ path: String, _ reading: Reading) -> ManifestFile {
        let why = String(cString: strerror(errno))
        return ManifestFile(
            unread: Finding(path: path, mark: .start, code: .unreadable, message: "this cannot be read: \(why)"),
            reading)
    }
}
