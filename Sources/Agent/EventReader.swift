/// Reads server-sent events out of bytes as they come. What is kept is bounded.
package struct EventReader {
    /// One event.
    package struct Event: Equatable {
        package var id: String?
        package var data: [UInt8]

        package init(id: String?, data: [UInt8]) {
            self.id = id
            self.data = data
        }
    }

    /// More than `limit` bytes belong to one event.
    package struct TooLarge: Error, CustomStringConvertible {
        package var limit: Int
        package var description: String { "an event has more than \(limit) bytes" }
    }

    private let limit: Int
    private var line: [UInt8] = []
    private var id: String?
    private var data: [UInt8]?
    /// A carriage return ended the line before; the line feed that may follow belongs to it.
    private var isAfterReturn = false

    /// - Parameter limit: largest event, in bytes.
    package init(limit: Int) { self.limit = limit }

    /// - Returns: events that these bytes have completed.
    package mutating func read(_ bytes: some Sequence<UInt8>) throws(TooLarge) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            defer { isAfterReturn = byte == 0x0D }
            if byte == 0x0A, isAfterReturn { continue }
            guard byte == 0x0A || byte == 0x0D else {
                guard line.count + (data?.count ?? 0) < limit else { throw TooLarge(limit: limit) }
                line.append(byte)
                continue
            }
            if line.isEmpty {
                if let data { events.append(Event(id: id, data: data)) }
                data = nil
            } else {
                take(line)
                line.removeAll(keepingCapacity: true)
            }
        }
        return events
    }

    private mutating func take(_ line: [UInt8]) {
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == 0x20 { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data": data = (data.map { $0 + [0x0A] } ?? []) + value
        case "id": if value.count <= 64 { id = String(decoding: value, as: UTF8.self) }
        // Comments, which begin with a colon, and what is not known.
        default: break
        }
    }
}
