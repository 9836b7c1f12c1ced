/// Requests sent to the candidate side and compared with what is expected.
package struct SmokeTest: Hashable, Sendable, Codable {
    package struct Request: Hashable, Sendable, Codable {
        package var method: String
        package var path: String
        package var headers: [String: String]
        package var body: String?
        /// HTTP status, 100…599.
        package var expectStatus: Int
        /// Text that the answer's body must contain.
        package var expectBody: String?
        package var maxLatency: Span?

        package init(
            method: String = "GET", path: String, headers: [String: String] = [:], body: String? = nil,
            expectStatus: Int = 200, expectBody: String? = nil, maxLatency: Span? = nil
        ) {
            self.method = method
            self.path = path
            self.headers = headers
            self.body = body
            self.expectStatus = expectStatus
            self.expectBody = expectBody
            self.maxLatency = maxLatency
        }
    }

    /// The service component that is asked; nil for the application's first service.
    package var component: String?
    /// Where the component answers: a ``GateTemplate`` of a URL that a request's path is put behind. nil for where the
    /// platform says.
    package var url: String?
    package var requests: [Request]
    /// Path in the manifest repository of a JSON Lines file of historical requests.
    package var replay: String?
    /// How many of the replay's requests are sent: the same ones for the same attempt.
    package var sample: Int
    /// Requests a second, at most.
    package var rate: Int

    package init(
        component: String? = nil, url: String? = nil, requests: [Request], replay: String? = nil,
        sample: Int = 100, rate: Int = 10
    ) {
        self.component = component
        self.url = url
        self.requests = requests
        self.replay = replay
        self.sample = sample
        self.rate = rate
    }

    /// Requests that one test sends at most.
    package var planned: Int { requests.count + (replay == nil ? 0 : sample) }

    /// Longest time that sending them may take, in seconds: an evaluation is awaited for two minutes.
    package static let longest = 60
}
