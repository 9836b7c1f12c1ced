import Foundation
import Signal
import SluiceClient
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct TrafficReaderTests {
    static let keys = (0..<1_000).map { "user-\($0)" }

    static func file(epoch: Int = 1, _ generation: Int, flop: Int?, of application: String = "search") -> [UInt8] {
        var file = TrafficFile(
            application: application, environment: "default", epoch: epoch, sequence: 0, generation: generation,
            writtenAt: "2026-11-21T07:30:00Z")
        file.weights = flop.map { PerSide(flip: 100 - $0, flop: $0) }
        return file.json
    }

    /// Keys on flop, of a thousand.
    static func share(_ reader: TrafficReader) -> Int { keys.count { reader.side(for: $0) == .flop } }

    static func expected(_ flop: Int) -> Int {
        let hash = KeyHash(application: "search")
        return keys.count { hash.side(of: $0, flop: flop) == .flop }
    }

    @Test func `a request costs one stat while nothing changes`() {
        let files = PlayedFiles(Self.file(1, flop: 10))
        let reader = TrafficReader(path: "search.json", files: files)
        #expect(files.counts == (looks: 1, readings: 1))
        for key in Self.keys { _ = reader.side(for: key) }
        #expect(files.counts == (looks: 1_001, readings: 1))
        files.replace(Self.file(2, flop: 50))
        #expect(Self.share(reader) == Self.expected(50))
        #expect(files.counts == (looks: 2_001, readings: 2))
        // What is not good is read once too.
        files.replace(Array("{".utf8))
        #expect(Self.share(reader) == Self.expected(50))
        #expect(files.counts == (looks: 3_001, readings: 3))
        files.remove()
        #expect(Self.share(reader) == Self.expected(50))
        #expect(files.counts == (looks: 4_001, readings: 3))
    }

    @Test func `a file that was changed a moment ago is read again although it looks the same`() {
        let files = PlayedFiles(Self.file(1, flop: 10), isRecent: true)
        let reader = TrafficReader(path: "search.json", files: files)
        files.swap(Self.file(2, flop: 50))
        #expect(Self.share(reader) == Self.expected(50))
        files.settle()
        _ = reader.side(for: "a")
        let before = files.counts.readings
        _ = Self.share(reader)
        #expect(files.counts.readings == before)
    }

    @Test func `until there is a good file all go to the fallback`() {
        let files = PlayedFiles(nil)
        let reader = TrafficReader(path: "search.json", fallback: .flop, files: files)
        #expect(Self.share(reader) == 1_000)
        #expect(reader.state.problem == .missing && reader.state.file == nil)
        files.replace(Self.file(1, flop: nil))
        #expect(Self.share(reader) == 1_000)
        #expect(reader.state.problem == .noRoute)
        files.replace(Self.file(2, flop: 0))
        #expect(Self.share(reader) == 0)
        #expect(reader.state.problem == nil && reader.state.file?.generation == 2 && reader.state.age == .zero)
    }

    @Test func `what is wrong with the file changes nothing and is told`() {
        let good = Self.file(epoch: 3, 17, flop: 10)
        let bad: [([UInt8]?, TrafficState.Problem)] = [
            (nil, .missing),
            (
                Array(good.dropLast(40)),
                .refused(.malformed(at: good.count - 40, "a closing quotation mark is missing"))
            ),
            ([], .refused(.malformed(at: 0, "no JSON value: the file ends"))),
            (Array(#"{"version": 9}"#.utf8), .refused(.fromTheFuture(version: 9))),
            (Self.file(epoch: 3, 16, flop: 90), .older(TrafficFile.Order(epoch: 3, generation: 16))),
            (Self.file(epoch: 2, 99, flop: 90), .older(TrafficFile.Order(epoch: 2, generation: 99))),
            (Self.file(epoch: 4, 18, flop: 90, of: "other"), .otherApplication("other")),
        ]
        for (bytes, problem) in bad {
            let files = PlayedFiles(good)
            let reader = TrafficReader(path: "search.json", files: files)
            if let bytes { files.replace(bytes) } else { files.remove() }
            #expect(Self.share(reader) == Self.expected(10), "\(problem)")
            let state = reader.state
            if case .refused(.malformed) = problem {
                guard case .refused(.malformed)? = state.problem else {
                    Issue.record("\(state) instead of \(problem)")
                    continue
                }
            } else {
                #expect(state.problem == problem)
            }
            #expect(state.file?.order == TrafficFile.Order(epoch: 3, generation: 17))
            #expect(state.age > .zero && state.age < .seconds(60))
            // And it recovers.
            files.replace(Self.file(epoch: 4, 1, flop: 50))
            #expect(Self.share(reader) == Self.expected(50))
            #expect(reader.state.problem == nil)
        }
    }

    @Test func `a route that was removed leaves requests where they were, and fences what is older`() {
        let files = PlayedFiles(Self.file(5, flop: 10))
        let reader = TrafficReader(path: "search.json", files: files)
        files.replace(Self.file(6, flop: nil))
        #expect(Self.share(reader) == Self.expected(10))
        #expect(reader.state.problem == .noRoute)
        files.replace(Self.file(5, flop: 50))
        #expect(Self.share(reader) == Self.expected(10))
    }

    @Test func `a file that cannot be read is tried again`() {
        let files = PlayedFiles(Self.file(1, flop: 10))
        let reader = TrafficReader(path: "search.json", files: files)
        files.replace(Self.file(2, flop: 50), failing: .failed("opening it: Too many open files"))
        #expect(Self.share(reader) == Self.expected(10))
        #expect(reader.state.problem == .unreadable("opening it: Too many open files"))
        files.mend()
        #expect(Self.share(reader) == Self.expected(50))
        #expect(reader.state.problem == nil)
    }
}

/// A file system that is one file in memory, and counts.
private final class PlayedFiles: FileAccess {
    private struct State {
        var bytes: [UInt8]?
        var inode: UInt64 = 1
        var isRecent: Bool
        var failure: FileProblem?
        var counts = (looks: 0, readings: 0)

        var mark: FileMark { FileMark(inode: inode, size: 0, modified: 0) }
    }

    private let state: Mutex<State>

    init(_ bytes: [UInt8]?, isRecent: Bool = false) { state = Mutex(State(bytes: bytes, isRecent: isRecent)) }

    var counts: (looks: Int, readings: Int) { state.withLock { $0.counts } }

    func replace(_ bytes: [UInt8], failing: FileProblem? = nil) {
        state.withLock { state in
            state.bytes = bytes
            state.inode += 1
            state.failure = failing
        }
    }

    /// Replaces it so that no `stat` can tell.
    func swap(_ bytes: [UInt8]) { state.withLock { $0.bytes = bytes } }
    func settle() { state.withLock { $0.isRecent = false } }
    func mend() { state.withLock { $0.failure = nil } }
    func remove() { state.withLock { $0.bytes = nil } }

    func mark(of path: String) -> FileMark? {
        state.withLock { state in
            state.counts.looks += 1
            return state.bytes == nil ? nil : state.mark
        }
    }

    func read(_ path: String, limit: Int) throws(FileProblem) -> FileReading {
        let result: Result<FileReading, FileProblem> = state.withLock { state in
            state.counts.readings += 1
            if let failure = state.failure { return .failure(failure) }
            guard let bytes = state.bytes else { return .failure(.missing) }
            return .success(FileReading(mark: state.mark, bytes: bytes, isRecent: state.isRecent))
        }
        return try result.get()
    }
}
