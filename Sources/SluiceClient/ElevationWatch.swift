package import Signal

/// What a watcher knows and decides. It has no clock, no sockets and no threads.
package struct ElevationWatch: Sendable {
    /// How a watcher asks.
    package struct Settings: Sendable {
        /// Time between two polls, before jitter.
        package var interval: Duration
        /// For how long the endpoint may keep an answer back while nothing changes; zero for plain polls.
        package var wait: Duration
        /// Longest time between two polls of an endpoint that is away.
        package var backoffLimit: Duration

        package init(
            interval: Duration = .seconds(1), wait: Duration = .zero, backoffLimit: Duration = .seconds(10)
        ) {
            self.interval = max(interval, .milliseconds(10))
            self.wait = min(max(wait, .zero), .seconds(60))
            self.backoffLimit = max(backoffLimit, self.interval)
        }
    }

    private let settings: Settings
    private let host: String
    private var jitter: Jitter
    private var tag: String?
    private var failures = 0
    private var problemSince: Duration?
    private var state: ElevationState?
    private var problem: ElevationReading.Problem?
    /// What the worker says in its next poll.
    private var worker: WorkerReport?

    package init(_ settings: Settings, host: String, seed: UInt64) {
        self.settings = settings
        self.host = host
        jitter = Jitter(state: seed)
    }

    /// What is known, at a time of a monotonic clock.
    package func reading(at now: Duration) -> ElevationReading {
        ElevationReading(state: state, problem: problem, age: problemSince.map { now - $0 } ?? .zero)
    }

    /// Notes what the worker does. What it follows is what it was told last.
    ///
    /// - Returns: whether the endpoint should hear it before the next poll is due.
    package mutating func report(
        _ doing: WorkerReport.Doing, inFlight: Int, follows: ElevationState.Order?
    ) -> Bool {
        // A worker that is paused holds nothing; one that does hold something is draining.
        let count = max(0, inFlight)
        let report = WorkerReport(doing == .paused && count > 0 ? .draining : doing, inFlight: count, follows: follows)
        let isNews = report.doing != worker?.doing || report.follows != worker?.follows
        worker = report
        return isNews
    }

    /// The next request, whole. The same tag is only sent where waiting for a change is meant or possible.
    package var request: String {
        let query = waits ? "?wait=\(settings.wait.components.seconds)" : ""
        return "GET /sidecar/v1/elevation\(query) HTTP/1.1\r\nHost: \(host)\r\n"
            + (tag.map { "If-None-Match: \($0)\r\n" } ?? "")
            + (worker.map { "\(WorkerReport.header): \($0.text)\r\n" } ?? "") + "\r\n"
    }

    /// How long the answer to the next request may take.
    package var patience: Duration { .seconds(2) + (waits ? settings.wait : .zero) }

    /// Whether the next request asks for its answer to be kept back.
    package var waits: Bool { tag != nil && settings.wait >= .seconds(1) }

    /// Takes what a request came to.
    ///
    /// - Parameters:
    ///   - outcome: the answer, or why there is none.
    ///   - now: of the same clock as in ``reading(at:)``.
    /// - Returns: whether another state is followed than before.
    package mutating func take(
        _ outcome: Result<ElevationResponse, ElevationReading.Problem>, at now: Duration
    ) -> Bool {
        let before = state
        problem = follow(outcome)
        if problem == nil {
            (failures, problemSince) = (0, nil)
        } else {
            failures = min(failures + 1, 16)
            problemSince = problemSince ?? now
        }
        return state != before
    }

    /// Time until the next poll. Workers that started together drift apart; those whose endpoint is away wait longer
    /// each time.
    package mutating func delay() -> Duration {
        guard failures > 0 else {
            // A long poll is answered when there is something new, so the next one may follow at once.
            return waits
                ? settings.interval * (0.05 * jitter.share()) : settings.interval * (0.9 + 0.2 * jitter.share())
        }
        let doubled = settings.interval * (1 << min(failures - 1, 10))
        return min(doubled, settings.backoffLimit) * (0.5 + 0.5 * jitter.share())
    }

    /// - Returns: why the answer is not followed; nil where it is.
    private mutating func follow(
        _ outcome: Result<ElevationResponse, ElevationReading.Problem>
    ) -> ElevationReading.Problem? {
        let response: ElevationResponse
        switch outcome {
        case .failure(let problem): return problem
        case .success(let success): response = success
        }
        if response.status == 304, tag != nil { return nil }
        // Whatever comes now, the next request asks for all of it unless this is followed.
        tag = nil
        guard response.status == 200 else { return .refused("the endpoint answers \(response.status)") }
        let read: ElevationState
        do throws(WireError) {
            read = try ElevationState(json: response.body)
        } catch {
            return .refused("the endpoint's answer is no state: \(error)")
        }
        if let state {
            guard read.instance == state.instance else { return .otherInstance(read.instance) }
            guard read.order >= state.order else { return .older(read.order) }
        }
        state = read
        tag = response.tag
        return nil
    }
}

/// SplitMix64: spreads the polls of many workers, and needs no more than that.
private struct Jitter: Sendable {
    var state: UInt64

    /// From 0 up to 1.
    mutating func share() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(UInt64(1) << 53)
    }
}
