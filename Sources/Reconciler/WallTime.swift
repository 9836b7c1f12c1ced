import Core

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension ClockTime<ContinuousClock> {
    /// The wall's time when the process asks for it, and monotonic time from there.
    package static func wall(scale: Double = 1) -> ClockTime<ContinuousClock> {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        return ClockTime(clock: ContinuousClock(), origin: Instant(milliseconds: milliseconds), scale: scale)
    }
}
