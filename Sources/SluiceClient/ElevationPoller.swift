import Glibc
package import Signal
import Synchronization

/// The thread that asks, and what it shares with those who read.
package final class ElevationPoller: Sendable {
    private struct Shared: ~Copyable {
        var watch: ElevationWatch
        var follows: ElevationState.Order?
        var listeners: [Int: AsyncStream<ElevationReading>.Continuation] = [:]
        var nextListener = 0
        var isStopped = false
    }

    private let endpoint: ElevationEndpoint
    private let shared: Mutex<Shared>
    /// Written to when the thread should look at once.
    private let wake: WakePipe

    /// A stack for one exchange and the reading of a state, which is small.
    private static let stackSize = 256 << 10

    package init(
        _ endpoint: ElevationEndpoint, _ settings: ElevationWatch.Settings
    ) throws(ElevationReading.Problem) {
        self.endpoint = endpoint
        shared = Mutex(
            Shared(
                watch: ElevationWatch(settings, host: endpoint.host, seed: UInt64.random(in: .min ... .max))))
        wake = try WakePipe()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, Self.stackSize)
        var thread = pthread_t()
        let held = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<ElevationPoller>.fromOpaque(context).takeRetainedValue().poll()
                return nil
            }, held.toOpaque())
        guard result == 0 else {
            held.release()
            throw .away("no thread can be had: \(String(cString: strerror(result)))")
        }
    }

    package func stop() {
        let listeners = shared.withLock { shared in
            shared.isStopped = true
            defer { shared.listeners = [:] }
            return shared.listeners
        }
        for listener in listeners.values { listener.finish() }
        wake.wake()
    }

    package var current: ElevationReading {
        shared.withLock { $0.watch.reading(at: ElevationConnection.monotonic) }
    }

    package func report(_ doing: WorkerReport.Doing, inFlight: Int) {
        let isNews = shared.withLock { shared in
            shared.watch.report(doing, inFlight: inFlight, follows: shared.follows)
        }
        if isNews { wake.wake() }
    }

    /// Notes which state the worker has taken up.
    package func isFollowed(_ order: ElevationState.Order?) {
        shared.withLock { $0.follows = order }
    }

    package func readings() -> AsyncStream<ElevationReading> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ElevationReading.self, bufferingPolicy: .bufferingNewest(1))
        let number = shared.withLock { shared -> Int? in
            guard !shared.isStopped else { return nil }
            continuation.yield(shared.watch.reading(at: ElevationConnection.monotonic))
            shared.nextListener += 1
            shared.listeners[shared.nextListener] = continuation
            return shared.nextListener
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.shared.withLock { $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    // MARK: The thread

    private func poll() {
        var connection = ElevationConnection(endpoint)
        while true {
            let (request, patience, waits, isStopped) = shared.withLock { shared in
                (shared.watch.request, shared.watch.patience, shared.watch.waits, shared.isStopped)
            }
            if isStopped { return }
            // An answer that is not kept back comes soon; what there is to say goes with the next request.
            let interruption = waits ? wake.readable : -1
            let outcome: Result<ElevationResponse, ElevationReading.Problem>
            do throws(ElevationConnection.Failure) {
                outcome = .success(
                    try connection.exchange(
                        request, until: ElevationConnection.monotonic + patience, wake: interruption))
            } catch .problem(let problem) {
                outcome = .failure(problem)
            } catch {
                // Somebody has something to say: it goes with a new request.
                wake.clear()
                continue
            }
            let delay = shared.withLock { shared in
                let now = ElevationConnection.monotonic
                if shared.watch.take(outcome, at: now) {
                    // Under the lock, so that readings reach everybody in their order. Yielding waits for nobody.
                    for listener in shared.listeners.values { listener.yield(shared.watch.reading(at: now)) }
                }
                return shared.watch.delay()
            }
            pause(delay)
        }
    }

    private func pause(_ delay: Duration) {
        let deadline = ElevationConnection.monotonic + delay
        while true {
            let left = deadline - ElevationConnection.monotonic
            guard left > .zero else { return }
            var file = pollfd(fd: wake.readable, events: Int16(POLLIN), revents: 0)
            if Glibc.poll(&file, 1, ElevationConnection.milliseconds(left)) > 0 {
                wake.clear()
                return
            }
        }
    }
}
