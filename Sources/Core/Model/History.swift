/// What happened to an Application, the oldest first; the oldest is dropped when there is no room.
///
/// Every application of a fleet keeps its history for ever, so it stands in one block of bytes and not in an array of
/// strings: a third of the memory.
package struct History: Hashable, Sendable {
    /// Entries that are kept.
    package static let limit = 10

    /// For each entry: its time, then its revision and its message, each after its length. An empty revision is the
    /// entry's before it.
    private var bytes: [UInt8] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package var last: HistoryEntry? { entries.last }

    package var entries: [HistoryEntry] {
        var entries: [HistoryEntry] = []
        entries.reserveCapacity(count)
        var position = 0
        while position < bytes.count {
            let at = Instant(milliseconds: Int64(bitPattern: number(at: &position, bytes: 8)))
            let revision = text(at: &position)
            let message = text(at: &position)
            let isRepeated = revision.isEmpty && !entries.isEmpty
            entries.append(
                HistoryEntry(
                    at: at, revision: isRepeated ? entries[entries.count - 1].revision : revision, message: message))
        }
        return entries
    }

    package mutating func append(_ entry: HistoryEntry) {
        self = History((entries + [entry]).suffix(Self.limit))
    }

    package init(_ entries: some Collection<HistoryEntry>) {
        var size = 0
        var before: Revision?
        for entry in entries {
            size += 12 + (entry.revision == before ? 0 : entry.revision.utf8.count) + entry.message.utf8.count
            before = entry.revision
        }
        bytes.reserveCapacity(size)
        before = nil
        for entry in entries {
            put(UInt64(bitPattern: entry.at.milliseconds), bytes: 8)
            put(entry.revision == before ? "" : entry.revision)
            put(entry.message)
            before = entry.revision
            count += 1
        }
    }

    private mutating func put(_ number: UInt64, bytes count: Int) {
        for byte in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(byte)))) }
    }

    /// At most 65,535 bytes of it.
    private mutating func put(_ text: String) {
        let utf8 = text.utf8.prefix(Int(UInt16.max))
        put(UInt64(utf8.count), bytes: 2)
        bytes.append(contentsOf: utf8)
    }

    private func number(at position: inout Int, bytes count: Int) -> UInt64 {
        defer { position += count }
        return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
    }

    private func text(at position: inout Int) -> String {
        let length = Int(number(at: &position, bytes: 2))
        defer { position += length }
        return String(decoding: bytes[position..<position + length], as: UTF8.self)
    }
}

extension History: Sequence {
    package func makeIterator() -> IndexingIterator<[HistoryEntry]> { entries.makeIterator() }
}

extension History: ExpressibleByArrayLiteral {
    package init(arrayLiteral entries: HistoryEntry...) { self.init(entries) }
}

extension History: Codable {
    package init(from decoder: any Decoder) throws { self.init(try [HistoryEntry](from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try entries.encode(to: encoder) }
}

package struct HistoryEntry: Hashable, Sendable, Codable {
    package var at: Instant
    package var revision: Revision
    /// One line: `flop 10% (stage 2/4, 4.2.0)`.
    package var message: String

    package init(at: Instant, revision: Revision, message: String) {
        self.at = at
        self.revision = revision
        self.message = message
    }
}
