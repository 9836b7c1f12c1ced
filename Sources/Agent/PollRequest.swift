/// One request to an instance's endpoint, as far as it matters. What it names are places in the bytes that it was read from.
package struct PollRequest: Hashable, Sendable {
    /// What is asked for.
    package enum Path: Hashable, Sendable {
        /// `/sidecar/v1/elevation/active`
        case active
        /// `/sidecar/v1/elevation`
        case whole
    }

    /// Why it cannot be answered, or not by what was asked for.
    package enum Refusal: Hashable, Sendable {
        /// No HTTP/1, or in doubt about where the request ends. The connection ends with it.
        case malformed
        /// More than ``limit`` bytes. The connection ends with it.
        case tooLarge
        /// It is no GET. The connection ends with it, since a body may follow.
        case wrongMethod
        case unknownPath
        /// `wait` is no number of seconds.
        case wrongWait
        /// A browser sends it for a page.
        case fromPage
    }

    /// Why it is refused; nil where it is not.
    package var refusal: Refusal?
    package var path = Path.whole
    /// Seconds that it is willing to wait for something new; nil where it is not.
    package var wait: Int?
    package var host: Range<Int>?
    package var ifNoneMatch: Range<Int>?
    /// What stands in the header `Sluice-Worker`.
    package var worker: Range<Int>?
    /// Whether the connection goes on after it.
    package var keepsAlive = true
    /// Bytes of it.
    package var length = 0

    /// Most bytes of a request line with its headers.
    package static let limit = 8_192
    /// Longest wait, in seconds; who asks for more waits as long.
    package static let longestWait = 60

    /// A request that ends the connection.
    init(refusal: Refusal) {
        self.refusal = refusal
        keepsAlive = false
    }

    init() {}
}
