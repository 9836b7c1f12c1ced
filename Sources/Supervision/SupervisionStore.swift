/// Where supervision records are kept. What has returned is durable.
package protocol SupervisionStore: Sendable {
    /// Opens a record, or opens it anew.
    func record(_ record: SupervisionRecord) async throws(SupervisionError)

    /// Ends an open record as completed. An id that is unknown, or was ended before, is left as it is.
    func complete(_ id: String) async throws(SupervisionError)

    /// Records that are open, the oldest first.
    func outstanding() async throws(SupervisionError) -> [SupervisionRecord]

    /// Open records that are late at `milliseconds` since the Unix epoch, the oldest first.
    func stale(asOf milliseconds: Int64) async throws(SupervisionError) -> [SupervisionRecord]

    /// Ends every open record whose time is up as timed out, and returns those that this call has ended: each record
    /// is returned once, whoever asks.
    func markTimedOut(asOf milliseconds: Int64) async throws(SupervisionError) -> [SupervisionRecord]

    /// Removes what has ended and was recorded in a bucket before the given one.
    func prune(before bucket: Int64) async throws(SupervisionError)
}
