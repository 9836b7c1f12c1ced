/// A check that must pass for a rollout to go on.
package struct Gate: Hashable, Sendable, Codable {
    package var name: String
    package var when: When
    package var check: Check

    package enum When: String, Hashable, Sendable, CaseIterable, Codable {
        /// Before the stage's weight is given.
        case before
        /// While the stage's weight is held.
        case during
    }

    package enum Check: Hashable, Sendable, Codable {
        case smokeTest(SmokeTest)
        case analysis(Analysis)
        case webhook(Webhook)
        case approval(Approval)
    }

    package init(name: String, when: When, check: Check) {
        self.name = name
        self.when = when
        self.check = check
    }

    /// The default for `when`: smoke tests and approvals before, analyses and webhooks during.
    package static func defaultWhen(for check: Check) -> When {
        switch check {
        case .smokeTest, .approval: .before
        case .analysis, .webhook: .during
        }
    }
}

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
    package var requests: [Request]
    /// Path in the manifest repository of a JSON Lines file of historical requests.
    package var replay: String?
    /// How many of the replay's requests are sent.
    package var sample: Int
    /// Requests a second, at most.
    package var rate: Int

    package init(
        component: String? = nil, requests: [Request], replay: String? = nil, sample: Int = 100, rate: Int = 10
    ) {
        self.component = component
        self.requests = requests
        self.replay = replay
        self.sample = sample
        self.rate = rate
    }
}

/// A metric, measured again and again, held against a threshold or against the stable side.
package struct Analysis: Hashable, Sendable, Codable {
    package enum Metric: Hashable, Sendable, Codable {
        /// Failed requests per thousand.
        case errorRate
        /// 99th percentile latency in milliseconds.
        case latency
        /// A PromQL expression.
        case query(String)
    }

    package enum Criterion: Hashable, Sendable, Codable {
        /// At most this, in the metric's unit times 1000 (so that no floating point enters a decision).
        case max(milli: Int64)
        /// At least this, in the metric's unit times 1000.
        case min(milli: Int64)
        /// No worse than the stable side over the same window.
        case stable
    }

    package var metric: Metric
    package var criterion: Criterion
    /// Time between measurements.
    package var interval: Span
    /// Measurements that make a verdict, at least 1.
    package var count: Int
    /// Failed measurements that are forgiven.
    package var failureLimit: Int
    /// Inconclusive measurements that are forgiven.
    package var inconclusiveLimit: Int

    package init(
        metric: Metric, criterion: Criterion, interval: Span = .seconds(30), count: Int = 3, failureLimit: Int = 0,
        inconclusiveLimit: Int = 3
    ) {
        self.metric = metric
        self.criterion = criterion
        self.interval = interval
        self.count = count
        self.failureLimit = failureLimit
        self.inconclusiveLimit = inconclusiveLimit
    }
}

/// A question put to a URL: 2xx passes.
package struct Webhook: Hashable, Sendable, Codable {
    package var url: String
    package var timeout: Span

    package init(url: String, timeout: Span = .seconds(10)) {
        self.url = url
        self.timeout = timeout
    }
}

/// A person's consent.
package struct Approval: Hashable, Sendable, Codable {
    /// Approvals needed, at least 1.
    package var count: Int

    package init(count: Int = 1) {
        self.count = count
    }
}

/// The outcome of one evaluation of a gate.
package enum GateOutcome: String, Hashable, Sendable, CaseIterable, Codable {
    case passed = "Passed"
    case failed = "Failed"
    case inconclusive = "Inconclusive"
    case error = "Error"
}
