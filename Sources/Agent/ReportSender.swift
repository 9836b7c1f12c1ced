package import Logging
import Signal

/// Sends up what workers say that they do: never more than one report under way, and the next has all that changed
/// meanwhile.
package struct ReportSender: Sendable {
    private let machine: String
    private let board: InstanceBoard
    private let source: any ElevationSource
    private let time: AgentTime
    private let logger: Logger
    /// The board forgot what instances were told that are gone.
    private let forgot: @Sendable () -> Void

    package init(
        machine: String, board: InstanceBoard, source: any ElevationSource, time: AgentTime, logger: Logger,
        forgot: @escaping @Sendable () -> Void = {}
    ) {
        self.forgot = forgot
        self.machine = machine
        self.board = board
        self.source = source
        self.time = time
        self.logger = logger
    }

    /// Until it is cancelled.
    package func run() async throws {
        for await _ in board.signals {
            var wait = Duration.milliseconds(100)
            while let report = board.takeReport(machine: machine) {
                do {
                    try await source.report(report)
                    if board.noteDelivery(of: report) { forgot() }
                    wait = .milliseconds(100)
                } catch {
                    board.noteFailure(of: report)
                    try Task.checkCancellation()
                    logger.warning("a report did not arrive, and is sent again: \(error)")
                    try await time.sleep(wait * Double.random(in: 0.5...1))
                    wait = min(wait * 2, .seconds(10))
                }
            }
        }
    }
}
