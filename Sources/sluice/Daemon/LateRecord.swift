import Core
import Reconciler
import Synchronization

/// The loop's record of each application, for those who are made before the loop.
final class LateRecord: Sendable {
    private struct Holder {
        weak var loop: Loop<Engine>?
    }

    private let holder = Mutex(Holder())

    func follow(_ loop: Loop<Engine>) {
        holder.withLock { $0.loop = loop }
    }

    func status(of name: ApplicationName) async -> Status? {
        await holder.withLock { $0.loop }?.status(of: name)
    }
}
