import CGit2

/// What a server says of when it wants to be asked again (RFC 9110, 10.2.3).
enum RetryAfter {
    /// Seconds that are believed, at most: a server cannot silence a daemon for longer.
    static let limit = 3_600

    /// Reads a number of seconds, or a date of the form `Sun, 06 Nov 1994 08:49:37 GMT`; nil of anything else. `now` is in
    /// seconds since 1970.
    static func seconds(_ value: String, now: Int) -> Int? {
        let text = value.split(separator: " ").joined(separator: " ")
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return min(Int(text) ?? limit, limit)
        }
        let date = sluice_http_date(text)
        return date < 0 ? nil : min(max(0, date - now), limit)
    }
}
