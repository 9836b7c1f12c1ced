import Foundation
import Signal
import SluiceClient
import Testing

/// The readers of `Examples/switchboard/readers`: any language can, and all say the same.
@Suite(.timeLimit(.minutes(5))) struct OtherLanguagesTests {
    struct Reader: CustomTestStringConvertible, Sendable {
        var program: String
        var script: String

        var testDescription: String { script }
        var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }
    }

    static let readers = [
        Reader(program: "/usr/bin/python3", script: "reader.py"), Reader(program: "/usr/bin/php", script: "reader.php"),
    ]

    static let keys =
        (0..<994).map { "user-\($0)" } + ["", " ", "é", "🙂 smile", "a\tb", String(repeating: "long", count: 500)]

    @Test(arguments: readers.filter(\.isInstalled), [0, 1, 10, 50, 99, 100])
    func `a reader in another language assigns every key to the same side`(_ other: Reader, flop: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-readers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, input, output) = (
            folder.appending(path: "search.json"), folder.appending(path: "keys"), folder.appending(path: "sides")
        )
        try Data(TrafficReaderTests.file(1, flop: flop)).write(to: file)
        try Data(Self.keys.map { $0 + "\n" }.joined().utf8).write(to: input)
        try Data().write(to: output)
        let reader = TrafficReader(path: file.path)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: other.program)
        process.arguments = [root.appending(path: "Examples/switchboard/readers/\(other.script)").path, file.path]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let sides = try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(sides == Self.keys.map { reader.side(for: $0).rawValue })
    }

    @Test func `python is there, so that at least one is compared`() {
        #expect(Self.readers.first?.isInstalled == true)
    }
}
