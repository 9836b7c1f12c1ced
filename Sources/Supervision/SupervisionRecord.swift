/// A durable note that something must be done within a window.
package struct SupervisionRecord: Hashable, Sendable {
    /// What must be done, as its owner names it; at most ``idLimit`` bytes. Recording an id again opens it anew.
    package var id: String
    /// When it was recorded, in milliseconds since the Unix epoch.
    package var recordedAt: Int64
    /// From here on it is late, in milliseconds since the Unix epoch.
    package var staleAt: Int64
    /// From here on it has failed, in milliseconds since the Unix epoch.
    package var timeoutAt: Int64

    /// Longest id in bytes of UTF-8.
    package static let idLimit = 512
    /// Length of a bucket in milliseconds: finished records are removed a bucket at a time.
    package static let bucketMilliseconds: Int64 = 60_000

    package init(id: String, recordedAt: Int64, staleAt: Int64, timeoutAt: Int64) {
        self.id = id
        self.recordedAt = recordedAt
        self.staleAt = staleAt
        self.timeoutAt = timeoutAt
    }

    /// The bucket that holds everything recorded at about the same time.
    package var bucket: Int64 { Self.bucket(of: recordedAt) }

    package static func bucket(of milliseconds: Int64) -> Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: bucketMilliseconds)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
