import CGit2
import Glibc

extension Repository {
    /// Whether it holds no object.
    var isEmpty: Bool {
        Directory.names(path + "objects").allSatisfy { ["info", "pack", "incoming"].contains($0) }
            && !Directory.names(path + "objects/pack").contains { $0.hasSuffix(".pack") }
    }

    /// Gives an empty repository hard links to this one's packs, which never change: nothing is read, and no delta is
    /// looked for anew.
    ///
    /// Only whole pairs of regular files, nothing of what an alternate holds, and none at all where the file system
    /// refuses (another disk, another owner): what is not linked is copied as objects.
    borrowing func linkPacks(into target: borrowing Repository) throws(GitError) {
        let (from, to) = (path + "objects/pack/", target.path + "objects/pack/")
        mkdir(to, 0o777)
        var hasLinked = false
        for file in Directory.names(from) where file.hasPrefix("pack-") && file.hasSuffix(".pack") {
            let (pack, index) = (file, file.dropLast(5) + ".idx")
            guard Directory.isFile(from + pack), Directory.isFile(from + index) else { continue }
            guard link(from + pack, to + pack) == 0 else { break }
            // A pack counts once it has its index.
            guard link(from + index, to + index) == 0 else {
                unlink(to + pack)
                break
            }
            hasLinked = true
        }
        guard hasLinked else { return }
        try Directory.sync(to)
        try GitError.check(git_odb_refresh(target.odb.pointer), "reading the packs of \(path)")
    }
}
