import FoundationEssentials
import Glibc

/// A lock of git's: a file whose name ends in `.lock`, which whoever is killed leaves behind.
struct LockFile {
    let path: String

    /// Younger than this, in seconds, it is taken for somebody at work.
    private static let atWork = 3.0
    /// Older than this, in seconds, it is given up where nobody on this machine can hold it.
    private static let givenUp = 600.0

    /// What is known of who left it.
    enum Holder {
        /// There is no such file any more.
        case gone
        /// It is being held at this moment, as far as can be told.
        case atWork
        /// Nobody can hold it.
        case nobody
        /// Somebody might: its age in seconds.
        case somebody(age: Int)
    }

    /// Seconds since it was made.
    private var age: Double? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return max(0, Self.now - Self.seconds(status.st_mtim))
    }

    /// Seconds since 1970.
    static var now: Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return seconds(now)
    }

    private static func seconds(_ time: timespec) -> Double { Double(time.tv_sec) + Double(time.tv_nsec) / 1e9 }

    /// Whoever may hold it. `repository` is the folder in which git would be at work.
    func holder(in repository: String) -> Holder {
        guard let age else { return .gone }
        if PushRecord.isLeft(path, in: repository) { return .nobody }
        if age < Self.atWork { return .atWork }
        if age >= Self.givenUp, Self.isIdle(repository) { return .nobody }
        return .somebody(age: Int(age))
    }

    /// Whether no process that could be seen is at work in a repository, and all could be seen.
    private static func isIdle(_ repository: String) -> Bool {
        guard let resolved = realpath(repository, nil) else { return false }
        defer { free(resolved) }
        let folder = String(cString: resolved)
        for name in Directory.names("/proc") where Int32(name) != nil && Int32(name) != getpid() {
            switch isIn(folder, process: name) {
            case .some(true), nil: return false
            case .some(false): continue
            }
        }
        return true
    }

    /// Whether a process has its current folder or an open file there; nil where that cannot be seen.
    private static func isIn(_ folder: String, process: String) -> Bool? {
        guard let link = target("/proc/\(process)/cwd") else {
            if errno == ENOENT || errno == ESRCH { return false }
            // Its name can be seen by everybody: most programs have nothing to do with git.
            let bytes = File.read("/proc/\(process)/comm", limit: 64)
            let name = bytes.map { String(decoding: $0, as: UTF8.self) } ?? "git"
            return ["git", "sluice", "java"].contains { name.contains($0) } ? nil : false
        }
        if link == folder || link.hasPrefix(folder + "/") { return true }
        return Directory.names("/proc/\(process)/fd").contains {
            target("/proc/\(process)/fd/\($0)")?.hasPrefix(folder + "/") ?? false
        }
    }

    private static func target(_ link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { $0.baseAddress.map { readlink(link, $0, 4_096) } ?? -1 }
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// What to say of a lock that somebody might hold.
    func complaint(age: Int) -> GitError {
        let words = age < 120 ? "\(age) s" : age < 7_200 ? "\(age / 60) min" : "\(age / 3_600) h"
        return GitError(
            .rejected,
            "\(path) has been there for \(words): a git process that was killed leaves such a file, and "
                + "nothing can be written while it is there",
            advice: "if no git process is at work there: rm '\(path)'")
    }

    /// Removes what a killed process left in a mirror that nobody else uses: locks, and files that were not finished.
    ///
    /// What is not older than `before`, in seconds since 1970, is left alone.
    static func sweep(_ mirror: String, before: Double = .infinity) {
        let root = mirror.hasSuffix("/") ? mirror : mirror + "/"
        for name in Directory.names(root) where isLeft(name) { remove(root + name, before) }
        var folders = [root + "refs", root + "logs", root + "info"]
        while let folder = folders.popLast() {
            for name in Directory.names(folder) {
                if isLeft(name) { remove("\(folder)/\(name)", before) } else { folders.append("\(folder)/\(name)") }
            }
        }
        let objects = root + "objects"
        for folder in [objects, objects + "/pack", objects + "/info"] {
            for name in Directory.names(folder) where isLeft(name) { remove("\(folder)/\(name)", before) }
        }
        for folder in Directory.names(objects) where folder.utf8.count == 2 {
            for name in Directory.names("\(objects)/\(folder)") where isLeft(name) {
                remove("\(objects)/\(folder)/\(name)", before)
            }
        }
        if before == .infinity { try? FileManager.default.removeItem(atPath: objects + "/incoming") }
    }

    private static func isLeft(_ name: String) -> Bool {
        name.hasSuffix(".lock") || name.hasPrefix("tmp_") || name.hasPrefix("pack_git2_") || name == "shallow.new"
    }

    private static func remove(_ path: String, _ before: Double) {
        var status = stat()
        guard lstat(path, &status) == 0, seconds(status.st_mtim) < before else { return }
        // Something may have made a folder of that name.
        if status.st_mode & S_IFMT == S_IFDIR { rmdir(path) } else { unlink(path) }
    }
}

/// Says who is moving a reference in a repository of this machine, while they do: so that the lock which a kill
/// leaves is known for what it is.
final class PushRecord {
    private let path: String
    private static let prefix = "sluice-pushing-"

    /// `process` is who moves it.
    init(_ lock: String, in repository: String, by process: pid_t = getpid()) {
        path = "\(repository)\(Self.prefix)\(process)"
        let text = "\(Self.identity(of: process) ?? "-")\n\(lock)\n"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        // Without it a lock is only recognised later.
        guard file >= 0 else { return }
        _ = write(file, text, text.utf8.count)
        close(file)
    }

    deinit { if !isKept { unlink(path) } }

    /// Whoever moves the reference was killed: it stays, for whoever finds the lock.
    var isKept = false

    /// Whether a lock was left by one of us who is gone; forgets those who are.
    static func isLeft(_ lock: String, in repository: String) -> Bool {
        var result = false
        for name in Directory.names(repository) where name.hasPrefix(prefix) {
            guard let process = Int32(name.dropFirst(prefix.count)),
                let bytes = File.read(repository + name, limit: 65_536)
            else { continue }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            // Of another machine, or another container, nothing can be told.
            guard lines.count == 2, let parts = Optional(lines[0].split(separator: " ")), parts.count == 3,
                let mine = identity(of: getpid())?.split(separator: " "), parts[1...].elementsEqual(mine[1...])
            else { continue }
            guard identity(of: process).map({ $0 != lines[0] }) ?? true else { continue }
            if lines[1] == lock { result = true }
            unlink(repository + name)
        }
        return result
    }

    /// When a process began, on which boot of which machine, and in which space of process numbers.
    private static func identity(of process: pid_t) -> String? {
        guard let bytes = File.read("/proc/\(process)/stat", limit: 8_192),
            let boot = File.read("/proc/sys/kernel/random/boot_id", limit: 128)
        else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19 else { return nil }
        var status = stat()
        guard stat("/proc/self/ns/pid", &status) == 0 else { return nil }
        let mark = String(decoding: boot.filter { $0 > 32 }, as: UTF8.self)
        return "\(fields[19]) \(mark) \(status.st_ino)"
    }
}

/// Says that a mirror is in use, as long as it lives: a lock that the kernel takes back from whoever is killed.
final class MirrorUse: Sendable {
    private let file: Int32

    /// Sweeps the mirror where nobody else uses it.
    init(of mirror: String) {
        file = open(mirror + ".users", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        if flock(file, LOCK_EX | LOCK_NB) == 0 {
            LockFile.sweep(mirror)
            Repository.sweepUnfinished(mirror)
        }
        flock(file, LOCK_SH)
    }

    deinit { if file >= 0 { close(file) } }
}
