/// SplitMix64 (Steele, Lea, Flood 2014): the engine's only randomness, seeded by its configuration.
struct Jitter: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A span between half of `span` and all of it.
    mutating func spread(_ span: Span) -> Span {
        let half = span.milliseconds / 2
        return Span(milliseconds: half + Int64(next() % UInt64(max(1, span.milliseconds - half + 1))))
    }

    /// `base` doubled for each failure after the first, at most `limit`, spread.
    mutating func backoff(_ failures: Int, base: Span, limit: Span) -> Span {
        let doubled = base.milliseconds << Int64(min(max(failures - 1, 0), 20))
        return spread(Span(milliseconds: min(doubled, limit.milliseconds)))
    }
}
