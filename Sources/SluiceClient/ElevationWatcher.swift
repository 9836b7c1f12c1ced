import Glibc
@_exported public import Signal
import Synchronization

/// Tells a worker whether it is to take messages, by asking the endpoint on its own machine again and again.
///
///     let watcher = try ElevationWatcher()
///     for await elevation in watcher {
///         if elevation.isActive { start() } else { stop() }
///     }
///
/// It starts inactive, and stays what it was while the endpoint is away; ``current`` tells. It asks on a thread of its
/// own, which ends when the watcher is released, and says in each poll what the worker does: what it was told with
/// ``report(_:inFlight:)``, or what ``run(onActivate:onDeactivate:)`` sees it do.
public final class ElevationWatcher: Sendable, AsyncSequence {
    /// What is known, whenever it changes.
    public typealias Element = ElevationReading

    package let poller: ElevationPoller

    /// Begins to ask.
    ///
    /// - Parameters:
    ///   - endpoint: the instance's own; nil for the one that the environment variable `SLUICE_ELEVATION` names.
    ///   - interval: time between two polls; some jitter is added. At least 10 ms.
    ///   - wait: for how long the endpoint may keep its answer back while nothing changes, in whole seconds up to 60.
    ///     With it a change is heard at once; without, at the next poll.
    /// - Throws: ``ElevationReading/Problem`` where no endpoint is named, or no thread can be had.
    public convenience init(
        endpoint: ElevationEndpoint? = nil, interval: Duration = .seconds(1), wait: Duration = .zero
    ) throws(ElevationReading.Problem) {
        guard let endpoint = endpoint ?? .fromEnvironment else {
            throw .away("\(ElevationEndpoint.variable) is neither http://127.0.0.1:PORT nor unix:/absolute/path")
        }
        try self.init(endpoint, ElevationWatch.Settings(interval: interval, wait: wait))
    }

    package init(
        _ endpoint: ElevationEndpoint, _ settings: ElevationWatch.Settings
    ) throws(ElevationReading.Problem) {
        poller = try ElevationPoller(endpoint, settings)
    }

    deinit { poller.stop() }

    /// What is known now. Asks nobody.
    public var current: ElevationReading { poller.current }

    /// Notes what the worker does, as of the last reading that it took from the sequence. A change of what it does is
    /// said at once, a change of the count with the next poll.
    ///
    /// - Parameters:
    ///   - doing: `paused` means that it takes nothing and holds nothing.
    ///   - inFlight: messages that it has taken and not finished.
    public func report(_ doing: WorkerReport.Doing, inFlight: Int = 0) {
        poller.report(doing, inFlight: inFlight)
    }

    /// The reading that stands, then each that changes what is followed. Whoever is slow gets the latest only.
    public func makeAsyncIterator() -> Iterator { Iterator(watcher: self, base: poller.readings().makeAsyncIterator()) }

    /// Readings as they change. Ends when its task is cancelled.
    public struct Iterator: AsyncIteratorProtocol {
        // Holds the watcher for as long as somebody waits for it.
        fileprivate let watcher: ElevationWatcher
        fileprivate var base: AsyncStream<ElevationReading>.Iterator

        /// The next reading that changes what is followed.
        public mutating func next() async -> ElevationReading? { await next(isolation: #isolation) }

        /// The next reading that changes what is followed.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> ElevationReading? {
            let reading = await base.next(isolation: actor)
            if let reading { watcher.poller.isFollowed(reading.state?.order) }
            return reading
        }
    }
}

extension ElevationWatcher {
    /// Calls a hook whenever the instance becomes active or inactive, one at a time, until the task is cancelled. What
    /// changes while a hook runs is heard after it, and only as it then stands.
    ///
    /// What the worker does is reported as the hooks go: consuming before `onActivate`, draining before
    /// `onDeactivate`, and paused when that returns.
    ///
    /// - Parameters:
    ///   - onActivate: begins to take messages, and returns.
    ///   - onDeactivate: stops taking messages, finishes those that the worker holds, and returns.
    public func run(
        onActivate: (ElevationReading) async throws -> Void, onDeactivate: (ElevationReading) async throws -> Void
    ) async rethrows {
        var isActive = false
        report(.paused)
        for await reading in self {
            guard reading.isActive != isActive else {
                // Another order for the same: it is followed by doing nothing.
                report(isActive ? .consuming : .paused)
                continue
            }
            isActive = reading.isActive
            if isActive {
                report(.consuming)
                try await onActivate(reading)
            } else {
                report(.draining)
                try await onDeactivate(reading)
                report(.paused)
            }
        }
    }
}
