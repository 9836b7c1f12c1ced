import Agent
import Signal
import Synchronization
import TestSupport
import Testing

@Suite struct FileSourceTests {
    @Test func `a file is followed, and what is wrong with it is said`() async throws {
        let machine = try Machine()
        let source = FileSource(path: "\(machine.folder)/state/told.json", time: machine.time)
        let heard = Heard()
        let following = Task { try await source.run { news in heard.take(news) } }
        func last(_ holds: (SourceNews?) -> Bool) -> Bool { holds(heard.last) }
        try await eventually("it is missed") {
            last { if case .lost(let why) = $0 { why.hasSuffix("told.json is not there") } else { false } }
        }
        let message = MachineElevations(isFull: true, states: [Machine.state("one", active: true, 1)])
        machine.write(message.json, to: "state/told.json")
        try await eventually("it is told") { last { $0 == .elevations(message) } }
        machine.write("{", to: "state/told.json")
        try await eventually("it is no elevation") { last { if case .lost = $0 { true } else { false } } }
        machine.write(message.json.replacing("\"full\":true", with: "\"full\":false"), to: "state/told.json")
        try await eventually("all that a file says is all that there is") { last { $0 == .elevations(message) } }
        #expect(!source.takesReports)
        following.cancel()
        _ = await following.result
    }
}

/// What a source told last.
private final class Heard: Sendable {
    private let news = Mutex<SourceNews?>(nil)

    var last: SourceNews? { news.withLock { $0 } }

    func take(_ next: SourceNews) { news.withLock { $0 = next } }
}
