import Glibc
import SluiceClient
import Synchronization

/// What a worker pays for knowing whether it is to take messages: processor time and memory of its watcher.
struct WatcherCost {
    let rounds: Int

    private static let polls = 1_000

    func measure(_ report: inout Report) throws {
        let scratch = try ScratchFolder()
        let before = try Files.residentSize()
        let endpoint = try EndpointThread(path: scratch.file("elevation"))
        let watcher = try ElevationWatcher(
            .unix(path: endpoint.path), .init(interval: .milliseconds(10)))
        try endpoint.wait(for: 100)
        let after = try Files.residentSize()
        var times: [Double] = []
        for _ in 0..<max(1, rounds / 5) {
            let start = (polls: endpoint.polls, own: Self.processorTime(), theirs: endpoint.processorTime)
            try endpoint.wait(for: start.polls + Self.polls)
            let own = Self.processorTime() - start.own - (endpoint.processorTime - start.theirs)
            times.append(own * 1_000 * Double(Self.polls) / Double(endpoint.polls - start.polls))
        }
        guard watcher.current.isActive else { throw Program.Failure(description: "the watcher did not follow") }
        report.add("processor time of 1,000 polls of a watcher", 1, times, unit: "ms")
        report.add(
            "resident memory that a watcher and its endpoint's thread add", 1, [Double(after - before) / 1e6],
            unit: "MB")
    }

    /// Seconds of this process so far.
    private static func processorTime() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    fileprivate static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// An endpoint for one watcher, which answers it as an agent does: at first with a state, then that nothing changed.
private final class EndpointThread: Sendable {
    let path: String
    private let counts = Counts()

    private final class Counts: Sendable {
        let state = Mutex<(polls: Int, processorTime: Double)>((0, 0))
    }

    var polls: Int { counts.state.withLock { $0.polls } }
    /// Seconds of the thread, up to its last answer.
    var processorTime: Double { counts.state.withLock { $0.processorTime } }

    init(path: String) throws {
        self.path = path
        let listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, listen(listening, 1) == 0 else {
            throw Program.Failure(description: "no endpoint can listen at \(path)")
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Context(listening, counts))
        pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Context>.fromOpaque(pointer).takeRetainedValue().serve() }
                return nil
            }, context.toOpaque())
        pthread_detach(thread)
    }

    /// Returns when so many polls have come.
    func wait(for number: Int) throws {
        for _ in 0..<60_000 {
            if polls >= number { return }
            usleep(10_000)
        }
        throw Program.Failure(description: "the watcher does not poll")
    }

    private final class Context: Sendable {
        let listening: Int32
        let counts: Counts

        init(_ listening: Int32, _ counts: Counts) {
            self.listening = listening
            self.counts = counts
        }

        func serve() {
            let state = ElevationState(
                instance: "search-indexer-0", application: "search", component: "indexer", side: .flip,
                version: "4.2.0", isActive: true, weight: 100, since: "2026-11-21T07:30:00Z",
                order: .init(epoch: 3, sequence: 17)
            ).json
            let first = Array(
                "HTTP/1.1 200 OK\r\nContent-Length: \(state.utf8.count)\r\nETag: \"3.17\"\r\n\r\n\(state)".utf8)
            let same = Array("HTTP/1.1 304 Not Modified\r\nETag: \"3.17\"\r\n\r\n".utf8)
            let client = accept(listening, nil, nil)
            var buffer = [UInt8](repeating: 0, count: 4_096)
            var answer = first
            while recv(client, &buffer, buffer.count, 0) > 0 {
                _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
                answer = same
                let time = WatcherCost.seconds(CLOCK_THREAD_CPUTIME_ID)
                counts.state.withLock { $0 = ($0.polls + 1, time) }
            }
            close(client)
            close(listening)
        }
    }
}
