import Foundation
import Signal
import SluiceClient
import Synchronization
import Testing

/// The reader on a real disk.
@Suite(.timeLimit(.minutes(5))) struct FileReplacementTests {
    @Test func `threads that read while the file is replaced see every state whole and none twice`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-reader-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "search.json").path
        func put(_ generation: Int, flop: Int) throws {
            let temporary = path + ".new"
            try Data(TrafficReaderTests.file(generation, flop: flop)).write(to: URL(filePath: temporary))
            guard rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }
        try put(1, flop: 0)
        let reader = TrafficReader(path: path)
        let end = Flag()
        // Flop only grows, so a key that was seen on flop is never to be seen on flip again.
        let lost = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var moved = Set<String>()
                    var lost = 0
                    repeat {
                        for key in TrafficReaderTests.keys {
                            if reader.side(for: key) == .flop {
                                moved.insert(key)
                            } else if moved.contains(key) {
                                lost += 1
                            }
                        }
                        await Task.yield()
                    } while !end.isSet
                    return lost
                }
            }
            for generation in 2...101 { try put(generation, flop: generation - 1) }
            end.set()
            return try await group.reduce(0, +)
        }
        #expect(lost == 0)
        #expect(reader.state.file?.generation == 101)
        #expect(reader.state.problem == nil)
        #expect(TrafficReaderTests.share(reader) == 1_000)
    }

    @Test func `a folder in the file's place is told and not followed`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-reader-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let reader = TrafficReader(path: folder.path)
        #expect(reader.state.problem == .unreadable("it is no regular file"))
        #expect(reader.side(for: "a") == .flip)
    }
}

/// Set once, from outside of a task.
private final class Flag: Sendable {
    private let state = Mutex(false)

    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
}
