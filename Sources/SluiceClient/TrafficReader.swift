import Glibc
@_exported public import Signal
import Synchronization

/// Tells which side a request goes to, by the traffic file on this machine's disk.
///
/// Ask it anew for every request. Where the file has not changed that costs one `stat`; where it has, one caller reads
/// it and the others go on by what was known. It may be used from any number of threads.
///
/// The file has to be replaced by renaming, as `sluice traffic` does. Whatever is wrong with it, requests go on by the
/// last good state; ``state`` tells.
public final class TrafficReader: Sendable {
    private let path: String
    private let files: any FileAccess
    private let known: Mutex<Known>

    /// Reads the file for the first time.
    ///
    /// - Parameters:
    ///   - path: of the application's traffic file. It need not be there yet.
    ///   - fallback: the side that all requests go to until a good file was read once.
    public convenience init(path: String, fallback: Side = .flip) {
        self.init(path: path, fallback: fallback, files: SystemFiles())
    }

    package init(path: String, fallback: Side = .flip, files: some FileAccess) {
        self.path = path
        self.files = files
        known = Mutex(Known(fallback: fallback))
        look()
    }

    /// The side for a request, the same for the same key until weights move past it.
    ///
    /// - Parameter key: what should stay on one side: a user, a session.
    /// - Returns: the side by the file as it is now, or else by the last good one.
    public func side(for key: String) -> Side {
        look().side(of: key)
    }

    /// What is followed, and what is wrong with the file now. Looks at the file first.
    public var state: TrafficState {
        look()
        return known.withLock { known in
            let age = known.problem == nil ? .zero : Self.now() - known.problemSince
            return TrafficState(file: known.file, problem: known.problem, age: age)
        }
    }

    /// Follows the file where it has changed.
    @discardableResult
    private func look() -> Split {
        let mark = files.mark(of: path)
        let (isNew, split) = known.withLock { known in
            let isNew = !known.isReading && (mark != known.mark || known.isUnsure)
            if isNew { known.isReading = true }
            return (isNew, known.split)
        }
        guard isNew else { return split }
        let result: Result<FileReading, FileProblem>
        do throws(FileProblem) {
            guard mark != nil else { throw .missing }
            result = .success(try files.read(path, limit: TrafficFile.limit))
        } catch {
            result = .failure(error)
        }
        let now = Self.now()
        return known.withLock { known in
            known.isReading = false
            known.take(result, at: mark, now: now)
            return known.split
        }
    }

    /// The machine's monotonic clock.
    private static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

/// What every request needs: plain values, so that copying them counts no references.
private struct Split {
    var hash = KeyHash(application: "")
    /// Percent for flop.
    var flop: Int

    func side(of key: String) -> Side { hash.side(of: key, flop: flop) }
}

/// What is known now.
private struct Known: ~Copyable {
    var split: Split
    /// The file that was looked at last, good or bad; nil where there was none.
    var mark: FileMark?
    /// Whether the next look has to read although the mark is the same: what was read may have changed since.
    var isUnsure = false
    /// Whether somebody reads it now.
    var isReading = false
    var file: TrafficFile?
    var problem: TrafficState.Problem?
    var problemSince = Duration.zero

    init(fallback: Side) {
        split = Split(flop: fallback == .flop ? 100 : 0)
        problem = .missing
        isUnsure = true
    }

    mutating func take(_ result: Result<FileReading, FileProblem>, at mark: FileMark?, now: Duration) {
        let before = problem
        switch result {
        case .success(let reading):
            self.mark = reading.mark
            isUnsure = reading.isRecent
            problem = follow(reading.bytes)
        case .failure(.missing):
            // It may have gone between look and reading; then the next look finds it so.
            self.mark = nil
            isUnsure = false
            problem = .missing
        case .failure(.changing):
            isUnsure = true
            problem = .unreadable("it is written to in place")
        case .failure(.failed(let why)):
            // What makes it readable again need not change the file.
            self.mark = mark
            isUnsure = true
            problem = .unreadable(why)
        }
        if problem != nil, before == nil || problemSince == .zero { problemSince = now }
        if problem == nil { problemSince = .zero }
    }

    /// - Returns: why the bytes are not followed; nil where they are.
    private mutating func follow(_ bytes: [UInt8]) -> TrafficState.Problem? {
        let read: TrafficFile
        do throws(WireError) {
            read = try TrafficFile(json: bytes)
        } catch {
            return .refused(error)
        }
        if let file {
            guard read.application == file.application else { return .otherApplication(read.application) }
            guard read.order >= file.order else { return .older(read.order) }
        }
        guard let weights = read.weights else {
            if file != nil { file = read }
            return .noRoute
        }
        file = read
        split = Split(hash: KeyHash(application: read.application), flop: weights.flop)
        return nil
    }
}
