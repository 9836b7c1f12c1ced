import Glibc
import Synchronization

/// Runs an actor's jobs on a thread of its own, since libgit2 blocks and the shared pool must not.
///
/// The thread also outlives every child that it spawns: Linux sends a child its parent-death signal when the
/// *thread* that made it ends.
final class ThreadExecutor: SerialExecutor {
    private let queue: Queue

    init() {
        queue = Queue()
        queue.start()
    }

    deinit { queue.close() }

    func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), executor: asUnownedSerialExecutor())
    }

    /// What the thread holds on to; not the executor, so that the executor can go away.
    private final class Queue: Sendable {
        private struct Entry {
            var job: UnownedJob
            var executor: UnownedSerialExecutor
        }

        private struct State {
            var entries: [Entry] = []
            var isClosed = false
        }

        private let state = Mutex(State())
        private nonisolated(unsafe) let wake = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init() { sem_init(wake, 0, 0) }

        deinit {
            sem_destroy(wake)
            wake.deallocate()
        }

        func append(_ job: UnownedJob, executor: UnownedSerialExecutor) {
            state.withLock { $0.entries.append(Entry(job: job, executor: executor)) }
            sem_post(wake)
        }

        func close() {
            state.withLock { $0.isClosed = true }
            sem_post(wake)
        }

        func start() {
            var thread = pthread_t()
            let retained = Unmanaged.passRetained(self).toOpaque()
            let code = pthread_create(
                &thread,
                nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<Queue>.fromOpaque(argument).takeRetainedValue().work()
                    return nil
                },
                retained
            )
            assert(code == 0, "a thread can be made")
            pthread_detach(thread)
        }

        private func work() {
            while true {
                while sem_wait(wake) != 0 {}
                let (entries, isClosed) = state.withLock { state in
                    defer { state.entries = [] }
                    return (state.entries, state.isClosed)
                }
                for entry in entries { entry.job.runSynchronously(on: entry.executor) }
                if isClosed && entries.isEmpty { return }
            }
        }
    }
}
