import Foundation

/// The tree that these tests are about, and what was built of it.
enum Project {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of this test bundle; the executables stand beside it.
    static let products: URL = {
        for argument in CommandLine.arguments where argument.contains(".xctest") {
            return URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }()

    static func read(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    /// Paths below a folder of the tree, sorted, relative to the root.
    static func files(under folder: String, suffix: String) throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
        return all.filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
    }

    /// Names of the folders directly in a folder.
    static func folders(in folder: String) throws -> [String] {
        let url = root.appendingPathComponent(folder)
        return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted().filter { name in
            var isFolder: ObjCBool = false
            let path = url.appendingPathComponent(name).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
    }
}
