import Core
import Testing

/// Times come from statuses, requests, simulators and commits, so whatever number stands there must be survived.
@Suite struct InstantTests {
    static let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, 1_700_000_000_000, .max - 1, .max]

    @Test func `no sum, difference or product of times overflows, and each keeps its sign`() {
        for a in Self.extremes {
            for b in Self.extremes {
                let (instant, span) = (Instant(milliseconds: a), Span(milliseconds: b))
                let later = (instant + span).milliseconds
                #expect(b >= 0 ? later >= a : later <= a)
                let earlier = (instant - span).milliseconds
                #expect(b >= 0 ? earlier <= a : earlier >= a)
                let between = instant - Instant(milliseconds: b)
                #expect((between > .zero) == (a > b) && (between < .zero) == (a < b))
                #expect(Span(milliseconds: a) + span >= Span(milliseconds: a) || b < 0)
                #expect(Span(milliseconds: a) - span <= Span(milliseconds: a) || b < 0)
                let product = (Span(milliseconds: a) * b).milliseconds
                #expect(product.signum() == a.signum() * b.signum())
                var moved = instant
                moved += span
                #expect(moved == instant + span)
            }
            for span in [Span.seconds(a), .minutes(a), .hours(a)] { #expect(span.milliseconds.signum() == a.signum()) }
        }
    }

    @Test(arguments: [
        "9223372036854775807h", "9223372036854775808ms", "99999999999999999999999d", "87600h1s", "3650d24h", "-1s",
        "1e9s",
    ])
    func `a duration that is longer than ten years is none`(_ text: String) {
        #expect(Span(text) == nil)
    }

    @Test func `replicas that no manifest can hold need no more than there can be`() {
        for (weight, full) in [(100, Int.max), (Int.max, Int.max), (Int.max, 2), (101, .max / 100)] {
            #expect(Capacity.need(weight: weight, of: full) > 0)
            #expect(Capacity.need(weight: weight, of: full) < Int.max / 100)
        }
        #expect(Capacity.need(weight: 1, of: 101) == 2)
    }
}
