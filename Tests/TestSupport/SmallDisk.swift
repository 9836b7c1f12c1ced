import Foundation

/// A file system of a megabyte or so, which really gets full. It goes away with the test.
///
/// It is mounted, which only root may: `isPermitted` says whether tests that need one can be run.
package final class SmallDisk: Sendable {
    /// Where it is mounted.
    package let path: String

    /// Whether this process may mount one.
    package static let isPermitted = (try? SmallDisk(kilobytes: 64)) != nil

    /// Why a disk could not be had.
    package struct NotPermitted: Error {}

    package init(kilobytes: Int) throws {
        path = NSTemporaryDirectory() + "sluice-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard try Self.run("/bin/mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "none", path) else {
            try? FileManager.default.removeItem(atPath: path)
            throw NotPermitted()
        }
    }

    deinit {
        // Whatever still has a file open there keeps it until it ends.
        _ = try? Self.run("/bin/umount", "-l", path)
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Leaves no room.
    package func fill() throws {
        guard FileManager.default.createFile(atPath: filler, contents: nil) else { throw NotPermitted() }
        let file = try FileHandle(forWritingTo: URL(filePath: filler))
        defer { try? file.close() }
        for size in [65_536, 4_096, 1] {
            let chunk = Data(count: size)
            while (try? file.write(contentsOf: chunk)) != nil {}
        }
    }

    /// Makes room again.
    package func free() throws { try FileManager.default.removeItem(atPath: filler) }

    private var filler: String { path + "/filler" }

    private static func run(_ words: String...) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
