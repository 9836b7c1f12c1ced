import Agent
import AsyncAlgorithms
import Signal
import Synchronization

/// A source that tells what a test says, and keeps what is reported to it.
final class MemorySource: ElevationSource {
    private let news = AsyncChannel<SourceNews>()
    private let taken = Mutex<[MachineReport]>([])
    let takesReports: Bool

    init(takesReports: Bool = true) { self.takesReports = takesReports }

    /// Everything reported so far, oldest first.
    var reports: [MachineReport] { taken.withLock { $0 } }

    /// Returns once the agent asks for the next.
    func tell(_ next: SourceNews) async { await news.send(next) }

    func run(_ receive: @escaping @Sendable (SourceNews) async -> Void) async throws {
        for await next in news { await receive(next) }
    }

    func report(_ report: MachineReport) async throws { taken.withLock { $0.append(report) } }
}
