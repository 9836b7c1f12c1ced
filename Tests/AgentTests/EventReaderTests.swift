import Agent
import Testing

@Suite struct EventReaderTests {
    private func events(_ pieces: [String]) throws -> [EventReader.Event] {
        var reader = EventReader(limit: 100)
        return try pieces.flatMap { try reader.read($0.utf8) }
    }

    private func event(_ id: String?, _ data: String) -> EventReader.Event { .init(id: id, data: Array(data.utf8)) }

    @Test(arguments: [
        (": here\n\nid: 3.7\ndata: {}\n\n", "3.7", "{}"), ("id:3.7\r\ndata:{}\r\n\r\n", "3.7", "{}"),
        ("data: a\rdata: b\r\r", nil, "a\nb"), ("event: x\nretry: 5\ndata:  a\n\n", nil, " a"),
    ])
    func `an event is read, however its lines end and its bytes come`(_ text: String, _ id: String?, _ data: String)
        throws
    {
        #expect(try events([text]) == [event(id, data)])
        #expect(try events(text.unicodeScalars.map(String.init)) == [event(id, data)])
    }

    @Test func `the id stays until another comes`() throws {
        let read = try events(["id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n"])
        #expect(read == [event("1", "a"), event("1", "b"), event("2", "c")])
    }

    @Test func `comments, and an event that is not complete, are none`() throws {
        #expect(try events([":\n\n", ":\n\n", "data: a\n"]) == [])
    }

    @Test func `an endless line or event is given up`() {
        #expect(throws: EventReader.TooLarge.self) { try events([String(repeating: "a", count: 101)]) }
        #expect(throws: EventReader.TooLarge.self) { try events([String(repeating: "data: 0123456789\n", count: 20)]) }
    }
}

@Suite struct ReconnectionTests {
    @Test func `each wait may be longer, up to a limit, and success begins anew`() {
        var reconnection = Reconnection(base: .milliseconds(250), limit: .seconds(5))
        let waits = (0..<20).map { _ in reconnection.failed(share: 1) }
        #expect(waits.prefix(4) == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)])
        #expect(waits.last == .seconds(5))
        reconnection.succeeded()
        #expect(reconnection.failed(share: 0) == .milliseconds(125))
    }
}
