/// A metric, measured again and again, held against a threshold or against the stable side.
package struct Analysis: Hashable, Sendable, Codable {
    package enum Metric: Hashable, Sendable, Codable {
        /// Failed requests per thousand, as the platform counts them.
        case errorRate
        /// 99th percentile latency in milliseconds, as the platform measures it.
        case latency
        /// A PromQL expression with one number for an answer.
        case query(String)
        /// Two PromQL expressions that count: how many of the `total` are `bad`.
        case share(bad: String, total: String)
    }

    package enum Criterion: Hashable, Sendable, Codable {
        /// At most this, in the metric's unit times 1000 (so that no floating point enters a decision); of a share, in
        /// per mille times 1000.
        case max(milli: Int64)
        /// At least this, in the same unit.
        case min(milli: Int64)
        /// No worse than the stable side over the same window.
        case stable
    }

    /// What happens when more measurements in a row were inconclusive than are forgiven.
    package enum OnInconclusive: String, Hashable, Sendable, CaseIterable, Codable {
        /// The stage stays where it is, for a person or for better measurements; deadlines stand still.
        case hold
        /// The gate fails.
        case fail
    }

    /// Which values of a query are worse, when two sides are compared.
    package enum Worse: String, Hashable, Sendable, CaseIterable, Codable {
        case higher, lower
    }

    package var metric: Metric
    package var criterion: Criterion
    /// Time between measurements.
    package var interval: Span
    /// Measurements that make a verdict, at least 1.
    package var count: Int
    /// Failed measurements that are forgiven.
    package var failureLimit: Int
    /// Inconclusive measurements in a row that are forgiven.
    package var inconclusiveLimit: Int
    package var onInconclusive: OnInconclusive
    /// What a measurement needs at least before it passes, whatever the criterion: requests on the candidate side, or
    /// values of a query, or pairs of them. nil for what the criterion itself needs.
    package var minimumSamples: Int?
    /// How many times the stable side's value still counts as no worse, in percent: at least 100.
    package var tolerance: Int
    /// The smallest worsening of a share that must have shown by now before the candidate passes as no worse, in per
    /// mille of the requests.
    package var detect: Int
    package var worse: Worse
    /// Address of the Prometheus that is asked; nil for the daemon's.
    package var prometheus: String?

    package init(
        metric: Metric, criterion: Criterion, interval: Span = .seconds(30), count: Int = 3, failureLimit: Int = 0,
        inconclusiveLimit: Int = 3, onInconclusive: OnInconclusive = .hold, minimumSamples: Int? = nil,
        tolerance: Int = 125, detect: Int = 10, worse: Worse = .higher, prometheus: String? = nil
    ) {
        self.metric = metric
        self.criterion = criterion
        self.interval = interval
        self.count = count
        self.failureLimit = failureLimit
        self.inconclusiveLimit = inconclusiveLimit
        self.onInconclusive = onInconclusive
        self.minimumSamples = minimumSamples
        self.tolerance = tolerance
        self.detect = detect
        self.worse = worse
        self.prometheus = prometheus
    }
}
