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

    /// The epoch that is led under; nil while nothing is led.
    func epoch() async -> Int? {
        guard let snapshot = await holder.withLock({ $0.loop })?.snapshot(), snapshot.supersededBy == nil else {
            return nil
        }
        return snapshot.epoch
    }

    /// The components of an application that learn by the signal whether they are to take messages. The simulator's
    /// consumers follow its routes themselves.
    func elevated(of name: ApplicationName) async -> Set<String> {
        guard let status = await status(of: name) else { return [] }
        let placements = [status.retained?.placement, status.candidate, status.stable].compactMap { $0 }
        let components = placements.flatMap(\.release.release.components)
        return Set(components.filter { $0.kind == .consumer && !$0.run.isSimulated }.map(\.name))
    }
}
