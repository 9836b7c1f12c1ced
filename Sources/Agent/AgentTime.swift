import Glibc

/// The time that an agent goes by; tests move it themselves.
package struct AgentTime: Sendable {
    /// Seconds since 1970.
    package var now: @Sendable () -> Int
    /// Waits, and throws where it is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(now: @escaping @Sendable () -> Int, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's own.
    package static let system = AgentTime(now: { time(nil) }, sleep: { try await Task.sleep(for: $0) })

    /// RFC 3339 in UTC.
    static func text(_ seconds: Int) -> String {
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { buffer in
            let count = strftime(buffer.baseAddress, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
