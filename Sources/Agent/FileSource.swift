package import Signal

/// What a file says, for machines whose files are put there by something else, and for trying things out: one
/// `MachineElevations`, replaced by renaming. Nothing can be reported to it.
package struct FileSource: ElevationSource {
    private let path: String
    private let time: AgentTime

    package var takesReports: Bool { false }

    /// Time between looks.
    package static let interval = Duration.milliseconds(100)

    package init(path: String, time: AgentTime = .system) {
        self.path = path
        self.time = time
    }

    package func run(_ receive: @escaping @Sendable (SourceNews) async -> Void) async throws {
        var seen: LocalFile.Mark?
        var told: SourceNews?
        while true {
            let mark = LocalFile.mark(of: path)
            if told == nil || mark != seen || isRecent(mark) {
                let news = read()
                if news != told { await receive(news) }
                (seen, told) = (mark, news)
            }
            try await time.sleep(Self.interval)
        }
    }

    package func report(_ report: MachineReport) async throws {}

    private func read() -> SourceNews {
        do {
            guard let bytes = try LocalFile.read(path, limit: MachineElevations.limit) else {
                return .lost("\(path) is not there")
            }
            var message = try MachineElevations(json: bytes)
            // A file is all that there is to know.
            message.isFull = true
            return .elevations(message)
        } catch {
            return .lost("\(path): \(error)")
        }
    }

    /// File systems tick: two changes within a tick have the same time.
    private func isRecent(_ mark: LocalFile.Mark?) -> Bool {
        mark.map { abs(AgentTime.system.now() - Int($0.modified / 1_000_000_000)) <= 1 } ?? false
    }
}
