package import Core
package import Reconciler
import Testing

/// What every journal promises. Takes two processes' views of one journal that is empty, and how long it waits.
package enum ActionJournalConformance {
    package static func check(_ journal: any ActionJournal, _ restarted: any ActionJournal, timeout: Span) async throws
    {
        let start = Instant(milliseconds: 0)
        let (a, b) = (PlatformConformance.key("a", 1), PlatformConformance.key("b", 2))
        try await journal.record(a, at: start)
        try await journal.record(b, at: start + .seconds(1))
        try await journal.record(a, at: start)
        var open = try await restarted.outstanding()
        #expect(open == [a.description, b.description], "what is recorded is outstanding, once, the oldest first")
        try await journal.complete(a, at: start + .seconds(2))
        try await journal.complete(a, at: start + .seconds(2))
        try await journal.complete(PlatformConformance.key("never", 3), at: start)
        open = try await restarted.outstanding()
        #expect(open == [b.description], "what is completed is not outstanding; completing the unknown is harmless")
        let early = try await journal.expire(at: start + timeout)
        #expect(early.isEmpty, "nothing is given up before its time")
        let ended = try await journal.expire(at: start + timeout + .seconds(1))
        let again = try await restarted.expire(at: start + timeout * 2)
        #expect(ended == [b.description] && again.isEmpty, "each record is given up exactly once")
        open = try await journal.outstanding()
        #expect(open.isEmpty)
    }
}
